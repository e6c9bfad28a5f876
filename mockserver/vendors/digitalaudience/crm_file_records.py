"""Files that were dropped and are not done yet: `{id, audienceId, mode, content, dropped, step}`."""

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Final

from mockserver.formats.timestamps import to_iso
from mockserver.state.records import Record
from mockserver.state.world import World

_KIND: Final = "file"


def add(world: World, audience_id: int, mode: str, raw: bytes, dropped: datetime, step: str) -> Record:
    """A file as it lies in the storage."""
    id = str(world.serial())
    record = {
        "id": id,
        "audienceId": audience_id,
        "mode": mode,
        "content": b64encode(raw).decode(),
        "dropped": to_iso(dropped),
        "step": step,
    }
    world.records(_KIND).add(id, record, str(audience_id))
    return record


def get(world: World, id: str) -> Record | None:
    """The file, unless it is worked through or its audience is gone."""
    return world.records(_KIND).get(id)


def list_waiting(world: World, audience_id: int) -> list[Record]:
    """The audience's files in the order of dropping."""
    return [row.record for row in world.records(_KIND).iterate(str(audience_id))]


def set_step(world: World, record: Record, step: str) -> None:
    """The file is one step further."""
    world.records(_KIND).update(record["id"], record | {"step": step})


def delete(world: World, id: str) -> None:
    """The file is worked through."""
    world.records(_KIND).remove(id)


def delete_all(world: World, audience_id: int) -> None:
    """The audience's files go with it."""
    for row in world.records(_KIND).iterate(str(audience_id)):
        world.records(_KIND).remove(row.id)


def decode_content(record: Record) -> bytes:
    """What the file holds."""
    return b64decode(record["content"])
