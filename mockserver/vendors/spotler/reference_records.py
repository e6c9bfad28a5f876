"""Storage of the mailings and filters that reference an audience or a temporary list.

A referenced audience or list cannot be deleted. A mailing references its target until it is sent, or until
the sending time of its automailer; a filter of a campaign or automation until it is removed or expires.
"""

from datetime import datetime
from typing import Any, Final

from mockserver.formats.timestamps import from_iso, to_iso
from mockserver.state.records import Record
from mockserver.state.world import World

AUDIENCE: Final = "audience"
TEMPORARY_LIST: Final = "temporaryList"

_MAILING, _FILTER = "mailing", "filter"


def add_mailing(world: World, kind: str, target: str, name: str, at: datetime) -> dict[str, Any]:
    """Stores a mailing to a target and returns `{id, name, audience, temporaryList, at, automailer}`."""
    record = {
        "name": name,
        AUDIENCE: target if kind == AUDIENCE else None,
        TEMPORARY_LIST: target if kind == TEMPORARY_LIST else None,
        "at": to_iso(at),
        "automailer": None,
    }
    id = world.id_hex(16)
    world.records(_MAILING).add(id, record, parent=_parent(kind, target))
    return {"id": id, **record}


def get_mailing(world: World, id: str) -> Record | None:
    """Returns the mailing, or None."""
    return world.records(_MAILING).get(id)


def set_automailer(world: World, id: str, record: Record, until: datetime | None) -> dict[str, Any]:
    """Sets the sending time of the mailing's automailer, or removes the automailer."""
    record["automailer"] = to_iso(until) if until else None
    world.records(_MAILING).update(id, record)
    return {"id": id, **record}


def remove_mailing(world: World, id: str) -> bool:
    """Deletes the mailing; returns False if the id is unknown."""
    return world.records(_MAILING).remove(id)


def add_filter(world: World, module: str, audience: str, name: str, until: datetime | None) -> dict[str, Any]:
    """Stores a filter of a campaign or automation and returns `{id, name, audience, until}`."""
    record = {"name": name, AUDIENCE: audience, "until": to_iso(until) if until else None}
    id = world.id_hex(16)
    world.records(_FILTER).add(id, {**record, "module": module}, parent=_parent(AUDIENCE, audience))
    return {"id": id, **record}


def remove_filter(world: World, module: str, id: str) -> bool:
    """Deletes the filter; returns False if the module has no filter with this id."""
    record = world.records(_FILTER).get(id)
    return record is not None and record["module"] == module and world.records(_FILTER).remove(id)


def is_referenced(world: World, kind: str, target: str) -> bool:
    """True if a mailing or a filter still references the target."""
    parent, now = _parent(kind, target), world.now()
    for mailing in world.records(_MAILING).iterate(parent):
        ends = (mailing.record["at"], mailing.record["automailer"])
        if any(now < from_iso(end) for end in ends if end):
            return True
    filter_ends = (one.record["until"] for one in world.records(_FILTER).iterate(parent))
    return any(end is None or now < from_iso(end) for end in filter_ends)


def remove_all(world: World, kind: str, target: str) -> None:
    """Deletes all references to a deleted target, so that a later one with its id has none."""
    for record_kind in (_MAILING, _FILTER):
        records = world.records(record_kind)
        for one in list(records.iterate(_parent(kind, target))):
            records.remove(one.id)


def _parent(kind: str, target: str) -> str:
    return f"{kind}/{target}"
