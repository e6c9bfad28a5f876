"""Onboarding: processing of dropped files into the data of their audience.

A file is uploaded, pending, processing and done; the state of the audience follows from its files and from
the result of the last one. Insights follow. The vendor names states; the durations are inferred: its portal
shows a change the next day, which is too long for tests.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from mockserver.formats.timestamps import from_iso
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    audience_records,
    crm_file_parser,
    crm_file_records,
    derivation_logic,
    identifier_matching,
    member_records,
    timestamps,
)
from mockserver.vendors.digitalaudience.crm_file_parser import OPT_OUT, REPLACE, ParsedFile

STEPS: Final = {
    "UPLOAD": ("PENDING", timedelta(minutes=1)),
    "PENDING": ("PROCESSING", timedelta(minutes=10)),
    "PROCESSING": ("DONE", timedelta(hours=1)),
}
"""Step: the next step, and its time after the drop."""

INSIGHTS_DURATION: Final = timedelta(hours=1)
_SECOND: Final = timedelta(seconds=1)


def receive_file(world: World, audience: Record, mode: str, raw: bytes) -> Record:
    """Stores a dropped file and schedules its processing; returns the file."""
    file = crm_file_records.add(world, audience["id"], mode, raw, world.now(), "UPLOAD")
    _schedule(world, file, "UPLOAD")
    update_state(world, audience)
    audience_records.save(world, audience)
    return file


def ready_at(file: Record) -> datetime:
    """The time at which the processing of the file ends."""
    return from_iso(file["dropped"]) + STEPS["PROCESSING"][1]


def advance_file(world: World, audience: Record, file: Record) -> None:
    """Takes the file to its next step."""
    next_step = STEPS[file["step"]][0]
    if next_step == "DONE":
        process_file(world, audience, file)
        return
    crm_file_records.set_step(world, file, next_step)
    _schedule(world, file, next_step)
    if next_step == "PROCESSING" and audience["crm"]:
        audience["crm"]["insights"] = "PENDING"
    update_state(world, audience)
    audience_records.save(world, audience)


def process_file(world: World, audience: Record, file: Record) -> None:
    """Applies the file to its audience; an unusable file sets the state to FAILED."""
    raw = crm_file_records.read_content(world, file["id"])
    crm_file_records.delete(world, file["id"])
    try:
        content = crm_file_parser.parse_file(raw)
        apply_rows(world, audience, file["mode"], content, from_iso(file["dropped"]), world.now())
    except crm_file_parser.UnusableFileError:
        audience["settled"] = "FAILED"
        if audience["crm"]:
            audience["crm"]["insights"] = "READY"  # those of the unchanged data
    update_state(world, audience)
    audience_records.save(world, audience)


def apply_rows(
    world: World, audience: Record, mode: str, content: ParsedFile, dropped: datetime, at: datetime
) -> None:
    """Applies the rows of a file and adds a history entry. Raises `UnusableFileError` without usable rows."""
    rows = [
        identifiers for identifiers in map(crm_file_parser.usable_identifiers, content.rows) if identifiers
    ]
    if not rows and mode != REPLACE:
        raise crm_file_parser.UnusableFileError("no usable row")
    if mode == REPLACE:
        member_records.delete_all(world, audience["id"])
    if mode == OPT_OUT:
        member_records.remove_rows(world, audience["id"], rows)
    else:
        member_records.add_rows(world, audience["id"], rows)
    crm = audience["crm"] or {"history": {}}
    key = _history_key(crm["history"], dropped)
    crm["history"][key] = _history_entry(world, audience, mode, content, dropped)
    crm |= {"insights": "PENDING", "size": member_records.count_rows(world, audience["id"]), "newest": key}
    audience["crm"] = crm
    audience["settled"] = "READY" if crm["size"] else "NODATA"
    audience["dataUpdated"] = timestamps.format_later(at, audience["dataUpdated"] or audience["created"])
    audience["updated"] = timestamps.format_later(at, audience["updated"])
    derivation_logic.follow_source(world, audience["id"], has_data=crm["size"] > 0)
    world.jobs.schedule(at + INSIGHTS_DURATION, "finish_insights", audience_id=audience["id"], snapshot=key)


def add_earlier_files(world: World, audience: Record, files: Iterable[tuple[datetime, ParsedFile]]) -> None:
    """Adds history entries of files that replaced the data before its present files, in order of time."""
    history: dict[str, object] = {}
    for dropped, content in files:
        entry = _history_entry(world, audience, REPLACE, content, dropped)
        history[_history_key(history, dropped)] = entry
    audience["crm"]["history"] = {**history, **audience["crm"]["history"]}
    audience_records.save(world, audience)


def finish_insights(world: World, audience: Record) -> None:
    """Sets the insights to READY, until the next file is processed."""
    audience["crm"]["insights"] = "READY"
    audience_records.save(world, audience)


def update_state(world: World, audience: Record) -> None:
    """Sets the state of the audience, from its files and the result of the last one."""
    steps = [file["step"] for file in crm_file_records.list_waiting(world, audience["id"])]
    if "PROCESSING" in steps:
        audience["state"] = "PROCESSING"
    elif audience["settled"] == "READY" or not steps:
        audience["state"] = audience["settled"]
    else:
        audience["state"] = "PENDING" if "PENDING" in steps else "UPLOAD"


def _schedule(world: World, file: Record, step: str) -> None:
    due = from_iso(file["dropped"]) + STEPS[step][1]
    world.jobs.schedule(due, "step_file", file_id=file["id"])


def _history_entry(
    world: World, audience: Record, mode: str, content: ParsedFile, dropped: datetime
) -> dict[str, object]:
    counters, rates = identifier_matching.count_matches(world.seed, content)
    return {
        "audienceId": audience["id"],
        "mode": mode,
        "totalRows": len(content.rows),
        "created": timestamps.format_timestamp(dropped),
        "dataSet": counters,
        "matchRates": rates,
    }


def _history_key(history: Record, dropped: datetime) -> str:
    """The second of the drop, or the next free one: every file needs a separate entry."""
    moment = dropped.replace(microsecond=0)
    while timestamps.format_date(moment) in history:
        moment += _SECOND
    return timestamps.format_date(moment)
