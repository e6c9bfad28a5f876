"""The endpoints of people: get, get-by-ids, merge, archive, restore, delete."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto.account_records import ACCOUNT_OF_PERSON, AccountStore
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.merge_logic import Merge
from mockserver.vendors.ortto.null_handling import without_nulls
from mockserver.vendors.ortto.payload import require_size
from mockserver.vendors.ortto.person_query import PersonQuery
from mockserver.vendors.ortto.person_records import KIND, PersonStore, copy_person
from mockserver.vendors.ortto.selection_logic import require_one_accepted, select
from mockserver.vendors.ortto.tag_records import KIND as TAG
from mockserver.vendors.ortto.tag_records import PERSON

_NOT_ALLOWED_WITH_ARCHIVED: Final = (
    "filter", "audience_id", "audience_filter", "sort_by_field_id", "sort_order",
)  # fmt: skip


def get_people(call: Call, world: World) -> object:
    """Returns a page of people, newest first unless sorted.

    Raises the problems attributes_invalid, object_not_found (audience, cursor) and field_unknown.
    """
    query = without_nulls(call.body)
    if query.get("type") == "archived" and any(element in query for element in _NOT_ALLOWED_WITH_ARCHIVED):
        raise Problem("attributes_invalid")
    return PersonQuery(world, query).run(_renderer(world, query.get("fields", ())))


def get_people_by_ids(call: Call, world: World) -> object:
    """Returns people by their ids, including archived ones; unknown ids are left out."""
    render = _renderer(world, without_nulls(call.body).get("fields", ()))
    people = world.records(KIND)
    found = (people.get(id.lower()) for id in dict.fromkeys(call.body["contact_ids"]))
    return {"contacts": {person["id"]: render(person) for person in found if person is not None}}


def merge_people(call: Call, world: World) -> object:
    """Creates and updates people.

    Raises body_malformed (too large), field_unknown (merge_by), and no_valid_people if all are invalid
    (recorded).
    """
    require_size(call)
    body = without_nulls(call.body)
    body["people"] = [without_nulls(person) for person in body["people"]]
    merge = Merge(world, body)
    if body.get("async", False):
        world.jobs.schedule(world.now() + timedelta(seconds=1), "merge_later", body=body)
        return {"people": [{"status": "queued"} for _ in body["people"]]}
    results = merge.run()
    require_one_accepted(results, "no_valid_people")
    return {"people": results}


def archive_people(call: Call, world: World) -> object:
    """Archives people, who leave every audience and the default lists; unknown ids are not counted."""
    count = _set_archived(world, without_nulls(call.body), archived=True)
    return {"scheduled_contacts": 0, "archived_contacts": count}


def restore_people(call: Call, world: World) -> object:
    """Restores archived people, who enter the audiences whose filter they match."""
    count = _set_archived(world, without_nulls(call.body), archived=False)
    return {"scheduled_contacts": 0, "restored_contacts": count}


def delete_people(call: Call, world: World) -> object:
    """Deletes archived people; others stay as they are (documented)."""
    store, accounts, count = PersonStore(world), AccountStore(world), 0
    for person in _selected(world, without_nulls(call.body), archived=True):
        account = accounts.get(person["fields"].get(ACCOUNT_OF_PERSON, ""))
        if account is not None:
            accounts.remove_people(account, [person["id"]])
        store.remove(person)
        count += 1
    accounts.flush()
    return {"scheduled_contacts": 0, "deleted_contacts": count}


def _renderer(world: World, field_ids: Any) -> Callable[[Person], dict[str, Any]]:
    """Renders a person with those of the fields that have a value (recorded: unset ones are missing)."""
    # The account is returned even if it is not asked for (recorded).
    stored_ids = list(dict.fromkeys([ACCOUNT_OF_PERSON, *(id for id in field_ids if id != "tags")]))
    tags = (
        {
            row.record["id"]: row.record["name"]
            for row in world.records(TAG).iterate()
            if row.record["type"] == PERSON
        }
        if "tags" in field_ids
        else {}
    )

    def render(person: Person) -> dict[str, Any]:
        fields = person["fields"]
        rendered = {id: fields[id] for id in stored_ids if id in fields}
        if tags and fields.get("u4s::t"):
            rendered["tags"] = [tags[id] for id in fields["u4s::t"]]
        return {"id": person["id"], "fields": rendered}

    return render


def _set_archived(world: World, selection: dict[str, Any], archived: bool) -> int:
    store, count = PersonStore(world), 0
    for person in _selected(world, selection, archived=not archived):
        store.put(person, copy_person(person) | {"archived": archived})
        count += 1
    store.flush()
    return count


def _selected(world: World, selection: dict[str, Any], archived: bool) -> Iterator[Person]:
    people = world.records(KIND)

    def iterate(archived: bool) -> Iterator[Person]:
        return (row.record for row in people.iterate("archived" if archived else "live"))

    return select(selection, archived, iterate, people.get)
