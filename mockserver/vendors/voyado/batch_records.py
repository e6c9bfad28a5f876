"""Storage of batches: a record for the status, and the contacts in pieces that are processed one by one."""

from datetime import datetime
from typing import Any, Final

from mockserver.formats.timestamps import from_iso, to_iso
from mockserver.state.records import Record
from mockserver.state.world import World

PIECE: Final = 100
"""The contacts that one job processes."""

_BATCH, _PIECE = "batch", "batchPiece"
_QUEUE, _QUEUE_ID = "batchQueue", "queue"


def add(world: World, contact_type: str, creates: bool, contacts: list[Any]) -> str:
    """Stores a batch and returns its id."""
    id = world.uuid()
    record = {
        "contactType": contact_type,
        "creates": creates,
        "status": "Queued",
        "total": len(contacts),
        "succeeded": 0,
        "failed": 0,
        "errors": [],
    }
    world.records(_BATCH).add(id, record)
    for first in range(0, len(contacts), PIECE):
        world.records(_PIECE).add(_piece_id(id, first), {"contacts": contacts[first : first + PIECE]}, id)
    return id


def get(world: World, id: str) -> Record | None:
    """Returns the batch, or None."""
    return world.records(_BATCH).get(id)


def update(world: World, id: str, record: Record) -> None:
    """Stores the changed status."""
    world.records(_BATCH).update(id, record)


def busy_until(world: World) -> datetime:
    """Returns when the last piece of all batches will have been processed; now, if none waits."""
    queue = world.records(_QUEUE).get(_QUEUE_ID)
    return max(world.now(), from_iso(queue["until"])) if queue else world.now()


def set_busy_until(world: World, until: datetime) -> None:
    """Stores when the last piece will have been processed."""
    world.records(_QUEUE).add(_QUEUE_ID, {"until": to_iso(until)}, rank=0)


def take_piece(world: World, id: str, first: int) -> list[Any]:
    """Removes the piece that starts with this contact, and returns its contacts."""
    records, piece = world.records(_PIECE), _piece_id(id, first)
    found = records.get(piece)
    records.remove(piece)
    contacts: list[Any] = found["contacts"] if found else []
    return contacts


def _piece_id(id: str, first: int) -> str:
    return f"{id}/{first}"
