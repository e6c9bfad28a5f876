"""The points of a contact in the older API, which knows no accounts."""

from typing import Final

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.voyado import booking, contact_records, point_records, webhook_records
from mockserver.vendors.voyado.paging import to_page

_TYPES: Final = {
    "Manual": "Adjustment",
    "Purchase": "Purchase",
    "Return": "Return",
    "Voucher": "BonusCheck",
    "PointShop": "PurchaseWithPoints",
}
"""The names of the older API for the kinds of transactions."""


def list_bonus_point_transactions(call: Call, world: World) -> object:
    """Returns a page of the contact's transactions, the newest first. Problem: contact_not_found."""
    contact = call.params["contactId"]
    contact_records.check(world, contact)
    found = [
        {
            "id": str(number),
            "amount": one["amount"],
            "transactionDateTime": one["transactionDate"],
            "description": one["description"],
            "type": _TYPES[one["type"]],
            "automationBonusAdjustmentReason": None,
        }
        for number, one in point_records.iterate(world, contact)
    ]
    return to_page(call, found[::-1])


def adjust_reward_points(call: Call, world: World) -> object:
    """Adds the points, or takes them if negative; returns the sum. Problem: contact_not_found."""
    contact, points = call.params["contactId"], call.body["points"]
    contact_records.check(world, contact)
    description = call.body.get("description") or call.body.get("type") or "Adjustment"
    added = point_records.add(world, contact, points, kind="Manual", source="api", description=description)
    webhook_records.points_added(world, contact, added)
    booking.add_points(world, contact, points)
    after = contact_records.view(world, contact)
    return {"contactId": contact, "totalRewardPoints": after["bonusPoints"]}
