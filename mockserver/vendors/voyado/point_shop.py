"""The point shop: promotions that contacts buy with their points."""

from typing import Any

from mockserver.call import Call
from mockserver.contract.parameter_leniency import read_uuid
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    booking,
    contact_records,
    point_records,
    point_shop_records,
    promotion_records,
)
from mockserver.vendors.voyado.timestamps import format_timestamp


def list_point_shop_items(call: Call, world: World) -> object:
    """Lists the items that the contact can buy. Problem: contact_not_found."""
    contact = contact_records.view(world, call.params["contactId"])
    items = point_shop_records.available_items(world, format_timestamp(world.now()))
    return [
        {"id": id, **item, "pointDefinitionId": point_records.DEFINITION}
        for id, item in items
        if contact["approved"]
    ]


def purchase_point_shop_item(call: Call, world: World) -> object:
    """Takes the points of an item, assigns its promotion and returns the purchase.

    Problems: invalid_contact_id, contact_not_found, point_shop_item_not_found, not_enough_points.
    """
    contact = read_uuid(call.body["contactId"])
    if contact is None:
        raise Problem("invalid_contact_id")
    before = contact_records.find(world, contact)
    known = point_shop_records.find_purchase(world, contact, call.body["pointShopItemPurchaseId"])
    return known or _purchase(call, world, contact, before["bonusPoints"])


def _purchase(call: Call, world: World, contact: str, balance: float) -> dict[str, Any]:
    now = format_timestamp(world.now())
    id = read_uuid(call.body["pointShopItemId"])
    item = point_shop_records.available_item(world, id, now) if id else None
    if item is None:
        raise Problem("point_shop_item_not_found")
    if item["cost"] > balance:
        raise Problem("not_enough_points")
    promotion_records.assign(world, item["promotionId"], contact, again=True)
    point_records.add(
        world, contact, -item["cost"], kind="PointShop", source="point shop", description=item["name"]
    )
    booking.add_points(world, contact, -item["cost"])
    purchase = {
        "pointShopItemPurchaseId": call.body["pointShopItemPurchaseId"],
        "contactId": contact,
        "pointShopItemId": id,
        "promotionId": item["promotionId"],
        "cost": item["cost"],
        "purchasedOn": now,
    }
    point_shop_records.add_purchase(world, purchase)
    return purchase
