"""Storage of what contacts have achieved, in the order in which they first did."""

from collections.abc import Iterator
from hashlib import blake2b

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado.timestamps import format_timestamp

_KIND = "achievement"


def put(world: World, contact: str, achievement: str) -> None:
    """Stores that the contact has achieved this now; a second time, the date moves."""
    records, id = world.records(_KIND), _id(contact, achievement)
    record = {"contact": contact, "achievement": achievement, "date": format_timestamp(world.now())}
    before = records.get(id)
    if before is None:
        records.add(id, record, parent=contact)
    else:
        records.update(id, record)


def remove(world: World, contact: str, achievement: str) -> bool:
    """Removes the contact's achievement. Returns whether it had it."""
    records, id = world.records(_KIND), _id(contact, achievement)
    if not records.has(id):
        return False
    records.remove(id)
    return True


def iterate(world: World, contact: str) -> Iterator[Record]:
    """Yields what the contact has achieved."""
    return (row.record for row in world.records(_KIND).iterate(contact))


def _id(contact: str, achievement: str) -> str:
    # Tenants choose the ids of achievements, of any characters and length.
    return blake2b(f"{contact}/{achievement}".encode("utf-8", "replace"), digest_size=16).hexdigest()
