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
    period: tuple[datetime, datetime],
    at: datetime,
    **fields: Any,
) -> Record:
    """The new segment on the account; the audience takes over the span of its newest activation."""
    segment = segment_records.create(world, audience, account, period, at, **fields)
    audience |= {"activation": "Active", "startDate": segment["startDate"], "endDate": segment["endDate"]}
    audience["updated"] = timestamps.format_later(at, audience["updated"])
    audience_records.save(world, audience)
    world.jobs.schedule_event(period[1], "end_activation", audience_id=audience["id"])
    return segment


def end_if_over(world: World, audience: Record) -> None:
    """Ends the audience's activation if all its segments are over."""
    segments = segment_records.list_all(world, audience["id"])
    if all(segment_records.has_ended(world, segment) for segment in segments):
        audience_records.save(world, audience | {"activation": "Ended"})
