"""Order endpoints: create, replace and delete. Only the backstage action list_orders shows orders."""

from collections.abc import Mapping
from typing import Any

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso
from mockserver.state.world import World
from mockserver.vendors.spotler import contact_records, order_records, product_records


def create_order(call: Call, world: World) -> object:
    """Stores an order; replaces an existing one if `update` is set.

    Problems: order_date_illegal, order_contact_not_found, order_product_not_found, order_already_exists.
    """
    order = call.body["order"]
    _check(world, order)
    if order_records.exists(world, order["externalId"]) and not call.body.get("update", False):
        raise Problem("order_already_exists")
    order_records.save(world, order["externalId"], order)
    return NOTHING


def update_order(call: Call, world: World) -> object:
    """Replaces an order.

    Problems: order_not_found, order_id_mismatch, order_date_illegal, order_contact_not_found,
    order_product_not_found.
    """
    id, order = call.params["externalOrderId"], call.body["order"]
    order_records.require(world, id)
    if order["externalId"] != id:
        raise Problem("order_id_mismatch")
    _check(world, order)
    order_records.save(world, id, order)
    return NOTHING


def delete_order(call: Call, world: World) -> object:
    """Deletes an order. Problem: order_not_found."""
    id = call.params["externalOrderId"]
    order_records.require(world, id)
    order_records.remove(world, id)
    return NOTHING


def _check(world: World, order: Mapping[str, Any]) -> None:
    try:
        from_iso(order["date"])
    except ValueError as error:  # such as 30 February
        raise Problem("order_date_illegal") from error
    if contact_records.get(world, order["externalContactId"]) is None:
        raise Problem("order_contact_not_found")
    if not all(product_records.get(world, id) for id in order["externalProductIds"]):
        raise Problem("order_product_not_found")
