"""Endpoints of orders."""

from typing import Any

from mockserver.call import Call
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import consumer_records, cursors, order_logic, order_records
from mockserver.vendors.fanfare.organization import caller_organization
from mockserver.vendors.fanfare.pages import build_page, page_size


def list_orders(call: Call, world: World) -> object:
    """`{data, pageInfo}`, newest first. Raises validation_failed."""
    organization, params = caller_organization(call, world), call.params
    after, size = cursors.parse_position(world, params), page_size(world, params)
    if "consumerId" in params:
        found = order_records.page_of_consumer(world, params["consumerId"], limit=size, after=after)
        found = [order for order in found if order["organizationId"] == organization]
    else:
        found = order_records.page(world, organization, limit=size, after=after)
    return build_page(world, found, order_records.to_response)


def create_order(call: Call, world: World) -> object:
    """Creates an order; its consumer's totals follow at once. Raises consumer_not_found."""
    return _register(call, world, call.body, "")


def create_orders(call: Call, world: World) -> object:
    """Creates many orders, or none if one is invalid. Raises consumer_not_found and batch_too_large."""
    return [_register(call, world, body, f"{number}.") for number, body in enumerate(call.body)]


def get_order(call: Call, world: World) -> object:
    """An order. Raises order_not_found."""
    return order_records.to_response(_find(call, world))


def update_order(call: Call, world: World) -> object:
    """Updates an order. Raises order_not_found."""
    return order_records.to_response(order_logic.change(world, _find(call, world), call.body))


def delete_order(call: Call, world: World) -> object:
    """Deletes an order and returns it. Raises order_not_found."""
    order = _find(call, world)
    order_logic.remove(world, order)
    return order_records.to_response(order)


def _register(call: Call, world: World, body: dict[str, Any], where: str) -> dict[str, Any]:
    consumer = consumer_records.find(world, caller_organization(call, world), body["consumerId"])
    return order_records.to_response(order_logic.register(world, consumer, body, where))


def _find(call: Call, world: World) -> Record:
    return order_records.find(world, caller_organization(call, world), call.params["orderId"])
