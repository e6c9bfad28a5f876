"""Storage of point transactions, in order of arrival; a contact's record holds the sum of the active ones."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Final

from mockserver.formats.timestamps import from_iso, to_micros
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado.timestamps import format_timestamp

DEFINITION: Final = 1
"""The id of the tenant's only kind of points."""

_KIND, _REPLY = "pointTransaction", "pointReply"
_REMEMBERED: Final = timedelta(hours=24)


def add(
    world: World,
    contact: str,
    amount: float,
    *,
    kind: str,
    source: str,
    description: str,
    date: str = "",
    valid_from: str = "",
    valid_to: str | None = None,
) -> Record:
    """Stores a transaction of the contact and returns it."""
    now = format_timestamp(world.now())
    record = {
        "amount": amount,
        "type": kind,
        "source": source,
        "description": description,
        "transactionDate": date or now,
        "createdOn": now,
        "validFrom": valid_from or now,
        "validTo": valid_to,
    }
    number = world.serial()
    world.records(_KIND).add(str(number), {**record, "contact": contact}, parent=contact, rank=number)
    return record


def get(world: World, number: int) -> Record | None:
    """Returns the transaction with this id, or None."""
    return world.records(_KIND).get(str(number))


def iterate(world: World, contact: str) -> Iterator[tuple[int, Record]]:
    """Yields id and record of the contact's transactions."""
    return ((int(row.id), row.record) for row in world.records(_KIND).iterate(contact))


def is_pending(world: World, record: Record) -> bool:
    """Whether the points of a transaction are not valid yet."""
    return str(record["validFrom"]) > format_timestamp(world.now())


def pending(world: World, contact: str) -> float:
    """Returns the sum of the points that are not valid yet."""
    total: float = sum(one["amount"] for _number, one in iterate(world, contact) if is_pending(world, one))
    return total


def expiry(world: World, contact: str) -> str | None:
    """Returns when the first of the contact's active points expire, or None."""
    now = format_timestamp(world.now())
    ends = [one["validTo"] for _number, one in iterate(world, contact) if not is_pending(world, one)]
    return min((end for end in ends if end and end > now), default=None)


def remember_reply(world: World, key: str, reply: dict[str, Any]) -> None:
    """Stores the reply to a call with this idempotency key for 24 hours."""
    until = to_micros(world.now() + _REMEMBERED)
    world.records(_REPLY).add(_digest(key), {"reply": reply, "until": until}, rank=0)


def remembered_reply(world: World, key: str) -> dict[str, Any] | None:
    """Returns the reply to the call with this idempotency key in the last 24 hours, or None."""
    found = world.records(_REPLY).get(_digest(key))
    return found["reply"] if found and found["until"] > to_micros(world.now()) else None


def normalize_time(text: object) -> str:
    """Returns a timestamp of a caller in our format. Raises `ValueError`."""
    try:
        return format_timestamp(from_iso(str(text)))
    except OverflowError as error:
        raise ValueError(str(error)) from error


def _digest(key: str) -> str:
    return blake2b(key.encode("utf-8", "replace"), digest_size=16).hexdigest()
