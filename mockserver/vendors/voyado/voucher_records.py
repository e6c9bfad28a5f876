"""Storage of vouchers, which v2 calls bonus checks, by contact and in order of creation."""

from datetime import timedelta
from typing import Any

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records, webhook_records
from mockserver.vendors.voyado.timestamps import format_timestamp

_KIND = "voucher"
_FIRST_NUMBER = 2_500_000_000_000


def add(world: World, contact: str, given: dict[str, Any]) -> tuple[str, Record]:
    """Stores a new voucher of a contact; returns its id and record."""
    id = world.uuid()
    record = {
        "contact": contact,
        "number": str(_FIRST_NUMBER + world.serial()),
        "name": given["name"],
        "redeemedOn": None,
        "expiresOn": format_timestamp(world.now() + timedelta(days=given["days"])),
        "value": {"currency": given["currency"], "amount": given["amount"]},
        "points": given["points"],
    }
    world.records(_KIND).add(id, record, parent=contact)
    webhook_records.voucher_created(world, id, record, format_timestamp(world.now()))
    return id, record


def find(world: World, id: str) -> Record | None:
    """Returns the voucher, or None if it does not exist or its contact is deleted."""
    record = world.records(_KIND).get(id)
    return record if record and world.records(contact_records.KIND).has(record["contact"]) else None


def list_all(world: World, contact: str) -> list[tuple[str, Record]]:
    """Returns ids and records of the contact's vouchers."""
    return [(row.id, row.record) for row in world.records(_KIND).iterate(contact)]


def has_expired(world: World, record: Record) -> bool:
    """Whether a voucher is no longer valid."""
    return str(record["expiresOn"]) <= format_timestamp(world.now())


def is_available(world: World, record: Record) -> bool:
    """Whether a voucher can be redeemed."""
    return record["redeemedOn"] is None and not has_expired(world, record)


def redeem(world: World, id: str, record: Record) -> Record:
    """Stores that the voucher was redeemed now; returns its record."""
    return _write(world, id, {**record, "redeemedOn": format_timestamp(world.now())})


def reactivate(world: World, id: str, record: Record) -> Record:
    """Stores that the voucher can be redeemed again; returns its record."""
    return _write(world, id, {**record, "redeemedOn": None})


def redeem_numbers(world: World, contact: str, numbers: list[str]) -> None:
    """Redeems those of the contact's available vouchers that have these numbers."""
    for id, record in list_all(world, contact) if numbers else ():
        if record["number"] in numbers and is_available(world, record):
            redeem(world, id, record)


def to_voucher(id: str, record: Record) -> dict[str, Any]:
    """Returns a voucher as v3 does."""
    return {
        "id": id,
        "voucherNumber": record["number"],
        "name": record["name"],
        "redeemedOn": record["redeemedOn"],
        "redeemed": record["redeemedOn"] is not None,
        "expiresOn": record["expiresOn"],
        "value": record["value"],
        "localValues": [],
        "points": record["points"],
    }


def to_bonus_check(id: str, record: Record) -> dict[str, Any]:
    """Returns a voucher as v2 does."""
    names = {"voucherNumber": "checkNumber", "points": "bonusPoints"}
    return {names.get(name, name): value for name, value in to_voucher(id, record).items()}


def _write(world: World, id: str, record: Record) -> Record:
    world.records(_KIND).update(id, record)
    return record
