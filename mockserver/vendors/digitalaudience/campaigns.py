"""Endpoints for campaigns: create, list and fetch."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import campaign_records, organisation_records
from mockserver.vendors.digitalaudience.envelope import success
from mockserver.vendors.digitalaudience.request_values import trim


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
    return success(record)


def list_campaigns(call: Call, world: World) -> object:
    """The organisation's campaigns, oldest first."""
    return success(campaign_records.list_all(world, organisation_records.organisation_id(call)))


def get_campaign(call: Call, world: World) -> object:
    """The campaign. Problem: campaign_not_found."""
    organisation = organisation_records.organisation_id(call)
    return success(campaign_records.find(world, organisation, call.params["campaignId"]))
