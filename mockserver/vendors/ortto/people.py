"""The endpoints of people: get, get-by-ids, merge, archive, restore, delete."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.merge_logic import Merge
from mockserver.vendors.ortto.null_handling import said
from mockserver.vendors.ortto.person_query import Listing
from mockserver.vendors.ortto.person_records import KIND, Census, copy_of
from mockserver.vendors.ortto.tag_records import KIND as TAG

_NOT_WITH_ARCHIVED: Final = (
    "fields", "filter", "audience_id", "audience_filter", "sort_by_field_id", "sort_order",
)  # fmt: skip
_LARGEST: Final = 2 * 1024 * 1024
"""The 2 MB that a payload may have (documented)."""


def get_people(call: Call, world: World) -> object:
    """A page of people, newest first unless sorted.

    Raises the problems attributes_invalid, object_not_found (audience, cursor) and field_unknown.
    """
    query = said(call.body)
    if query.get("type") == "archived" and any(element in query for element in _NOT_WITH_ARCHIVED):
        raise Problem("attributes_invalid")
    listing = Listing(world, query)
    show = _shower(world, query.get("fields", ()))
    return listing.reply(show)


def get_people_by_ids(call: Call, world: World) -> object:
    """The people of these ids by id, archived ones too; unknown ids are left out."""
    show = _shower(world, said(call.body).get("fields", ()))
    people = world.records(KIND)
    found = (people.get(id.lower()) for id in dict.fromkeys(call.body["contact_ids"]))
    return {"contacts": {person["id"]: show(person) for person in found if person is not None}}


def merge_people(call: Call, world: World) -> object:
    """Creates and updates people.

    Raises body_malformed (too large), field_unknown (merge_by) and, where no person can be taken (recorded),
    no_valid_people.
    """
    if len(call.raw) > _LARGEST:
        raise Problem("body_malformed", reason="http: request body too large")
    body = said(call.body)
    body["people"] = [said(person) for person in body["people"]]
    merge = Merge(world, body)
    if body.get("async", False):
        world.jobs.schedule(world.now() + timedelta(seconds=1), "merge_later", body=body)
        return {"people": [{"status": "queued"} for _ in body["people"]]}
    done = merge.run()
    rejected = [one for one in done if "error" in one]
    if len(rejected) == len(done):
        raise Problem("no_valid_people", reason=rejected[0]["error"], details=rejected)
    return {"people": done}


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


def _shower(world: World, field_ids: Any) -> Callable[[Person], dict[str, Any]]:
    """Shows a person with those of the fields that have a value (recorded: unset ones are missing)."""
    wanted = [id for id in field_ids if id != "tags"]
    tags = (
        {row.record["id"]: row.record["name"] for row in world.records(TAG).iterate()}
        if "tags" in field_ids
        else {}
    )

    def show(person: Person) -> dict[str, Any]:
        fields = person["fields"]
        shown = {id: fields[id] for id in wanted if id in fields}
        if tags and fields.get("u4s::t"):
            shown["tags"] = [tags[id] for id in fields["u4s::t"]]
        return {"id": person["id"], "fields": shown}

    return show


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
