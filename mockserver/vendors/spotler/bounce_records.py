"""Storage of bounces, in the order of their time."""

from mockserver.formats.timestamps import to_micros
from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.spotler import timestamps

HARD = "HARDBOUNCE"
"""The bounce after which a contact gets no e-mail any more."""

_KIND = "bounce"


def add(world: World, key: str, type: str, mailing: str) -> Record:
    """Stores a bounce of a contact, by a mailing with this encrypted id, and returns it."""
    record = {"date": timestamps.now(world), "type": type, "contact": key, "encryptedActId": mailing}
    id = f"{world.serial():012}"
    world.records(_KIND).add(id, record, rank=to_micros(world.now()))
    return {"id": id, **record}


def page(world: World, first: int, last: int, skip: int, limit: int) -> list[Record]:
    """A page of the bounces from `first` to `last` (microseconds), oldest first."""
    rows = world.records(_KIND).page(after=Cursor(first, ""), skip=skip, limit=limit)
    return [row.record for row in rows if row.rank <= last]
