"""Purchases: receipts that shops send, and what a contact has bought."""

from datetime import timedelta
from typing import Any

from mockserver.call import Call
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import booking, contact_records, purchase_records, receipt_logic
from mockserver.vendors.voyado.timestamps import format_timestamp

_SPANS = {"All": None, "LastYear": 365, "LastTwoYears": 730}
"""The suffix of the members of a summary, and the days that they cover."""


def create_receipt(call: Call, world: World) -> object:
    """Takes a receipt; the reply is empty. Problem: invalid_receipt."""
    booking.take(world, receipt_logic.from_receipt(call.body))
    return {}


def create_receipt_v2(call: Call, world: World) -> object:
    """Does the same as `create_receipt`."""
    return create_receipt(call, world)


def import_transactions(call: Call, world: World) -> object:
    """Takes receipts in the older form; the reply is empty. Problem: invalid_receipt."""
    for record in list(receipt_logic.from_older_receipts(call.body["receipts"])):
        booking.take(world, record)
    return {}


def list_transactions(call: Call, world: World) -> object:
    """Returns a page of the contact's purchases. Problem: contact_not_found."""
    id, offset = call.params["contactId"], call.params["offset"]
    contact_records.check(world, id)
    items = purchase_records.page(world, id, offset, call.params["count"])
    total = purchase_records.count(world, id)
    return {"count": len(items), "offset": offset, "items": items, "totalCount": total}


def get_purchase_history_summary(call: Call, world: World) -> object:
    """Summarizes the contact's purchases. Problem: contact_not_found."""
    id = call.params["contactId"]
    contact = contact_records.view(world, id)
    purchases = list(purchase_records.iterate(world, id))
    summary: dict[str, Any] = {
        "lastUpdated": purchases[-1]["bookedOn"] if purchases else None,
        "latestReceiptDate": contact.get("lastOrderDate"),
    }
    for suffix, days in _SPANS.items():
        first = format_timestamp(world.now() - timedelta(days=days)) if days else ""
        within = [one["receipt"] for one in purchases if one["receipt"]["createdDate"] >= first]
        summary |= {f"{name}{suffix}": value for name, value in _totals(within).items()}
    return summary


def _totals(receipts: list[Record]) -> dict[str, float]:
    amount = sum(map(receipt_logic.gross_amount, receipts))
    visits = sum(map(receipt_logic.has_purchase, receipts))
    return {
        "purchaseAmount": round(amount, 6),
        "numberOfArticlePurchases": sum(map(receipt_logic.quantity, receipts)),
        "averageReceipt": round(amount / visits, 6) if visits else 0,
        "purchaseFrequency": visits,
    }
