"""Endpoints for segments: list, fetch, update, extend and delete.

The fields and these operations are documented; the paths are inferred.
"""

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    activation_logic,
    audience_records,
    organisation_records,
    segment_records,
    timestamps,
)
from mockserver.vendors.digitalaudience.envelope import success
from mockserver.vendors.digitalaudience.request_values import parse_date_field, parse_id, trim


def list_segments(call: Call, world: World) -> object:
    """The audience's segments, oldest first. Problem: audience_not_found."""
    audience = audience_records.find(
        world, organisation_records.organisation_id(call), call.params["audienceId"]
    )
    records = segment_records.list_all(world, audience["id"])
    return success([segment_records.to_dict(world, record, audience) for record in records])


def get_segment(call: Call, world: World) -> object:
    """The segment. Problem: segment_not_found."""
    record, audience = _find(call, world, call.params["segmentId"])
    return success(segment_records.to_dict(world, record, audience))


def update_segment(call: Call, world: World) -> object:
    """The updated segment; absent members stay.

    Problems: field_invalid (a date that does not exist), segment_not_found, end_not_after_start.
    """
    dates = [name for name in ("startDate", "endDate") if name in call.body]
    moments = {name: parse_date_field(call, name) for name in dates}
    record, audience = _find(call, world, parse_id(call.body["id"]))
    record["name"] = trim(call.body["name"])
    record |= {name: call.body[name] for name in ("description", "extend") if name in call.body}
    record |= {name: timestamps.format_date(moment) for name, moment in moments.items()}
    return _save(world, record, audience)


def extend_segment(call: Call, world: World) -> object:
    """The segment with another end, which makes an ended one active again.

    Problems: field_invalid (a date that does not exist), segment_not_found, end_not_after_start.
    """
    end = parse_date_field(call, "endDate")
    record, audience = _find(call, world, parse_id(call.body["id"]))
    record["endDate"] = timestamps.format_date(end)
    return _save(world, record, audience)


def delete_segment(call: Call, world: World) -> object:
    """`true`. Problem: segment_not_found."""
    record, audience = _find(call, world, call.params["segmentId"])
    activation_logic.remove(world, audience, record)
    return success(data=True)


def _find(call: Call, world: World, id: int) -> tuple[Record, Record]:
    """The segment and its audience."""
    organisation = organisation_records.organisation_id(call)
    record = segment_records.find(world, organisation, id)
    return record, audience_records.find(world, organisation, record["audienceId"])


def _save(world: World, record: Record, audience: Record) -> object:
    if from_iso(record["endDate"]) <= from_iso(record["startDate"]):
        raise Problem("end_not_after_start")
    activation_logic.change(world, audience, record)
    return success(segment_records.to_dict(world, record, audience))
