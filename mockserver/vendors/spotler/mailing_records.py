"""Storage of sent mailings and of what each recipient did with them.

A mailing is known by its name: mailings of one name are one mailing.
"""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.formats.timestamps import to_iso, to_micros
from mockserver.state.records import Cursor, Record
from mockserver.state.world import World

EMAIL: Final = "EMAIL"

SENDER: Final = "Marketing"
"""The author of every mailing."""

_ADDRESS: Final = "marketing@example.com"
_MAILING, _RECIPIENT = "sent_mailing", "mailing_recipient"


def send(world: World, name: str, type: str, contact: str, **reactions: Any) -> dict[str, Any]:
    """Adds a recipient of a mailing, or its reactions, and returns the mailing as the API lists it.

    Reactions are `opened`, `clicked`, `unsubscribed` (booleans) and `bounce` (its type).
    """
    id = encrypted_id(world, name)
    records = world.records(_MAILING)
    mailing = records.get(id)
    if mailing is None:
        now = world.now()
        mailing = {"encryptedId": id, "name": name, "scheduledStartDate": to_iso(now), "type": type}
        records.add(id, mailing, rank=to_micros(now))
    key = f"{id}/{contact}"
    before = world.records(_RECIPIENT).get(key)
    known = {name: value for name, value in reactions.items() if value}
    if before is None:
        world.records(_RECIPIENT).add(key, known, parent=id)
    elif known:
        world.records(_RECIPIENT).update(key, {**before, **known})
    return to_dict(world, mailing)


def encrypted_id(world: World, name: str) -> str:
    """The id of the mailing of this name."""
    return f"{world.random('mailing', name).getrandbits(64):016x}"


def require(world: World, id: str) -> Record:
    """Returns the mailing. Raises the problems mailing_not_found and mailing_type_invalid."""
    record = world.records(_MAILING).get(id)
    if record is None:
        raise Problem("mailing_not_found")
    if record["type"] != EMAIL:
        raise Problem("mailing_type_invalid")
    return record


def iterate(world: World, first: int, last: int) -> Iterator[Record]:
    """Yields the mailings from `first` to `last` (microseconds), oldest first."""
    skip, size = 0, 500
    while rows := list(world.records(_MAILING).page(after=Cursor(first, ""), skip=skip, limit=size)):
        for row in rows:
            if row.rank > last:
                return
            yield row.record
        skip += size


def message(name: str) -> dict[str, str]:
    """The message of a mailing of this name."""
    return {"name": name, "author": SENDER, "subject": name, "fromName": SENDER, "fromEmail": _ADDRESS}


def count(world: World, id: str) -> int:
    """Counts the recipients of a mailing."""
    return world.records(_RECIPIENT).count(id)


def recipients(world: World, id: str) -> Iterator[Record]:
    """Yields the reactions of each recipient of a mailing."""
    return (row.record for row in world.records(_RECIPIENT).iterate(id))


def to_dict(world: World, mailing: Record) -> dict[str, Any]:
    """The mailing as the API lists it, with the present number of its recipients."""
    return {**mailing, "sentCount": count(world, mailing["encryptedId"])}
