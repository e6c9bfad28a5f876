"""PUT /v1/person/archive and /v1/person/restore, DELETE /v1/person/delete."""

from collections.abc import Iterator
from typing import Any

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.ortto.bodies import said
from mockserver.vendors.ortto.census import KIND, Census, copy_of
from mockserver.vendors.ortto.values import Person


def archive_people(call: Call, world: World) -> object:
    """People leave every audience and the default lists; ids of nobody do not count."""
    census = Census(world)
    number = _turn(world, census, said(call.body), archived=True)
    return {"scheduled_contacts": 0, "archived_contacts": number}


def restore_people(call: Call, world: World) -> object:
    """Archived people come back and enter the audiences whose filter they meet."""
    census = Census(world)
    number = _turn(world, census, said(call.body), archived=False)
    return {"scheduled_contacts": 0, "restored_contacts": number}


def delete_people(call: Call, world: World) -> object:
    """Archived people are forgotten; others are left alone (documented)."""
    census = Census(world)
    number = 0
    for person in _selected(world, said(call.body), archived=True):
        census.remove(person)
        number += 1
    return {"scheduled_contacts": 0, "deleted_contacts": number}


def _turn(world: World, census: Census, selection: dict[str, Any], archived: bool) -> int:
    number = 0
    for person in _selected(world, selection, archived=not archived):
        census.put(person, copy_of(person) | {"archived": archived})
        number += 1
    census.close()
    return number


def _selected(world: World, selection: dict[str, Any], archived: bool) -> Iterator[Person]:
    """Everybody or the ids given, less the ids excluded, as far as they are archived (or are not)."""
    excluded = {id.lower() for id in selection.get("exclusion_ids", ())}
    if selection.get("all_rows_selected", False):
        rows = world.records(KIND).iterate("archived" if archived else "live")
        yield from (row.record for row in rows if row.id not in excluded)
        return
    for id in dict.fromkeys(id.lower() for id in selection.get("inclusion_ids", ())):
        person = world.records(KIND).get(id)
        if person is not None and person["archived"] is archived and id not in excluded:
            yield person
