"""Endpoints for campaigns: create, list, fetch, update and delete."""

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import audience_records, campaign_records, organisation_records
from mockserver.vendors.digitalaudience.envelope import success
from mockserver.vendors.digitalaudience.request_values import parse_id, trim


def create_campaign(call: Call, world: World) -> object:
    """The new campaign, owned by the logged-in user."""
    record = campaign_records.create(
        world,
        organisation_records.organisation_id(call),
        world.now(),
        userId=organisation_records.user_id(call),
        name=trim(call.body["name"]),
        description=call.body.get("description"),
    )
    return success(campaign_records.to_dict(record))


def list_campaigns(call: Call, world: World) -> object:
    """The organisation's campaigns, oldest first."""
    records = campaign_records.list_all(world, organisation_records.organisation_id(call))
    return success([campaign_records.to_dict(record) for record in records])


def get_campaign(call: Call, world: World) -> object:
    """The campaign. Problem: campaign_not_found."""
    return success(campaign_records.to_dict(_find(call, world, call.params["campaignId"])))


def update_campaign(call: Call, world: World) -> object:
    """The updated campaign; an absent description stays. Problem: campaign_not_found."""
    record = _find(call, world, parse_id(call.body["id"]))
    record["name"] = trim(call.body["name"])
    if "description" in call.body:
        record["description"] = call.body["description"]
    campaign_records.save_updated(world, record)
    return success(campaign_records.to_dict(record))


def delete_campaign(call: Call, world: World) -> object:
    """`true`. Problems: campaign_not_found, campaign_has_audiences."""
    record = _find(call, world, call.params["campaignId"])
    if audience_records.has_any(world, record):
        raise Problem("campaign_has_audiences", id=record["id"])
    campaign_records.delete(world, record["id"])
    return success(data=True)


def _find(call: Call, world: World, id: int) -> Record:
    return campaign_records.find(world, organisation_records.organisation_id(call), id)
