"""People, as they are stored. Every change of a person goes through `PersonStore`.

It keeps memberships, member lists, counts, tags and indexes in step.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, Final

import orjson

from mockserver.state.world import World
from mockserver.vendors.ortto import refresh_plan
from mockserver.vendors.ortto.activity_catalog import AUDIENCE_ID, ENTERED_AUDIENCE, LEFT_AUDIENCE, NAME
from mockserver.vendors.ortto.activity_records import (
    add_occurrence,
    delete_events,
    permission_changes,
    write_event,
)
from mockserver.vendors.ortto.audience_records import Audience, load_all, member_list_names
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.instance_records import Instance
from mockserver.vendors.ortto.person_index import PersonIndex
from mockserver.vendors.ortto.refresh_plan import RefreshPlan
from mockserver.vendors.ortto.tag_records import Tags
from mockserver.vendors.ortto.timestamps import to_seconds

KIND: Final = "person"

OPT_OUTS: Final = ("unsubscribed_from", "sms_opted_out_from")
"""The members of a membership that record opt-outs."""

_BLOCKED, _PEOPLE = "blocked", "people"

NewEvent = tuple[str, int, Mapping[str, Any], str]
"""An event to write: activity, moment, attributes, and its id if it has one already."""


class PersonStore:
    """The changes of people in one call: `put` and `remove` them, then `flush`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._records = world.records(KIND)
        self.instance: Instance = Instance(world)
        self.index: PersonIndex = PersonIndex(world, self.instance)
        self.tags: Tags = Tags(world)
        self.audiences: list[Audience] = load_all(world)
        self._people = 0
        self._subscribers = 0

    @property
    def _now(self) -> int:
        return to_seconds(self._world.now())

    def get(self, id: str) -> Person | None:
        """The person, archived or not; the caller may modify the returned record."""
        return self._records.get(id)

    def put(self, before: Person | None, after: Person, events: Iterable[NewEvent] = ()) -> None:
        """Writes a person who is new (`before` is None) or has changed, and updates its memberships.

        The times of its new `events` are in the record already, for the filters of audiences.
        """
        for activity, moment, attributes, id in events:
            write_event(self._world, after["id"], activity, moment, attributes, id)
        changes = [*permission_changes(before, after), *self.tags.changes(before, after)]
        for activity, _attributes in changes:
            add_occurrence(after, activity, self._now)
        self._update_memberships(before, after, self.audiences, self._reentry_delay)
        for activity, attributes in changes:
            write_event(self._world, after["id"], activity, self._now, attributes)
        self._update_counts(before, after)
        name = "archived" if after["archived"] else "live"
        if before is not None and before["archived"] != after["archived"]:
            self._records.remove(after["id"])
        self._records.add(after["id"], after, name, after["rank"])
        if self._has_plan:
            refresh_plan.mark_written(self._world, after["id"])

    def remove(self, person: Person) -> None:
        """Deletes an archived person, who is a member of no audience."""
        self._records.remove(person["id"])
        delete_events(self._world, person["id"])

    def recalculate(self, audiences: Iterable[Audience]) -> None:
        """Recalculates the members of these audiences and of those that depend on them."""
        affected = _with_dependents(self.audiences, {audience.id for audience in audiences})
        for row in self._records.iterate("live"):
            self._recalculate_person(row.record, affected)
        refresh_plan.discard(self._world)

    def refresh(self, audiences: Iterable[Audience]) -> None:
        """Recalculates their members after time has passed; reads only the people whom it may concern."""
        affected = _with_dependents(self.audiences, {audience.id for audience in audiences})
        plan = RefreshPlan(self._world, affected)
        ids = plan.take_people()
        for person in self._everybody() if ids is None else self._load_live(ids):
            plan.note(self._recalculate_person(person, affected))
        plan.save()

    def admit_blocked(self) -> None:
        """Lets those people in whose entry was blocked; the daily sync does this (documented)."""
        index = self._world.index(_BLOCKED)
        ids = [entry.target for entry in index.iterate(_PEOPLE)]
        for person in self._load_live(ids):
            self._recalculate_person(person, self.audiences)
        for id in ids:
            index.remove(_PEOPLE, id)

    def _everybody(self) -> Iterator[Person]:
        return (row.record for row in self._records.iterate("live"))

    def _load_live(self, ids: Iterable[str]) -> list[Person]:
        """Those of the people who are not archived, in the order of the list."""
        people = [person for id in ids if (person := self._records.get(id)) and not person["archived"]]
        return sorted(people, key=itemgetter("rank"))

    def _recalculate_person(self, person: Person, affected: Sequence[Audience]) -> Person:
        if all(
            audience.should_contain(person) == (audience.id in person["in"]) and not audience.dependencies
            for audience in affected
        ):
            return person
        after = copy_person(person)
        self._update_memberships(person, after, affected)
        if after != person:
            self._records.update(person["id"], after)
        return after

    def flush(self) -> None:
        """Writes the changed audiences, tags and counts."""
        for audience in self.audiences:
            audience.save()
        self.tags.save()
        self.instance.add_to_counts(self._people, self._subscribers)
        self._people = self._subscribers = 0

    @cached_property
    def _has_plan(self) -> bool:
        return refresh_plan.exists(self._world)

    @cached_property
    def _filters_use_moves(self) -> bool:
        return any(
            not audience.filter.activities.isdisjoint((ENTERED_AUDIENCE, LEFT_AUDIENCE))
            for audience in self.audiences
        )

    @cached_property
    def _reentry_delay(self) -> int:
        return int(self._world.switches["reentry_delay"])

    def _update_memberships(
        self, before: Person | None, after: Person, audiences: Iterable[Audience], delay: int = 0
    ) -> None:
        """Applies the filters; a person who left less than `delay` seconds ago does not enter again."""
        moved = self._apply_filters(before, after, audiences, delay)
        for activity in dict.fromkeys(activity for activity, _audience in moved):
            add_occurrence(after, activity, self._now)
        if moved and self._filters_use_moves:
            # The recorded activity alone may make the person match the filter of another audience.
            moved += self._apply_filters(copy_person(after), after, self.audiences, delay)
        for activity, audience in moved:
            attributes = {AUDIENCE_ID: audience.id, NAME: audience.attributes["name"]}
            write_event(self._world, after["id"], activity, self._now, attributes)

    def _apply_filters(
        self, before: Person | None, after: Person, audiences: Iterable[Audience], delay: int
    ) -> list[tuple[str, Audience]]:
        """Makes the person a member of the audiences that it should be in; which it entered and left."""
        moved: list[tuple[str, Audience]] = []
        for audience in audiences:
            old = member_list_names(before, audience.id)
            is_member = audience.id in after["in"]
            if not audience.should_contain(after):
                membership = self._leave(after, audience.id, delay) if is_member else None
            elif is_member or not self._is_blocked(after, audience.id, delay):
                membership = after["in"][audience.id] if is_member else self._enter(after, audience.id)
            else:
                membership = None
            new = member_list_names(after, audience.id)
            if old != new:
                if not old or not new:
                    moved.append((LEFT_AUDIENCE if old else ENTERED_AUDIENCE, audience))
                audience.update_member_lists(after, old, new, membership["from"] if membership else None)
        return moved

    def _enter(self, person: Person, audience_id: str) -> dict[str, int]:
        """The new membership, with the opt-outs of an earlier one (inferred: consent is not forgotten)."""
        membership: dict[str, int] = {"from": self._now, **person.get("opt_outs", {}).pop(audience_id, {})}
        person["in"][audience_id] = membership
        return membership

    def _leave(self, person: Person, audience_id: str, delay: int) -> dict[str, int]:
        membership: dict[str, int] = person["in"].pop(audience_id)
        opt_outs = {name: membership[name] for name in OPT_OUTS if name in membership}
        if opt_outs:
            person.setdefault("opt_outs", {})[audience_id] = opt_outs
        if delay and not person["archived"]:
            left = {id: at for id, at in person.get("left", {}).items() if self._now - at < delay}
            person["left"] = {**left, audience_id: self._now}
        return membership

    def _is_blocked(self, person: Person, audience_id: str, delay: int) -> bool:
        """Whether the person left too recently to enter now; the daily sync will let it in."""
        left = person.get("left", {}).get(audience_id)
        blocked = left is not None and 0 <= self._now - left < delay
        if blocked:
            self._world.index(_BLOCKED).add(_PEOPLE, person["id"])
        return blocked

    def _update_counts(self, before: Person | None, after: Person) -> None:
        self.index.update(before, after)
        self.tags.update_counts(before, after)
        self._people += _is_live(after) - _is_live(before)
        self._subscribers += _is_subscriber(after) - _is_subscriber(before)


def copy_person(person: Person) -> Person:
    """A deep copy of the person."""
    copy: dict[str, Any] = orjson.loads(orjson.dumps(person))
    return copy


def _is_live(person: Person | None) -> bool:
    return person is not None and not person["archived"]


def _is_subscriber(person: Person | None) -> bool:
    return person is not None and not person["archived"] and person["fields"].get("bol::p") is True


def _with_dependents(audiences: Iterable[Audience], ids: set[str]) -> list[Audience]:
    """The audiences with these ids and those that depend on them, in the order of `audiences`."""
    found: list[Audience] = []
    for audience in audiences:
        if audience.id in ids or audience.dependencies & ids:
            ids = ids | {audience.id}
            found.append(audience)
    return found
