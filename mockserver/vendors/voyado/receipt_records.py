"""Storage of receipts: those that wait to be booked, and the ids of all that were taken."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Final

from mockserver.formats.timestamps import to_iso
from mockserver.state.records import Record
from mockserver.state.world import World

_WAITING, _TAKEN, _STATE, _STATE_ID = "receipt", "receipts", "receiptState", "state"
_ALL: Final = "taken"


def take(world: World, record: Record) -> bool:
    """Stores a receipt to be booked; False if one with its id was taken before."""
    key = blake2b(record["id"].encode("utf-8", "replace"), digest_size=16).hexdigest()
    taken = world.index(_TAKEN)
    if taken.has(_ALL, key):
        return False
    taken.add(_ALL, key)
    world.records(_WAITING).add(key, record)
    return True


def pop_waiting(world: World, limit: int) -> Iterator[Record]:
    """Removes the first receipts that wait, and yields them in the order in which they were taken."""
    for row in world.records(_WAITING).page(limit=limit):
        world.records(_WAITING).remove(row.id)
        yield row.record


def has_waiting(world: World) -> bool:
    """Whether receipts wait to be booked."""
    return bool(world.records(_WAITING).page(limit=1))


def plan(world: World, due: datetime) -> bool:
    """Notes when the waiting receipts will be booked; False if that was noted before."""
    known = world.records(_STATE).get(_STATE_ID)
    if known and known["due"] == to_iso(due):
        return False
    world.records(_STATE).add(_STATE_ID, {"due": to_iso(due)}, rank=0)
    return True


def forget_plan(world: World) -> None:
    """Forgets when receipts will be booked, as none waits."""
    world.records(_STATE).remove(_STATE_ID)
