"""The endpoints of activities: activities/create, person/get/activities and definitions/activity."""

from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto import activity_definition_records as definitions
from mockserver.vendors.ortto import activity_logic
from mockserver.vendors.ortto.activity_catalog import kebab
from mockserver.vendors.ortto.activity_feed import read_feed
from mockserver.vendors.ortto.activity_logic import (
    prepare,
    record_activities,
    record_or_schedule,
    require_current,
)
from mockserver.vendors.ortto.field_schema import require_known, writable_fields
from mockserver.vendors.ortto.merge_logic import PERSON_ID
from mockserver.vendors.ortto.null_handling import without_nulls
from mockserver.vendors.ortto.payload import require_size
from mockserver.vendors.ortto.person_records import KIND as PERSON

_AUTHOR = "Public API"


def create_activities(call: Call, world: World) -> object:
    """Records activities of people; the reply is the same for all, before and after (recorded).

    Raises body_malformed and request_invalid (too large), and field_unknown (activity, merge_by).
    """
    require_size(call)
    body = without_nulls(call.body)
    activities = prepare(body)
    activity_logic.require_size(activities)
    require_current(world, activities)
    known = writable_fields(world) | {PERSON_ID}
    for activity in activities:
        require_known(activity.get("merge_by", ()), known)
    record_or_schedule(world, activities, body.get("async", False), record_activities, "record_later")
    return {"activities": [_queued(activity) for activity in activities]}


def _queued(activity: dict[str, Any]) -> dict[str, Any]:
    """The result of one activity; a person that is found by merge has no id in it (recorded)."""
    named = {"person_id": activity["person_id"].lower()} if "person_id" in activity else {}
    return {**named, "status": "queued", "person_status": "queued"}


def get_person_activities(call: Call, world: World) -> object:
    """Returns the activity feed of a person, newest first. Raises the problem object_not_found."""
    query = without_nulls(call.body)
    id = query["person_id"].lower()
    person = world.records(PERSON).require(id, "object_not_found", object=id)
    return read_feed(world, person, query)


def create_activity_definition(call: Call, world: World) -> object:
    """Defines a custom activity, which then takes events. Raises the problem object_exists."""
    body = without_nulls(call.body)
    id = _activity_id(body["name"])
    if definitions.load(world, id) is not None:
        raise Problem("object_exists", object=id)
    return {"custom_activity": definitions.define(world, id, body, _AUTHOR)}


def modify_activity_definition(call: Call, world: World) -> object:
    """Replaces members of the definition with this name. Raises the problem object_not_found."""
    body = without_nulls(call.body)
    record = _find_definition(world, _activity_id(body["name"]))
    return {"custom_activity": definitions.modify(world, record, body)}


def delete_activity_definition(call: Call, world: World) -> object:
    """Archives a custom activity, which then takes no events. Raises the problem object_not_found."""
    id = call.body["activity_field_id"]
    definitions.archive(world, _find_definition(world, id))
    return {"archived_activity": id}


def _activity_id(name: str) -> str:
    return f"act:cm:{kebab(name)}"


def _find_definition(world: World, id: str) -> dict[str, Any]:
    record = definitions.load(world, id)
    if record is None or record["archived"]:
        raise Problem("object_not_found", object=id)
    return record
