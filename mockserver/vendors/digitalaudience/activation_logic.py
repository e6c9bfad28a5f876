"""What an activation makes of an audience: New, Active, and Ended when its last segment is over."""

from datetime import datetime
from typing import Any

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import audience_records, segment_records, timestamps


def activate(
    world: World,
    audience: Record,
    account: Record,
    span: tuple[datetime, datetime],
    at: datetime,
    **given: Any,
) -> Record:
    """The new segment on the account; the audience takes over the span of its newest activation."""
    segment = segment_records.create(world, audience, account, span, at, **given)
    audience |= {"activation": "Active", "startDate": segment["startDate"], "endDate": segment["endDate"]}
    audience["updated"] = timestamps.later(at, audience["updated"])
    audience_records.save(world, audience)
    world.jobs.schedule_event(span[1], "end_activation", audience_id=audience["id"])
    return segment


def end(world: World, audience: Record) -> None:
    """Ends the audience's activation if all its segments are over."""
    segments = segment_records.all_of(world, audience["id"])
    if all(segment_records.is_over(world, segment) for segment in segments):
        audience_records.save(world, audience | {"activation": "Ended"})
