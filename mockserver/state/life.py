"""The life of a world after its start: who does what on which day, drawn from the seed alone.

A day is drawn from the people as they are at its beginning. Vendors' records have no influence: the same
seed gives every vendor the same events, whenever it asks for them. People with given fields (personas) do
nothing by chance.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from random import Random
from threading import Lock
from typing import Final

from mockserver.state.life_events import JOINED, LEFT, MOVED, OPTED_OUT, ORDERED, LifeEvent, LifeStep
from mockserver.state.life_plan import LifePlan
from mockserver.state.person import Person

STEP: Final = timedelta(hours=8)
"""The time between two jobs that bring a vendor's records up to date: at 23:55, 07:55 and 15:55 UTC."""

_BEFORE_MIDNIGHT: Final = timedelta(minutes=5)
_DAY: Final = timedelta(days=1)
_FIRST_ORDER: Final = 0.35  # of those who join, on the same day
_BY_EMAIL: Final = 0.7  # of those who opt out; the others opt out of text messages
_USUAL_BASKET: Final = 4_500  # cents
_LEAST_BASKET: Final = 995
_TRIES: Final = 20
_NEWCOMERS: Final = 256  # generated at once
_MOST_A_DAY: Final = 1_000  # of a kind

_Intention = tuple[float, int, str, int]
"""Second of the day, place in the day's draw, kind, number of the person."""


