"""The life of people before the start of a world: dates for what a person has done, and states before it.

A person at the start is given; its past fits it. Its orders get dates between joining and the last order,
and some of those who do not accept messages have opted out within the history, some have moved.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any, Final

from mockserver.state.life_events import JOINED, MOVED, OPTED_OUT, ORDERED, Chapter, LifeEvent, Past
from mockserver.state.life_plan import LifePlan
from mockserver.state.person import Person

_DAY: Final = timedelta(days=1)
_OPTED_OUT: Final = 0.5  # of those who do not accept messages
_OUT_OF_SEASON: Final = 3  # times that a date is drawn again if the season is against it

_Change = tuple[datetime, int, str, int]
"""Moment, place, kind, and amount of an order."""


def history_start(anchor: datetime, plan: LifePlan) -> datetime:
    """The midnight at which the history begins."""
    return datetime.combine(anchor.date(), time(), UTC) - plan.history * _DAY


def tell_past(
    seed: int, people: Sequence[Person], named: Sequence[Mapping[str, Any]], plan: LifePlan, anchor: datetime
) -> list[Past]:
    """The past of each person, in their order, then of those who left; the first have given fields."""
    teller = _PastTeller(people, plan, anchor, Random(f"{seed}/past"))
    pasts = [
        teller.tell(person, named[place] if place < len(named) else None)
        for place, person in enumerate(people)
    ]
    return [*pasts, *_tell_of_leavers(seed, people, len(named), plan, anchor)]


def _tell_of_leavers(
    seed: int, people: Sequence[Person], named: int, plan: LifePlan, anchor: datetime
) -> Iterator[Past]:
    """The pasts of those who left in the history, each like that of somebody who is there, ended earlier."""
    random = Random(f"{seed}/left")
    teller = _PastTeller(people, plan, anchor, random)
    models = people[named:]
    count = plan.history * plan.per_day(plan.churn, len(people)) if models else 0
    for number in range(len(people) + 1, len(people) + 1 + int(count + random.random())):
        ago = timedelta(seconds=int(plan.history * _DAY.total_seconds() * random.random()))
        model = random.choice(models)
        person = model._replace(
            number=number,
            email=f"{number}.{model.email}",
            joined=model.joined + ago,
            last_order=None if model.last_order is None else model.last_order + ago,
        )
        left = anchor - ago
        told = teller.tell(person, None)
        yield Past(tuple(one for one in told.chapters if one.since < left), (), left)


class _PastTeller:
    def __init__(self, people: Sequence[Person], plan: LifePlan, anchor: datetime, random: Random) -> None:
        self._plan = plan
        self._anchor = anchor
        self._start = history_start(anchor, plan)
        self._random = random
        self._homes: dict[str, list[Person]] = {}
        for person in people:
            self._homes.setdefault(person.country, []).append(person)
        self._busiest = max(plan.season)

    def tell(self, person: Person, given: Mapping[str, Any] | None) -> Past:
        joined = self._anchor - person.joined
        since = max(joined, self._start)
        changes = [(joined, 0, JOINED, 0), *self._orders(person, joined)]
        before = person._replace(orders=0, spent=0, last_order=None)
        for kind, at in self._turns(person, given, since):
            changes.append((at, len(changes), kind, 0))
            before = self._undo(before, kind, given)
        return self._write(person, before, sorted(changes))

    def _orders(self, person: Person, joined: datetime) -> list[_Change]:
        """The orders with dates and amounts that make up what the person has spent."""
        if person.last_order is None or not person.orders:
            return []
        last = self._anchor - person.last_order
        length = max(0.0, (last - joined).total_seconds())
        dates = sorted(self._date(joined, length) for _ in range(person.orders - 1))
        weights = [0.5 + self._random.random() for _ in range(person.orders)]
        total = sum(weights)
        amounts = [int(person.spent * weight / total) for weight in weights[1:]]
        amounts.append(person.spent - sum(amounts))
        return [
            (at, place, ORDERED, amount)
            for place, (at, amount) in enumerate(zip([*dates, last], amounts, strict=True), 1)
        ]

    def _date(self, first: datetime, seconds: float) -> datetime:
        at = first
        for _ in range(_OUT_OF_SEASON):
            at = first + timedelta(seconds=int(seconds * self._random.random()))
            if self._random.random() * self._busiest < self._plan.factor(at):
                break
        return at

    def _turns(
        self, person: Person, given: Mapping[str, Any] | None, since: datetime
    ) -> list[tuple[str, datetime]]:
        """The opt-outs and moves of the person within the history, and when they were."""
        length = (self._anchor - since).total_seconds()
        draws = [self._random.random() for _ in range(4)]
        if given is not None:
            return [
                (kind, max(since, self._anchor - given[name] * _DAY))
                for kind, name in ((OPTED_OUT, "optedOutDaysAgo"), (MOVED, "movedDaysAgo"))
                if name in given
            ]
        found: list[tuple[str, datetime]] = []
        if not person.accepts_email and draws[0] < _OPTED_OUT:
            found.append((OPTED_OUT, since + timedelta(seconds=int(length * draws[1]))))
        if draws[2] < self._plan.moves * self._plan.history / 1_000:
            found.append((MOVED, since + timedelta(seconds=int(length * draws[3]))))
        return found

    def _undo(self, person: Person, kind: str, given: Mapping[str, Any] | None) -> Person:
        if kind == OPTED_OUT:
            return person._replace(accepts_email=True)
        homes = self._homes[person.country]
        street, place = self._random.choice(homes), self._random.choice(homes)
        former = person._replace(
            street=street.street, postcode=place.postcode, city=place.city, region=place.region
        )
        return former._replace(city=given["formerCity"]) if given and "formerCity" in given else former

    def _write(self, person: Person, before: Person, changes: Sequence[_Change]) -> Past:
        now, chapters, events = before, [], []
        for at, place, kind, amount in changes:
            if kind == ORDERED:
                now = now._replace(
                    orders=now.orders + 1, spent=now.spent + amount, last_order=self._anchor - at
                )
            elif kind == OPTED_OUT:
                now = now._replace(accepts_email=False)
            elif kind == MOVED:
                now = now._replace(
                    street=person.street, postcode=person.postcode, city=person.city, region=person.region
                )
            if at > self._start:
                events.append(LifeEvent(at, kind, now, f"p{person.number}-{place}", amount))
                chapters.append(Chapter(at, now))
            else:
                chapters = [Chapter(self._start, now)]
        if chapters[-1].person != person:  # a given field that its past does not explain
            chapters.append(Chapter(self._anchor, person))
        return Past(tuple(chapters), tuple(events))
