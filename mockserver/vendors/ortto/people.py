"""POST /v1/person/get and POST /v1/person/get-by-ids."""

from collections.abc import Callable
from typing import Any, Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto.bodies import said
from mockserver.vendors.ortto.census import KIND
from mockserver.vendors.ortto.listing import Listing
from mockserver.vendors.ortto.tags import KIND as TAG
from mockserver.vendors.ortto.values import Person

_NOT_WITH_ARCHIVED: Final = (
    "fields", "filter", "audience_id", "audience_filter", "sort_by_field_id", "sort_order",
)  # fmt: skip


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
