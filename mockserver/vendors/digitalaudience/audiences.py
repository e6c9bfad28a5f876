"""Endpoints for audiences: create, update, fetch, list and delete."""

from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    audience_records,
    campaign_records,
    crm_file_records,
    derivation_logic,
    derived_audience_records,
    member_records,
    organisation_records,
    segment_records,
)
from mockserver.vendors.digitalaudience.envelope import success
from mockserver.vendors.digitalaudience.request_values import parse_id, trim


def create_crm_audience(call: Call, world: World) -> object:
    """The new audience, which has no data yet. Problem: campaign_not_found."""
    organisation = organisation_records.organisation_id(call)
    campaign = campaign_records.find(world, organisation, parse_id(call.body["campaignId"]))
    record = audience_records.create(
        world,
        campaign,
        organisation,
        world.now(),
        userId=organisation_records.user_id(call),
        name=trim(call.body["name"]),
        description=call.body.get("description"),
    )
    return success(audience_records.to_dict(world, record))


def update_audience(call: Call, world: World) -> object:
    """The updated audience; an absent description stays. Problem: audience_not_found."""
    record = _find(call, world, parse_id(call.body["id"]))
    record["name"] = trim(call.body["name"])
    if "description" in call.body:
        record["description"] = call.body["description"]
    return success(audience_records.to_dict(world, audience_records.save_updated(world, record)))


def get_audience(call: Call, world: World) -> object:
    """The audience with the history of its data. Problem: audience_not_found."""
    return success(audience_records.to_dict(world, _find(call, world, call.params["audienceId"])))


def list_audiences(call: Call, world: World) -> object:
    """The organisation's audiences, oldest first."""
    records = audience_records.list_all(world, organisation_records.organisation_id(call))
    return success(audience_records.to_dicts(world, records))


def delete_audience(call: Call, world: World) -> object:
    """`true`. How the id is passed is not documented; both places and both names are accepted.

    Problems: field_required (no id), ids_differ, audience_not_found.
    """
    values: list[Any] = [
        source[name]
        for source in (call.params, call.body or {})
        for name in ("audienceId", "id")
        if name in source
    ]
    ids = {parse_id(value) for value in values}
    if not ids:
        raise Problem("field_required", field="audienceId")
    if len(ids) > 1:
        raise Problem("ids_differ")
    return _delete(call, world, ids.pop())


def delete_audience_by_path(call: Call, world: World) -> object:
    """`true`. Problem: audience_not_found."""
    return _delete(call, world, call.params["audienceId"])


def _delete(call: Call, world: World, id: int) -> object:
    """Deletes the audience with its segments, files and rows; its campaign and derived audiences stay.

    A derived audience that is not ready yet fails.
    """
    _find(call, world, id)
    segment_records.delete_all(world, id)
    crm_file_records.delete_all(world, id)
    member_records.delete_all(world, id)
    derivation_logic.follow_source(world, id, has_data=False)
    derived_audience_records.delete(world, id)
    audience_records.delete(world, id)
    return success(data=True)


def _find(call: Call, world: World, id: int) -> Record:
    return audience_records.find(world, organisation_records.organisation_id(call), id)
