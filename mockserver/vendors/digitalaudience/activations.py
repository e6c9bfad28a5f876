"""Activation: the audience becomes a segment on the account of a platform."""

from datetime import datetime

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    activation_logic,
    audience_records,
    ids,
    organisation_records,
    platform_account_records,
    timestamps,
)
from mockserver.vendors.digitalaudience.envelope import success
from mockserver.vendors.digitalaudience.request_values import trim


def activate_audience(call: Call, world: World) -> object:
    """The ids of the flow and of the new segment; an audience without data may be activated too.

    Problems: field_invalid (a moment that no calendar has), end_not_after_start, audience_not_found,
    account_not_found.
    """
    start, end = _parse_datetime(call, "startDate"), _parse_datetime(call, "endDate")
    if end <= start:
        raise Problem("end_not_after_start")
    organisation = organisation_records.organisation_id(call)
    audience = audience_records.find(world, organisation, ids.parse(call.body["audienceId"]))
    account = platform_account_records.find(world, organisation, ids.parse(call.body["accountId"]))
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


def _parse_datetime(call: Call, field: str) -> datetime:
    try:
        return timestamps.parse_datetime(call.body[field])
    except ValueError as error:
        raise Problem("field_invalid", field=field) from error
