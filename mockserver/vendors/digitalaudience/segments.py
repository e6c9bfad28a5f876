"""Endpoints for segments: list and fetch. The fields are documented; the paths are inferred."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import audience_records, organisation_records, segment_records
from mockserver.vendors.digitalaudience.envelope import success


def list_segments(call: Call, world: World) -> object:
    """The audience's segments, oldest first. Problem: audience_not_found."""
    audience = audience_records.find(
        world, organisation_records.organisation_id(call), call.params["audienceId"]
    )
    records = segment_records.list_all(world, audience["id"])
    return success([segment_records.to_dict(world, record, audience) for record in records])


def get_segment(call: Call, world: World) -> object:
    """The segment. Problem: segment_not_found."""
    organisation = organisation_records.organisation_id(call)
    record = segment_records.find(world, organisation, call.params["segmentId"])
    audience = audience_records.find(world, organisation, record["audienceId"])
    return success(segment_records.to_dict(world, record, audience))
