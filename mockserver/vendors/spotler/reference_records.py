"""What audiences and temporary lists are used for elsewhere in Spotler: mailings and filters.

While one is used it cannot be deleted. A mailing uses its target until it is sent; with an automailer, until
the automailer's sending moment; a filter of a campaign or automation until it is removed or has expired.
"""

from datetime import datetime
from typing import Any, Final

from mockserver.formats.timestamps import from_iso, to_iso
from mockserver.state.records import Record
from mockserver.state.world import World

AUDIENCE: Final = "audience"
TEMPORARY_LIST: Final = "temporaryList"

_MAILING, _FILTER = "mailing", "filter"


def schedule(world: World, kind: str, target: str, name: str, at: datetime) -> dict[str, Any]:
    """A mailing to an audience or a temporary list: `{id, name, audience, temporaryList, at, automailer}`."""
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


def mailing(world: World, id: str) -> Record | None:
    """The mailing, or None."""
    return world.records(_MAILING).get(id)


def set_automailer(world: World, id: str, record: Record, until: datetime | None) -> dict[str, Any]:
    """Gives the mailing an automailer with this sending moment, or takes it away."""
    record["automailer"] = to_iso(until) if until else None
    world.records(_MAILING).update(id, record)
    return {"id": id, **record}


def remove_mailing(world: World, id: str) -> bool:
    """Takes the mailing away; False if there is none."""
    return world.records(_MAILING).remove(id)


def add_filter(world: World, module: str, audience: str, name: str, until: datetime | None) -> dict[str, Any]:
    """A filter on an audience in a campaign or an automation, as `{id, name, audience, until}`."""
    record = {"name": name, AUDIENCE: audience, "until": to_iso(until) if until else None}
    id = world.id_hex(16)
    world.records(_FILTER).add(id, {**record, "module": module}, parent=_parent(AUDIENCE, audience))
    return {"id": id, **record}


def remove_filter(world: World, module: str, id: str) -> bool:
    """Takes the filter away; False if this module has none of this id."""
    record = world.records(_FILTER).get(id)
    return record is not None and record["module"] == module and world.records(_FILTER).remove(id)


def is_used(world: World, kind: str, target: str) -> bool:
    """Whether anything still uses the audience or the temporary list."""
    parent, now = _parent(kind, target), world.now()
    mailings = (_ends_of(one.record) for one in world.records(_MAILING).iterate(parent))
    if any(now < from_iso(end) for ends in mailings for end in ends if end):
        return True
    ends = (one.record["until"] for one in world.records(_FILTER).iterate(parent))
    return any(end is None or now < from_iso(end) for end in ends)


def forget(world: World, kind: str, target: str) -> None:
    """The target is gone; one that takes its id is used by nothing."""
    for record_kind in (_MAILING, _FILTER):
        records = world.records(record_kind)
        for one in list(records.iterate(_parent(kind, target))):
            records.remove(one.id)


def _ends_of(record: Record) -> tuple[str, str | None]:
    return record["at"], record["automailer"]


def _parent(kind: str, target: str) -> str:
    return f"{kind}/{target}"
