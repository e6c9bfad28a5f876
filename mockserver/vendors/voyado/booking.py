"""Booking of receipts: the last order, the points and the level of their contacts."""

from datetime import datetime
from typing import Final

from mockserver.formats.timestamps import from_micros, to_micros
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    contact_records,
    match_keys,
    point_records,
    purchase_records,
    receipt_logic,
    receipt_records,
    store_records,
    tenant_records,
    voucher_records,
    webhook_records,
)

_AT_ONCE: Final = 200
_MAX_BALANCE: Final = 10**15


def take(world: World, record: Record) -> None:
    """Takes a receipt, to be booked at the end of the interval; one with a known id is ignored."""
    if not receipt_records.take(world, record):
        return
    minutes = world.switches["receipt_minutes"]
    if minutes == 0:
        book(world)
        return
    due = _end_of_interval(world.now(), minutes)
    if receipt_records.plan(world, due):
        world.jobs.schedule(due, "book_receipts")


def book(world: World) -> None:
    """Books the receipts that wait; those beyond a number are booked by the next job."""
    for record in receipt_records.pop_waiting(world, _AT_ONCE):
        _book(world, record)
    if receipt_records.has_waiting(world):
        world.jobs.schedule(world.now(), "book_receipts")
    else:
        receipt_records.forget_plan(world)


def earn(world: World, before: Record, points: float, ordered: str | None) -> Record:
    """Returns the contact's record with these points more, its level, and its last order if newer."""
    balance = min(_MAX_BALANCE, max(0, before["bonusPoints"] + points))
    level = tenant_records.level_for(tenant_records.view(world)["levels"], balance)
    after = {**before, "bonusPoints": balance}
    if ordered:
        after["lastOrderDate"] = max(ordered, before.get("lastOrderDate", ""))
    if level:
        after["bonusBasedLevel"] = level
    else:
        after.pop("bonusBasedLevel", None)
    return after


def add_points(world: World, contact: str, amount: float) -> None:
    """Adds points to a contact, or takes them if negative; without effect if the contact is deleted."""
    before = world.records(contact_records.KIND).get(contact)
    if before is not None:
        contact_records.update(world, contact, before, earn(world, before, amount, None))


def _book(world: World, record: Record) -> None:
    """Books one receipt; without effect if no contact, or more than one, has its key."""
    store = store_records.find_or_create(world, record["store"], record["storeName"])
    id = match_keys.find_contact(world, record["keyType"], record["key"], record["contactType"])
    if id is not None:
        book_to(world, id, record, store)


def book_to(world: World, id: str, record: Record, store: Record) -> None:
    """Books a receipt of a contact."""
    purchase_records.add(world, id, record, store)
    voucher_records.redeem_numbers(world, id, record["usedVouchers"])
    before = contact_records.find(world, id)
    ordered = record["createdDate"] if receipt_logic.has_purchase(record) else None
    points = receipt_logic.points(record)
    contact_records.update(world, id, before, earn(world, before, points, ordered))
    if points:
        kind, number = "Purchase" if points > 0 else "Return", record["number"]
        date = record["createdDate"]
        added = point_records.add(
            world, id, points, kind=kind, source="receipts", description=number, date=date
        )
        webhook_records.points_added(world, id, added)


def _end_of_interval(now: datetime, minutes: int) -> datetime:
    step = minutes * 60_000_000
    return from_micros((to_micros(now) // step + 1) * step)
