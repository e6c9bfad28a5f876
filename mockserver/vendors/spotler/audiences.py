"""Audience endpoints: create, read, update and delete."""

from typing import Any

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    account_records,
    audience_records,
    reference_records,
    timestamps,
)


def create_audience(call: Call, world: World) -> object:
    """Creates an empty audience and returns it.

    Problems, in this order: audience_name_length, audience_id_length, audience_id_taken, audience_name_taken,
    too_many_audiences.
    """
    body = call.body
    id, name = body["externalId"], body["name"]
    if audience_records.get(world, id):
        raise Problem("audience_id_taken")
    if audience_records.is_name_taken(world, name):
        raise Problem("audience_name_taken")
    if audience_records.count(world) >= account_records.get(world)["maximumAudiences"]:
        raise Problem("too_many_audiences")
    record = audience_records.new(world, name, body.get("description"))
    audience_records.add(world, id, record)
    return _render(world, id, record)


def get_audience(call: Call, world: World) -> object:
    """Returns the audience without its members. Problem: audience_not_found."""
    id = call.params["externalId"]
    return _render(world, id, audience_records.require(world, id))


def update_audience(call: Call, world: World) -> object:
    """Replaces name and description; an omitted description is cleared.

    Problems, in this order: audience_name_length, audience_not_found, path_id_mismatch, audience_name_taken.
    """
    body = call.body
    id, name = call.params["externalId"], body["name"]
    record = audience_records.require(world, id)
    if body["externalId"] != id:
        raise Problem("path_id_mismatch")
    if name != record["name"] and audience_records.is_name_taken(world, name):
        raise Problem("audience_name_taken")
    record |= {
        "name": name,
        "description": body.get("description"),
        "changeDate": timestamps.now(world),
    }
    audience_records.save(world, id, record)
    return _render(world, id, record)


def delete_audience(call: Call, world: World) -> object:
    """Deletes the audience. Problems: audience_not_found, audience_in_use."""
    id = call.params["externalId"]
    record = audience_records.require(world, id)
    if reference_records.is_referenced(world, reference_records.AUDIENCE, id):
        raise Problem("audience_in_use")
    audience_records.remove(world, id, record)
    return NOTHING


def _render(world: World, id: str, record: Record) -> dict[str, Any]:
    fields = audience_records.to_dict(id, record)
    dates = {name: fields[name] for name in audience_records.DATES if fields[name] is not None}
    return fields | {name: timestamps.to_json(world, date) for name, date in dates.items()}
