"""Storage of dropped files that are not processed yet: `{id, audienceId, mode, dropped, step}`.

The content is a record of its own, which is read once: the files of an audience are listed at every step.
"""

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Final

from mockserver.formats.timestamps import to_iso
from mockserver.state.records import Record
from mockserver.state.world import World

_KIND: Final = "file"
_CONTENT: Final = "file_content"


def add(world: World, audience_id: int, mode: str, raw: bytes, dropped: datetime, step: str) -> Record:
    """Stores a dropped file."""
    id = str(world.serial())
    record = {
        "id": id,
        "audienceId": audience_id,
        "mode": mode,
        "dropped": to_iso(dropped),
        "step": step,
    }
    world.records(_KIND).add(id, record, str(audience_id))
    world.records(_CONTENT).add(id, {"content": b64encode(raw).decode()})
    return record


def get(world: World, id: str) -> Record | None:
    """The file; None if it is processed or its audience is deleted."""
    return world.records(_KIND).get(id)


def list_waiting(world: World, audience_id: int) -> list[Record]:
    """The audience's files, in the order in which they were dropped."""
    return [row.record for row in world.records(_KIND).iterate(str(audience_id))]


def set_step(world: World, record: Record, step: str) -> None:
    """Stores the step of the file."""
    world.records(_KIND).update(record["id"], record | {"step": step})


def delete(world: World, id: str) -> None:
    """Deletes a processed file."""
    world.records(_KIND).remove(id)
    world.records(_CONTENT).remove(id)


def delete_all(world: World, audience_id: int) -> None:
    """Deletes the files of an audience."""
    for row in world.records(_KIND).iterate(str(audience_id)):
        delete(world, row.id)


def read_content(world: World, id: str) -> bytes:
    """The bytes of the file."""
    stored = world.records(_CONTENT).get(id) or {"content": ""}
    return b64decode(stored["content"])
