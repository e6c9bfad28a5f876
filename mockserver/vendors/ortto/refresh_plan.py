"""The plan of the daily refresh: on which day time alone may move which people into or out of an audience.

Without a plan, a refresh tests everybody and makes one. With a plan it tests the people whose day has come,
and those who have been written since. A plan holds for the filters that it was made for, and for later times.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import orjson

from mockserver.state.world import World
from mockserver.vendors.ortto.audience_records import Audience
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.filter_boundaries import next_day
from mockserver.vendors.ortto.timestamps import SECONDS_PER_DAY

_PLAN: Final = "refresh_plan"
_DAY: Final = "refresh_day"
_DAYS_PER_PAGE: Final = 20
_SECONDS_PER_RECORD: Final = 64 * SECONDS_PER_DAY
_WRITTEN, _PEOPLE = "written", "people"


def exists(world: World) -> bool:
    """Whether there is a plan; people who are written must then be marked."""
    return world.records(_PLAN).has(_PLAN)


def mark_written(world: World, person_id: str) -> None:
    """Makes the next refresh test the person."""
    world.index(_WRITTEN).add(_PEOPLE, person_id)


def discard(world: World) -> None:
    """Deletes the plan, so that the next refresh tests everybody."""
    if world.records(_PLAN).remove(_PLAN):
        for _id in _take_written(world):
            pass
        world.records(_DAY).clear()


class RefreshPlan:
    """The plan of one refresh of these audiences: first `take_people`, then `note` each, then `save`."""

    def __init__(self, world: World, audiences: Sequence[Audience]) -> None:
        self._world = world
        self._now: datetime = world.now()
        self._candidates = [find for audience in audiences for find in audience.filter.time_candidates]
        self._filters = _fingerprint(audiences)
        self._noted: dict[int, list[str]] = {}

    def take_people(self) -> list[str] | None:
        """The ids of the people to test, who are then no longer planned; None: everybody."""
        plan, now = self._world.records(_PLAN).get(_PLAN), self._now.timestamp()
        if plan is None or plan["filters"] != self._filters or plan["at"] > now:
            discard(self._world)
            return None
        due = self._take_due(int(now // SECONDS_PER_DAY))
        return list(dict.fromkeys([*_take_written(self._world), *due]))

    def note(self, person: Person) -> None:
        """Plans the next test of the person."""
        day = next_day(person, self._now, self._candidates)
        if day is not None:
            self._noted.setdefault(day, []).append(person["id"])

    def save(self) -> None:
        """Writes the plan."""
        days, weeks = self._world.records(_DAY), int(self._now.timestamp() // _SECONDS_PER_RECORD)
        for day, ids in self._noted.items():
            # A record for each few weeks: all people of a day would otherwise be rewritten every night.
            id = f"{day}/{weeks}"
            planned = days.get(id)
            people = dict.fromkeys([*(planned["people"] if planned else ()), *ids])
            days.add(id, {"people": list(people)}, rank=day)
        plan = {"filters": self._filters, "at": self._now.timestamp()}
        self._world.records(_PLAN).add(_PLAN, plan, rank=0)

    def _take_due(self, today: int) -> Iterator[str]:
        days = self._world.records(_DAY)
        while rows := [row for row in days.page(limit=_DAYS_PER_PAGE) if row.rank <= today]:
            for row in rows:
                days.remove(row.id)
                yield from row.record["people"]


def _take_written(world: World) -> list[str]:
    index = world.index(_WRITTEN)
    written = [entry.target for entry in index.iterate(_PEOPLE)]
    for id in written:
        index.remove(_PEOPLE, id)
    return written


def _fingerprint(audiences: Iterable[Audience]) -> str:
    filters = [(one.id, one.attributes["filter"], one.attributes["building"]) for one in audiences]
    return hashlib.sha1(orjson.dumps(filters), usedforsecurity=False).hexdigest()
