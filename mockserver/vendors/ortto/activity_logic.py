"""Recording the activities that activities/create sends: at once, or later as a job."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto import activity_definition_records
from mockserver.vendors.ortto.activity_records import EVENT, add_occurrence, is_current, may_receive
from mockserver.vendors.ortto.field_schema import require_known
from mockserver.vendors.ortto.field_values import Person, as_datetime
from mockserver.vendors.ortto.ids import person_id
from mockserver.vendors.ortto.merge_logic import Merge
from mockserver.vendors.ortto.null_handling import without_nulls
from mockserver.vendors.ortto.person_records import PersonStore, copy_person
from mockserver.vendors.ortto.timestamps import format_seconds, to_seconds

BACKDATED_AFTER: Final = timedelta(days=90)
BACKDATED_DELAY: Final = timedelta(hours=1)
"""Activities older than that are queued for up to an hour (documented)."""

ASYNC_DELAY: Final = timedelta(seconds=1)
_MAX_BYTES: Final = 16 * 1024
"""The maximum size of an activity, 16 kB (documented)."""

_MERGE_OPTIONS: Final = ("merge_by", "merge_strategy")

Record = Callable[[World, list[dict[str, Any]]], None]
"""Records activities now."""


def require_size(activities: list[dict[str, Any]]) -> None:
    """Raises the problem request_invalid for the first activity that is too large."""
    for number, activity in enumerate(activities):
        if len(orjson.dumps(activity)) > _MAX_BYTES:
            reason = f"activities.{number}: the activity is larger than 16 kB (Invalid value)"
            raise Problem("request_invalid", reason=reason)


def require_current(world: World, activities: list[dict[str, Any]]) -> None:
    """Raises the problem field_unknown for the first activity that takes no events."""
    for activity in activities:
        if not is_current(world, activity["activity_id"]):
            require_known([activity["activity_id"]], frozenset())


def _delay_of(activity: Mapping[str, Any], is_async: bool, now: datetime) -> timedelta:
    """How long the activity waits before it is recorded; zero: not at all."""
    created = as_datetime(activity["created"]) if "created" in activity else None
    if created is not None and now - created > BACKDATED_AFTER:
        return BACKDATED_DELAY
    return ASYNC_DELAY if is_async else timedelta(0)


def record_or_schedule(
    world: World, activities: list[dict[str, Any]], is_async: bool, record: Record, job: str
) -> None:
    """Records activities now, or schedules a job for each that waits."""
    for activity in activities:
        delay = _delay_of(activity, is_async, world.now())
        if delay:
            world.jobs.schedule(world.now() + delay, job, activities=[activity])
        else:
            record(world, [activity])


def record_activities(world: World, activities: list[dict[str, Any]]) -> None:
    """Records the activities in order, each after the changes of the previous.

    An activity without a person is dropped: the reply has said `queued` before that is known (inferred).
    """
    for activity in activities:
        _record(world, activity)


def _record(world: World, activity: dict[str, Any]) -> None:
    owner = _find_or_merge(world, activity)
    store = PersonStore(world)
    before = store.get(owner) if owner else None
    if before is None:
        return
    name, now = activity["activity_id"], to_seconds(world.now())
    created = as_datetime(activity["created"]) if "created" in activity else None
    moment = now if created is None else to_seconds(created)
    id = event_id(activity, before["id"], moment)
    after = copy_person(before)
    if (id and world.records(EVENT).has(id)) or not may_receive(after, name, now):
        return
    add_occurrence(after, name, moment)
    _touch(world, after, name, moment)
    store.put(before, after, [(name, moment, activity.get("attributes", {}), id)])
    store.flush()
    activity_definition_records.mark_live(world, [name])


def _find_or_merge(world: World, activity: dict[str, Any]) -> str | None:
    """The id of the person; one that is named by fields is created or updated by the rules of merge."""
    if "person_id" in activity:  # fields and merge_by are then ignored (documented)
        return str(activity["person_id"]).lower()
    person = {name: activity[name] for name in ("fields", "location") if name in activity}
    options: dict[str, Any] = {name: activity[name] for name in _MERGE_OPTIONS if name in activity}
    (result,) = Merge(world, {"people": [person], **options}).run()
    return result.get("person_id")


def event_id(activity: dict[str, Any], owner: str, moment: int) -> str:
    """The id of the event; with a `key` it is the same for the same key and moment, which make one event."""
    if not activity.get("key"):
        return ""
    text = f"{owner}/{activity['activity_id']}/{activity['key']}/{moment}"
    return person_id(moment, int(hashlib.sha256(text.encode()).hexdigest()[:12], 16))


def _touch(world: World, person: Person, activity: str, moment: int) -> None:
    """Moves the time when the person was last seen, if the activity is defined to do so (documented)."""
    record = activity_definition_records.load(world, activity)
    seen = format_seconds(moment)
    if record is not None and record["shown"]["touch"] and seen > person["fields"].get("l", ""):
        person["fields"]["l"] = seen


def prepare(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The activities of a body, each with the merge options of the body, without nulls."""
    shared: dict[str, Any] = {name: body[name] for name in _MERGE_OPTIONS if body.get(name)}
    return [{**shared, **without_nulls(activity)} for activity in body["activities"]]
