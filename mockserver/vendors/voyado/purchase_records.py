"""Storage of the purchases of contacts, each a booked receipt, in order of time."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from mockserver.formats.timestamps import from_iso, to_micros
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import receipt_logic
from mockserver.vendors.voyado.timestamps import format_timestamp

_KIND = "purchase"


def add(world: World, contact: str, receipt: Record, store: Record) -> None:
    """Stores a receipt as a purchase of the contact."""
    record = _record(receipt, store, world.now())
    world.records(_KIND).add(world.uuid(), record, parent=contact, rank=_rank(receipt))


def bulk_insert(world: World, purchases: Iterable[tuple[str, Record, Record, datetime]]) -> None:
    """Stores purchases of a new world: contact, receipt, store, and when it was booked."""
    world.records(_KIND).bulk_insert(
        (world.uuid(), _record(receipt, store, booked), contact, _rank(receipt))
        for contact, receipt, store, booked in purchases
    )


def _record(receipt: Record, store: Record, booked: datetime) -> Record:
    return {
        "receipt": receipt,
        "storeName": store.get("name"),
        "storeType": store.get("type"),
        "bookedOn": format_timestamp(booked),
    }


def _rank(receipt: Record) -> int:
    return to_micros(from_iso(receipt["createdDate"]))


def page(world: World, contact: str, offset: int, count: int) -> list[dict[str, Any]]:
    """Returns purchases of the contact as the API does, the newest first."""
    rows = world.records(_KIND).page(contact, limit=count, skip=offset, newest_first=True)
    return [_to_dict(row.id, row.record) for row in rows]


def count(world: World, contact: str) -> int:
    """Returns the number of purchases of the contact."""
    return world.records(_KIND).count(contact)


def iterate(world: World, contact: str) -> Iterator[Record]:
    """Yields the records of the contact's purchases, the oldest first."""
    return (row.record for row in world.records(_KIND).iterate(contact))


def _to_dict(id: str, record: Record) -> dict[str, Any]:
    receipt = record["receipt"]
    net = receipt_logic.net_amount(receipt)
    return {
        "id": id,
        "transactionNumber": receipt["number"],
        "createdDate": receipt["createdDate"],
        "storeName": record["storeName"],
        "numberOfItems": receipt_logic.quantity(receipt),
        "netPriceSum": round(net * receipt["rate"], 6),
        "localNetPriceSum": net,
        "localCurrency": receipt["currency"],
        "groupCurrency": receipt_logic.GROUP_CURRENCY,
        "storeType": record["storeType"],
        "lineItems": [item["line"] for item in receipt["items"]],
        "externalId": receipt["id"],
    }
