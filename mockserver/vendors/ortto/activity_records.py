"""Activities, as they are stored: when people did them, what they carry, and the custom ones of the instance.

Filters read the times from the person's record. The events, with their attributes, are records of their own
for person/get/activities. People of the start of a world have times only; their events are derived.
"""

import hashlib
from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto.activity_catalog import (
    AUDIENCE_ID,
    BUILT_IN,
    ENTERED_AUDIENCE,
    NAME,
    SMS_OPTED_IN,
    SMS_OPTED_OUT,
    SUBSCRIBED,
    UNSUBSCRIBED,
)
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.ids import person_id
from mockserver.vendors.ortto.timestamps import SECONDS_PER_DAY

KIND: Final = "activity"
EVENT: Final = "activity_event"

ORDERED: Final = "act:cm:order"
"""The custom activity of the demo: the shop reports orders."""

MAX_EVENTS_A_DAY: Final = 50
"""The events of one activity and person that the API takes in 24 hours (documented)."""

_MAX_RECENT: Final = 100
_SERIALS: Final = 1 << 24

Event = dict[str, Any]
"""One occurrence: `{id, field_id, at, attr}`, `at` in seconds."""


def add_occurrence(person: Person, activity: str, moment: int) -> None:
    """Records that the person did the activity at `moment`, in seconds.

    The first and the hundred latest occurrences are kept. Ortto accepts 50 a day and person (documented),
    and the shortest time frames are today and yesterday.
    """
    moments: list[int] = person.setdefault("did", {}).setdefault(activity, [])
    insort(moments, moment)
    if len(moments) > _MAX_RECENT + 1:
        del moments[1]


def occurrences(person: Person, activity: str) -> Sequence[int]:
    """When the person did the activity, in seconds, oldest first."""
    moments: Sequence[int] = person.get("did", {}).get(activity, ())
    return moments


def permission_changes(before: Person | None, after: Person) -> Iterator[tuple[str, dict[str, Any]]]:
    """The activities of changed permissions, with their attributes, as merge records them (recorded).

    A new person whose SMS permission is refused explicitly, which leaves a context, has opted out (recorded).
    """
    old, new = before["fields"] if before else {}, after["fields"]
    if (old.get("bol::p") is True) != (new.get("bol::p") is True):
        if new.get("bol::p") is True:
            yield SUBSCRIBED, {"str::is": "API", **_context(new, "str::s-ctx")}
        else:
            yield UNSUBSCRIBED, _context(new, "str::u-ctx")
    if (old.get("bol::sp") is True) != (new.get("bol::sp") is True):
        if new.get("bol::sp") is True:
            yield SMS_OPTED_IN, _context(new, "str::soi-ctx")
        else:
            yield SMS_OPTED_OUT, _context(new, "str::soo-ctx")
    elif before is None and "str::soo-ctx" in new:
        yield SMS_OPTED_OUT, _context(new, "str::soo-ctx")


def _context(fields: Mapping[str, Any], field_id: str) -> dict[str, Any]:
    return {field_id: fields[field_id]} if field_id in fields else {}


def write_event(
    world: World, owner: str, activity: str, moment: int, attributes: Mapping[str, Any], id: str = ""
) -> None:
    """Writes an event of the person or account `owner`; without an `id` it gets a new one."""
    serial = world.serial()
    id = id or person_id(moment, int(world.id_hex(12), 16))
    event = {"id": id, "field_id": activity, "at": moment, "attr": dict(attributes)}
    world.records(EVENT).add(id, event, owner, moment * _SERIALS + serial % _SERIALS)


def delete_events(world: World, owner: str) -> None:
    """Deletes the events of a deleted person or account."""
    world.records(EVENT).clear(owner)


def events_of(world: World, person: Person) -> list[Event]:
    """The events of the person, newest first: the written ones, and those of the start of the world."""
    written = [row.record for row in world.records(EVENT).iterate(person["id"], newest_first=True)]
    known = {(event["field_id"], event["at"]) for event in written}
    derived = [
        event
        for activity, moments in person.get("did", {}).items()
        for moment in dict.fromkeys(moments)
        if (activity, moment) not in known
        for event in _derive(world, person, activity, moment)
    ]
    return sorted([*written, *derived], key=lambda event: -event["at"]) if derived else written


def _derive(world: World, person: Person, activity: str, moment: int) -> Iterator[Event]:
    """The events of one occurrence of the start of the world; one for each audience that was entered."""
    if activity != ENTERED_AUDIENCE:
        attributes = [{"str::is": "API"} if activity == SUBSCRIBED else {}]
    else:
        ids = [id for id, membership in person["in"].items() if membership["from"] == moment]
        audiences = ((id, world.records("audience").get(id)) for id in ids)
        attributes = [{AUDIENCE_ID: id, NAME: one["shown"]["name"]} for id, one in audiences if one]
    for number, attr in enumerate(attributes):
        text = f"{person['id']}/{activity}/{moment}/{number}"
        tail = int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)
        yield {"id": person_id(moment, tail), "field_id": activity, "at": moment, "attr": attr}


def may_receive(person: Person, activity: str, now: int) -> bool:
    """Counts an event that the API sends; False if the person has had its events of 24 hours."""
    sent: dict[str, list[int]] = person.setdefault("sent", {})
    recent = [moment for moment in sent.get(activity, ()) if moment > now - SECONDS_PER_DAY]
    if len(recent) >= MAX_EVENTS_A_DAY:
        return False
    sent[activity] = [*recent, now]
    return True


def known_activities(world: World) -> frozenset[str]:
    """The activities that a filter can name."""
    return frozenset(BUILT_IN) | {row.id for row in world.records(KIND).iterate()}


def is_current(world: World, activity: str) -> bool:
    """Whether new events of the activity are taken: it is built in, or defined and not archived."""
    definition = world.records(KIND).view(activity)
    return activity in BUILT_IN or (definition is not None and not definition["archived"])
