"""Storage of temporary lists, with an index of their names."""

from collections.abc import Iterator
from typing import Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import member_records, reference_records, timestamps

API: Final = "API"
"""The type of lists that the API makes; those of the user interface have no external id."""

_KIND: Final = "temporary_list"
_WITHOUT_ID: Final = "\ue000"  # precedes the key of a list that has no external id
_NAME_INDEX: Final = "temporary_list_by_name"


def require(world: World, id: str) -> Record:
    """Returns the temporary list. Raises the problem temporary_list_not_found."""
    record = world.records(_KIND).get(id)
    if record is None or id.startswith(_WITHOUT_ID):
        raise Problem("temporary_list_not_found")
    return record


def exists(world: World, id: str) -> bool:
    """True if a temporary list has this id."""
    return world.records(_KIND).has(id)


def is_name_taken(world: World, name: str) -> bool:
    """True if a temporary list has exactly this name."""
    return bool(world.index(_NAME_INDEX).find(name, limit=1))


def count(world: World) -> int:
    """Counts the temporary lists."""
    return world.records(_KIND).count()


def iterate(world: World) -> Iterator[tuple[str, Record]]:
    """Yields id and record of every temporary list, oldest first."""
    return ((row.id, row.record) for row in world.records(_KIND).iterate())


def add_without_id(world: World, name: str, type: str) -> Record:
    """Stores a new, empty temporary list of the user interface and returns it."""
    return add(world, _WITHOUT_ID + world.id_hex(16), name, type)


def add(world: World, id: str, name: str, type: str = API) -> Record:
    """Stores a new, empty temporary list and returns it."""
    members = member_records.new_list(world)
    record: Record = {"name": name, "createdAt": timestamps.now(world), member_records.KEY: members}
    record |= {} if type == API else {"type": type}
    world.records(_KIND).add(id, record)
    world.index(_NAME_INDEX).add(name, id)
    return record


def remove(world: World, id: str, record: Record) -> None:
    """Deletes the temporary list; its contacts stay, its id and name can be used again."""
    world.records(_KIND).remove(id)
    world.index(_NAME_INDEX).remove(record["name"], id)
    reference_records.remove_all(world, reference_records.TEMPORARY_LIST, id)
