"""Activation of audiences: segments with a start and an end, and what the audience shows of them."""

from datetime import datetime, timedelta
from typing import Any, Final

from mockserver.formats.timestamps import from_iso
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import audience_records, segment_records, timestamps

_EXTENSION: Final = timedelta(days=30)  # inferred, like all of the automatic extension


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
    audience["activation"] = _include(audience["activation"], segment)
    audience["updated"] = timestamps.format_later(at, audience["updated"])
    audience_records.save(world, audience)
    return segment


def change(world: World, audience: Record, segment: Record) -> None:
    """Stores a changed segment with a new `updated`, and what the audience shows of its segments."""
    segment["updated"] = timestamps.format_later(world.now(), segment["updated"])
    segment_records.save(world, segment)
    if segment["extend"]:
        due = from_iso(segment["endDate"])
        world.jobs.schedule_event(due, "prolong_segment", segment_id=segment["segmentId"])
    _summarise(world, audience)


def remove(world: World, audience: Record, segment: Record) -> None:
    """Deletes a segment; without its last one the audience is as if it had never been activated."""
    segment_records.delete(world, segment)
    _summarise(world, audience)


def prolong(world: World, audience: Record, segment: Record) -> None:
    """Moves the end that has passed by 30 days, as often as necessary."""
    end = from_iso(segment["endDate"])
    times = (world.now() - end) // _EXTENSION + 1
    try:
        segment["endDate"] = timestamps.format_date(end + times * _EXTENSION)
    except OverflowError:  # after the year 9999
        return
    change(world, audience, segment)


def _summarise(world: World, audience: Record) -> None:
    summary = None
    for segment in segment_records.list_all(world, audience["id"]):
        summary = _include(summary, segment)
    audience["activation"] = summary
    audience_records.save_updated(world, audience)


def _include(summary: Record | None, segment: Record) -> Record:
    """The summary with one more segment: its period, the first start and the last end of all."""
    start, end = segment["startDate"], segment["endDate"]
    if summary is None:
        return {"start": start, "end": end, "first": start, "last": end}
    first = min(summary["first"], start, key=from_iso)
    last = max(summary["last"], end, key=from_iso)
    return {"start": start, "end": end, "first": first, "last": last}
