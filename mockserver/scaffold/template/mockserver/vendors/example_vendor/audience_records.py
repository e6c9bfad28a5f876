"""Stored audiences, by id: `name`, `members` (a count) and `createdAt`."""

from datetime import datetime
from typing import Any, Final

from mockserver.formats.timestamps import to_iso
from mockserver.state.records import Record
from mockserver.state.world import World

KIND: Final = "audience"


def add(world: World, name: str, members: int, created: datetime) -> dict[str, Any]:
    """Stores a new audience at the end of the list and returns its representation in the contract."""
    id, record = world.uuid(), {"name": name, "members": members, "createdAt": to_iso(created)}
    world.records(KIND).add(id, record)
    return to_dict(id, record)


def to_dict(id: str, record: Record) -> dict[str, Any]:
    """The audience as the contract describes it."""
    return {"id": id, **record}
