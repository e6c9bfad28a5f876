"""Activation states of an audience: New, Active, and Ended after the end of its last segment."""

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
    """Creates a segment on the account; the audience takes the start and the end of the period."""
    segment = segment_records.create(world, audience, account, period, at, **fields)
    audience |= {"activation": "Active", "startDate": segment["startDate"], "endDate": segment["endDate"]}
    audience["updated"] = timestamps.format_later(at, audience["updated"])
    audience_records.save(world, audience)
    world.jobs.schedule_event(period[1], "end_activation", audience_id=audience["id"])
    return segment


def end_if_over(world: World, audience: Record) -> None:
    """Sets the activation to Ended if all segments have ended."""
    segments = segment_records.list_all(world, audience["id"])
    if all(segment_records.has_ended(world, segment) for segment in segments):
        audience_records.save(world, audience | {"activation": "Ended"})
