"""Audiences as they are kept: `name`, `members` (how many) and `createdAt`, by their id."""

from datetime import datetime
from typing import Any, Final

from mockserver.formats.timestamps import to_iso
from mockserver.state.records import Record
from mockserver.state.world import World

KIND: Final = "audience"


def add(world: World, name: str, members: int, created: datetime) -> dict[str, Any]:
    """Keeps a new audience, the last in the list, and gives it as it is shown."""
    id, record = world.uuid(), {"name": name, "members": members, "createdAt": to_iso(created)}
    world.records(KIND).add(id, record)
    return shown(id, record)


def shown(id: str, record: Record) -> dict[str, Any]:
    """The audience as the contract has it."""
    return {"id": id, **record}
