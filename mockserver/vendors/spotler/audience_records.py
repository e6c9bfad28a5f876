"""Storage of audiences, with an index of their names. Dates are milliseconds since 1970.

Each record names the member list (`member_records`) that holds the audience's contacts.
"""

from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import member_records, reference_records, timestamps

DATES: Final = ("createDate", "changeDate", "lastContactAddedAt", "lastContactRemovedAt", "lastSyncDate")

KIND: Final = "audience"
_NAME_INDEX: Final = "audience_by_name"


def new(world: World, name: str, description: str | None) -> Record:
    """Builds an empty audience without storing it."""
    now = timestamps.now(world)
    return {
        "createDate": now,
        "changeDate": now,
        "lastContactAddedAt": None,
        "lastContactRemovedAt": None,
        "lastSyncDate": None,
        "description": description,
        "name": name,
        member_records.KEY: member_records.new_list(world),
    }


def require(world: World, id: str) -> Record:
    """Returns the audience. Raises the problem audience_not_found."""
    record = get(world, id)
    if record is None:
        raise Problem("audience_not_found")
    return record


def get(world: World, id: str) -> Record | None:
    """Returns the audience, or None."""
    return world.records(KIND).get(id)


def count(world: World) -> int:
    """Counts the audiences."""
    return world.records(KIND).count()


def is_name_taken(world: World, name: str) -> bool:
    """True if an audience has exactly this name; the vendor does not document case sensitivity."""
    return bool(world.index(_NAME_INDEX).find(name, limit=1))


def add(world: World, id: str, record: Record) -> None:
    """Stores a new audience."""
    world.records(KIND).add(id, record)
    world.index(_NAME_INDEX).add(record["name"], id)


def save(world: World, id: str, record: Record) -> None:
    """Stores a changed audience and keeps the index of names in step."""
    before = require(world, id)
    world.records(KIND).update(id, record)
    if before["name"] != record["name"]:
        world.index(_NAME_INDEX).remove(before["name"], id)
        world.index(_NAME_INDEX).add(record["name"], id)


def remove(world: World, id: str, record: Record) -> None:
    """Deletes the audience; its contacts stay, its id and name can be used again."""
    world.records(KIND).remove(id)
    world.index(_NAME_INDEX).remove(record["name"], id)
    reference_records.remove_all(world, reference_records.AUDIENCE, id)


def to_dict(id: str, record: Record) -> dict[str, Any]:
    """The members of the audience that the API returns, with dates in milliseconds."""
    dates = {name: record[name] for name in DATES}
    return {**dates, "externalId": id, "description": record["description"], "name": record["name"]}
