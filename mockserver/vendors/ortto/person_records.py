"""The one place where people change: whoever is put here joins and leaves audiences, and is counted anew."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

import orjson

from mockserver.state.world import World
from mockserver.vendors.ortto.activity_records import ENTERED_AUDIENCE, note, note_permissions
from mockserver.vendors.ortto.audience_records import Audience, load_all, standing
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.filter_logic import activities_in
from mockserver.vendors.ortto.instance_records import Instance
from mockserver.vendors.ortto.person_index import Directory
from mockserver.vendors.ortto.tag_records import Tags
from mockserver.vendors.ortto.timestamps import seconds

KIND: Final = "person"


class Census:
    """All changes of one call: make it, `put` and `remove` people, `close` it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._records = world.records(KIND)
        self._now = seconds(world.now())
        self.instance = Instance(world)
        self.directory = Directory(world, self.instance)
        self.tags = Tags(world)
        self.audiences = load_all(world)
        self._people = 0
        self._subscribers = 0

    def get(self, id: str) -> Person | None:
        """The person, archived or not; the caller may change what it gets."""
        return self._records.get(id)

    def put(self, before: Person | None, after: Person) -> None:
        """Writes a person who is new (`before` is None) or has changed."""
        note_permissions(before, after, self._now)
        self._settle(before, after, self.audiences)
        self._count(before, after)
        name = "archived" if after["archived"] else "live"
        if before is not None and before["archived"] != after["archived"]:
            self._records.remove(after["id"])
        self._records.add(after["id"], after, name, after["rank"])

    def remove(self, person: Person) -> None:
        """Forgets an archived person, who is in no audience any more."""
        self._records.remove(person["id"])

    def rebuild(self, audiences: Iterable[Audience]) -> None:
        """Asks everybody whether they belong to these audiences, and to those that depend on them."""
        affected = _with_dependents(self.audiences, {audience.id for audience in audiences})
        for row in self._records.iterate("live"):
            person = row.record
            if all(
                audience.belongs(person) == (audience.id in person["in"]) and not audience.needs
                for audience in affected
            ):
                continue
            after = copy_of(person)
            self._settle(person, after, affected)
            if after != person:
                self._records.update(row.id, after)

    def close(self) -> None:
        """Writes the figures that have moved."""
        for audience in self.audiences:
            audience.save()
        self.tags.save()
        self.instance.count(self._people, self._subscribers)
        self._people = self._subscribers = 0

    @cached_property
    def _entries_matter(self) -> bool:
        return any(ENTERED_AUDIENCE in activities_in(one.shown["filter"]) for one in self.audiences)

    def _settle(self, before: Person | None, after: Person, audiences: Iterable[Audience]) -> None:
        has_entered = self._sort(before, after, audiences)
        if has_entered:
            note(after, ENTERED_AUDIENCE, self._now)
            if self._entries_matter:
                # whoever enters one audience may meet the filter of another by that alone
                self._sort(copy_of(after), after, self.audiences)

    def _sort(self, before: Person | None, after: Person, audiences: Iterable[Audience]) -> bool:
        """Puts the person into the audiences where it belongs; whether it has entered any."""
        has_entered = False
        for audience in audiences:
            old = standing(before, audience.id)
            belongs = audience.belongs(after)
            if belongs:
                membership = after["in"].setdefault(audience.id, {"from": self._now})
            else:
                membership = after["in"].pop(audience.id, None)
            new = standing(after, audience.id)
            if old != new:
                has_entered = has_entered or not old
                audience.move(after, old, new, membership and membership["from"])
        return has_entered

    def _count(self, before: Person | None, after: Person) -> None:
        self.directory.change(before, after)
        self.tags.change(before, after)
        self._people += _is_live(after) - _is_live(before)
        self._subscribers += _may_be_mailed(after) - _may_be_mailed(before)


def copy_of(person: Person) -> Person:
    """A copy that can be changed without changing the person."""
    copy: dict[str, Any] = orjson.loads(orjson.dumps(person))
    return copy


def _is_live(person: Person | None) -> bool:
    return person is not None and not person["archived"]


def _may_be_mailed(person: Person | None) -> bool:
    return person is not None and not person["archived"] and person["fields"].get("bol::p") is True


def _with_dependents(audiences: Iterable[Audience], ids: set[str]) -> list[Audience]:
    """Those of the ids and those that ask for their members, in the order of `audiences`."""
    found: list[Audience] = []
    for audience in audiences:
        if audience.id in ids or audience.needs & ids:
            ids = ids | {audience.id}
            found.append(audience)
    return found