def next_step(after: datetime) -> datetime:
    """The end of the first step that ends later."""
    first = datetime.combine(after.date(), time(), UTC) - _BEFORE_MIDNIGHT
    return first + ((after - first) // STEP + 1) * STEP


class Life:
    """The life of the people of one seed; used by several threads."""

    def __init__(
        self,
        seed: int,
        people: Sequence[Person],
        named: int,
        plan: LifePlan,
        anchor: datetime,
        generate: Callable[[int], Sequence[Person]],
    ) -> None:
        """The first `named` people do nothing by chance; `generate` makes any number of people."""
        self.anchor = anchor
        self.plan = plan
        self._seed = seed
        self._start = people
        self._midnight = datetime.combine(anchor.date(), time(), UTC)
        self._generate = generate
        self._newcomers: list[Person] = []
        self._joined = 0
        self._lock = Lock()
        self._events: list[list[LifeEvent]] = []
        self._now = _Population(people, named)
        self._shown = (anchor, 0, {one.number: one for one in people})

    def step(self, after: datetime, until: datetime) -> LifeStep:
        """The step after the first moment, up to the second."""
        with self._lock:
            first, last = (max(0, (one - self._midnight) // _DAY) for one in (after, until))
            while len(self._events) <= last:
                self._events.append(self._draw_day(len(self._events)))
            events = [one for day in self._events[first : last + 1] for one in day if after < one.at <= until]
            return LifeStep(until, events, self._people_at(until), self.anchor)

    def _people_at(self, at: datetime) -> list[Person]:
        """The people of the world at a moment; going on from the last one that was asked for."""
        shown, day, people = self._shown
        if at < shown:
            shown, day, people = self.anchor, 0, {one.number: one for one in self._start}
        last = (at - self._midnight) // _DAY
        for events in self._events[day : last + 1]:
            for one in takewhile(lambda one: one.at <= at, events):
                if one.at <= shown:
                    continue
                if one.kind == LEFT:
                    people.pop(one.person.number, None)
                else:
                    people[one.person.number] = one.person
        self._shown = (at, max(0, last), people)
        return list(people.values())

    def _draw_day(self, day: int) -> list[LifeEvent]:
        start = self._midnight + day * _DAY
        intended = sorted(self._intentions(start, Random(f"{self._seed}/life/{day}")))
        random = Random(f"{self._seed}/life/{day}/what")
        events: list[LifeEvent] = []
        for second, place, kind, number in intended:
            at = start + timedelta(seconds=int(second))
            found = self._carry_out(at, kind, number, random) if at > self.anchor else None
            if found is not None:
                events.append(LifeEvent(at, kind, found[0], f"{start:%y%m%d}-{place}", found[1]))
        return events

    def _intentions(self, start: datetime, random: Random) -> list[_Intention]:
        """The intentions of a day, in no order."""
        found: list[_Intention] = []
        season = self.plan.factor(start)

        def add(kind: str, number: int, after: float = 0) -> float:
            second = after + 900 if after else 3_600 * random.triangular(7, 23, 17)
            found.append((min(second, 86_399.0), len(found), kind, number))
            return second

        for _ in range(self._count(self.plan.signups, random, season)):
            number = self._next_newcomer().number
            second = add(JOINED, number)
            if random.random() < _FIRST_ORDER:
                add(ORDERED, number, second)
        for kind, rate, factor, choose in (
            (ORDERED, self.plan.orders, season, self._now.buyer),
            (OPTED_OUT, self.plan.opt_outs, 1.0, self._now.anybody),
            (MOVED, self.plan.moves, 1.0, self._now.anybody),
            (LEFT, self.plan.churn, 1.0, self._now.anybody),
        ):
            for _ in range(self._count(rate, random, factor)):
                chosen = choose(random)
                if chosen is not None:
                    add(kind, chosen)
        for number in self._now.born_on(start):
            if random.random() < self.plan.birthdays:
                add(ORDERED, number)
        return found

    def _count(self, rate: float, random: Random, factor: float) -> int:
        expected = self.plan.per_day(rate, len(self._start)) * factor
        return min(_MOST_A_DAY, int(expected + random.random()))

    def _next_newcomer(self) -> Person:
        if self._joined == len(self._newcomers):
            count = len(self._start) + 2 * len(self._newcomers) + _NEWCOMERS
            self._newcomers = [*self._generate(count)[len(self._start) :]]
        self._joined += 1
        return self._newcomers[self._joined - 1]

    def _carry_out(self, at: datetime, kind: str, number: int, random: Random) -> tuple[Person, int] | None:
        """The person afterwards, and the amount of an order; None if it cannot do so any more."""
        if kind == JOINED:
            newcomer = self._newcomers[number - len(self._start) - 1]
            person = newcomer._replace(joined=self.anchor - at, orders=0, spent=0, last_order=None)
            self._now.add(person)
            return person, 0
        before = self._now.find(number)
        if before is None:
            return None
        if kind == LEFT:
            self._now.remove(number)
            return before, 0
        after, amount = before, 0
        if kind == ORDERED:
            mean = before.spent // before.orders if before.orders else _USUAL_BASKET
            amount = max(_LEAST_BASKET, round(mean * (0.5 + random.random())))
            after = before._replace(
                orders=before.orders + 1, spent=before.spent + amount, last_order=self.anchor - at
            )
        elif kind == OPTED_OUT:
            by_email = random.random() < _BY_EMAIL
            after = before._replace(accepts_email=False) if by_email else before._replace(accepts_sms=False)
        else:
            after = self._now.moved(before, random)
        if after == before:
            return None
        self._now.change(after)
        return after, amount


class _Population:
    """Those whom chance may choose, each once in a list to choose from."""

    def __init__(self, people: Sequence[Person], named: int) -> None:
        self._people: dict[int, Person] = {}
        self._numbers: list[int] = []
        self._places: dict[int, int] = {}
        self._birthdays: dict[tuple[int, int], list[int]] = {}
        self._homes: dict[str, list[Person]] = {}
        for person in people[named:]:
            self.add(person)

    def add(self, person: Person) -> None:
        number = person.number
        self._people[number] = person
        self._places[number] = len(self._numbers)
        self._numbers.append(number)
        born = person.birthday
        day = min(born.day, 28) if born.month == 2 else born.day
        self._birthdays.setdefault((born.month, day), []).append(number)
        self._homes.setdefault(person.country, []).append(person)

    def remove(self, number: int) -> None:
        place, last = self._places.pop(number), self._numbers.pop()
        if last != number:
            self._numbers[place] = last
            self._places[last] = place
        del self._people[number]

    def find(self, number: int) -> Person | None:
        return self._people.get(number)

    def change(self, person: Person) -> None:
        self._people[person.number] = person

    def anybody(self, random: Random) -> int | None:
        return random.choice(self._numbers) if self._numbers else None

    def buyer(self, random: Random) -> int | None:
        """Somebody who buys: rather one who has bought often."""
        number = None
        for _ in range(_TRIES):
            number = self.anybody(random)
            if number is None or random.random() * 8 < 1 + self._people[number].orders:
                break
        return number

    def born_on(self, day: datetime) -> list[int]:
        return [number for number in self._birthdays.get((day.month, day.day), ()) if number in self._people]

    def moved(self, person: Person, random: Random) -> Person:
        """The person at another address in its country."""
        homes = self._homes.get(person.country, [person])
        street, place = random.choice(homes), random.choice(homes)
        return person._replace(
            street=street.street, postcode=place.postcode, city=place.city, region=place.region
        )
