"""Audiences as they are kept: what is shown of them, dates in milliseconds, and the roll of the members."""

from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import member_records, reference_records, timestamps

DATES: Final = ("createDate", "changeDate", "lastContactAddedAt", "lastContactRemovedAt", "lastSyncDate")

_KIND, _BY_NAME = "audience", "audience_by_name"


def new(world: World, name: str, description: str | None) -> Record:
    """An empty audience that is not kept yet."""
    now = timestamps.now(world)
    return {
        "createDate": now,
        "changeDate": now,
        "lastContactAddedAt": None,
        "lastContactRemovedAt": None,
        "lastSyncDate": None,
        "description": description,
        "name": name,
        "roll": member_records.new_roll(world),
    }


def find(world: World, id: str) -> Record:
    """The audience. Raises the problem audience_not_found."""
    record = get(world, id)
    if record is None:
        raise Problem("audience_not_found")
    return record


def get(world: World, id: str) -> Record | None:
    """The audience, or None."""
    return world.records(_KIND).get(id)


def count(world: World) -> int:
    """How many there are."""
    return world.records(_KIND).count()


def is_named(world: World, name: str) -> bool:
    """Whether an audience has exactly this name: the vendor says nothing of upper and lower case."""
    return bool(world.index(_BY_NAME).find(name, limit=1))


def add(world: World, id: str, record: Record) -> None:
    """Keeps a new one."""
    world.records(_KIND).add(id, record)
    world.index(_BY_NAME).add(record["name"], id)


def save(world: World, id: str, record: Record) -> None:
    """Keeps a changed one, perhaps under another name."""
    before = find(world, id)
    world.records(_KIND).update(id, record)
    if before["name"] != record["name"]:
        world.index(_BY_NAME).remove(before["name"], id)
        world.index(_BY_NAME).add(record["name"], id)


def remove(world: World, id: str, record: Record) -> None:
    """Forgets it; its contacts stay, its id and its name are free again."""
    world.records(_KIND).remove(id)
    world.index(_BY_NAME).remove(record["name"], id)
    reference_records.forget(world, reference_records.AUDIENCE, id)


def shown(id: str, record: Record) -> dict[str, Any]:
    """The audience as the API shows it."""
    dates = {name: record[name] for name in DATES}
    return {**dates, "externalId": id, "description": record["description"], "name": record["name"]}
