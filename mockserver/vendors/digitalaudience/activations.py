"""Endpoint that activates an audience as a segment on a platform account."""

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    activation_logic,
    audience_records,
    organisation_records,
    platform_account_records,
)
from mockserver.vendors.digitalaudience.envelope import success
from mockserver.vendors.digitalaudience.request_values import parse_date_field, parse_id, trim


def activate_audience(call: Call, world: World) -> object:
    """The ids of the flow and of the new segment. An audience without data can be activated.

    Problems: field_invalid (a date that does not exist), end_not_after_start, audience_not_found,
    account_not_found.
    """
    start, end = parse_date_field(call, "startDate"), parse_date_field(call, "endDate")
    if end <= start:
        raise Problem("end_not_after_start")
    organisation = organisation_records.organisation_id(call)
    audience = audience_records.find(world, organisation, parse_id(call.body["audienceId"]))
    account = platform_account_records.find(world, organisation, parse_id(call.body["accountId"]))
    segment = activation_logic.activate(
        world,
        audience,
        account,
        (start, end),
        world.now(),
        userId=organisation_records.user_id(call),
        name=trim(call.body["name"]),
        description=call.body["description"],
    )
    return success({"flowId": world.uuid(), "segmentId": segment["segmentId"]})
