"""The daily sizes of a vendor's audiences: those before the start of a world, and those since.

A row for each day has the size of each audience at its end, and how many came and went. The past is computed
in one pass over the people: a person is tested where its state changes, and when time alone may matter.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from mockserver.state.change_log import ChangeLog
from mockserver.state.life_events import Past
from mockserver.state.person import Person
from mockserver.state.records import Cursor, Record
from mockserver.state.world import World

_DAYS: Final = "audience_day"
_TALLY: Final = "audience_tally"
_TODAY: Final = "today"
_DAY: Final = timedelta(days=1)

Find = Callable[[Person, datetime], tuple[frozenset[str], datetime | None]]
"""The audiences of a person in a state at a time, and when time alone may change them (None: never)."""

Memberships = Callable[[str, str, bytes], Iterable[str]]
"""The audiences that a stored record (kind without the vendor's name, parent, body) says somebody is in."""


class AudienceSize(NamedTuple):
    """An audience as it is now."""

    id: str
    name: str
    size: int
    key: str = ""
    """What `memberships` calls it, if not by its id."""


class Observer(NamedTuple):
    """How the members of a vendor's audiences are found for the past; `is_due` are the days with news."""

    find: Find
    is_due: Callable[[date], bool] | None = None
    """None: every day."""


class DayCounts(NamedTuple):
    """One audience on one day: its size at the end, and the numbers of people who came and went."""

    size: int
    arrivals: int
    departures: int


class PastSeries:
    """The series of the days before an anchor; `joined` says since when each person who stayed is in each."""

    def __init__(self, first: datetime, anchor: datetime) -> None:
        """`first` is the midnight with which the first day begins."""
        self._first = first
        self._anchor = anchor
        self._days: int = (anchor - first) // _DAY
        # the ends of the days, and the anchor
        self._ends = [first + (day + 1) * _DAY for day in range(self._days)] + [anchor]
        self._news: list[int] = [*range(self._days + 2)]  # where what happens at a place is noticed
        self._arrivals: dict[str, Counter[int]] = {}
        self._departures: dict[str, Counter[int]] = {}
        self.joined: dict[int, dict[str, datetime]] = {}

    def add_all(self, pasts: Iterable[Past], observer: Observer) -> None:
        """Adds the memberships of people."""
        if observer.is_due is not None:
            for place in reversed(range(self._days)):
                if not observer.is_due(self._first.date() + place * _DAY):
                    self._news[place] = self._news[place + 1]
        for past in pasts:
            self._add(past, observer.find)

    def _add(self, past: Past, find: Find) -> None:
        places = [self._place(chapter.since) for chapter in past.chapters]
        last = self._days + 1 if past.left is None else self._place(past.left)
        before: frozenset[str] = frozenset()
        joined: dict[str, datetime] = {}
        for chapter, start, end in zip(past.chapters, places, [*places[1:], last], strict=True):
            place = start
            while place < end:
                at = self._ends[place]
                members, again = find(chapter.person, at)
                if members is not before and members != before:
                    self._note(place, before, members)
                    since = max(chapter.since, at - _DAY)
                    joined = {id: joined.get(id, since) for id in members}
                    before = members
                place = end if again is None else max(place + 1, self._place(again))
        if past.left is None:
            self.joined[past.person.number] = joined
        else:
            self._note(last, before, frozenset())

    def _place(self, at: datetime) -> int:
        """The place at which a change is noticed: of the first end of a day that is not before it."""
        last: int = self._days + (at > self._anchor)
        place: int = -((self._first - at) // _DAY) - 1
        return self._news[max(0, min(last, place))]

    def _note(self, place: int, before: frozenset[str], after: frozenset[str]) -> None:
        for changes, ids in ((self._arrivals, after - before), (self._departures, before - after)):
            for id in ids:
                changes.setdefault(id, Counter())[place] += 1

    def write(self, world: World, audiences: Iterable[AudienceSize]) -> None:
        """Writes the days of these audiences, and what has changed since the last midnight."""
        audiences = [*audiences]
        keys = {one.id: one.key or one.id for one in audiences}
        present = {one.id: one.size for one in audiences}
        ids = sorted({*keys, *self._arrivals, *self._departures})
        none: Counter[int] = Counter()
        rows: list[dict[str, list[int]]] = [{} for _ in self._ends]
        for id in ids:
            came, went = self._arrivals.get(id, none), self._departures.get(id, none)
            # an audience that the observer does not know has always had its size
            size = 0 if came else present.get(id, 0)
            for place, row in enumerate(rows):
                size += came[place] - went[place]
                # those who are there on the first day have not all come on it
                row[id] = [size, came[place] if place else 0, went[place] if place else 0]
        first = self._first.date()
        days = [(first + place * _DAY, row) for place, row in enumerate(rows[:-1])]
        world.records(_DAYS).bulk_insert((day.isoformat(), row, "", day.toordinal()) for day, row in days)
        tally = {keys.get(id, id): counts[1:] for id, counts in rows[-1].items() if any(counts[1:])}
        world.records(_TALLY).add(_TODAY, tally, rank=0)


def count_changes(world: World, log: ChangeLog, memberships: Memberships) -> None:
    """Adds the memberships that a job has changed to those of the day."""
    changed: dict[str, list[int]] = {}
    prefix = len(world.vendor) + 1
    for (kind, _id), (before, after) in log.changes.items():
        old = frozenset(memberships(kind[prefix:], before.parent, before.body or b"null") if before else ())
        new = frozenset(memberships(kind[prefix:], after.parent, after.body or b"null") if after else ())
        for place, ids in enumerate((new - old, old - new)):
            for id in ids:
                changed.setdefault(id, [0, 0])[place] += 1
    if changed:
        tally = _tally(world)
        for id in sorted(changed):
            came, went = tally.get(id, (0, 0))
            tally[id] = [came + changed[id][0], went + changed[id][1]]
        world.records(_TALLY).add(_TODAY, tally, rank=0)


def close_day(world: World, day: date, sizes: Iterable[AudienceSize]) -> None:
    """Writes the row of a day that is over, unless it has one."""
    if world.records(_DAYS).has(day.isoformat()):
        return
    row = {id: [*counts] for id, counts in _counts(world, day, sizes).items()}
    world.records(_DAYS).add(day.isoformat(), row, rank=day.toordinal())
    world.records(_TALLY).add(_TODAY, {}, rank=0)


def read_days(
    world: World, first: date, last: date, sizes: Collection[AudienceSize]
) -> dict[date, Mapping[str, DayCounts]]:
    """The days of the range that have counts; the day that is not over has the present `sizes`."""
    after = Cursor(first.toordinal(), "")
    rows = world.records(_DAYS).page(limit=(last - first).days + 1, after=after)
    found: dict[date, Mapping[str, DayCounts]] = {
        date.fromordinal(row.rank): {id: DayCounts(*counts) for id, counts in row.record.items()}
        for row in rows
        if row.rank <= last.toordinal()
    }
    today = current_day(world)
    if first <= today <= last:
        found[today] = _counts(world, today, sizes)
    return found


def current_day(world: World) -> date:
    """The day that has no row yet: it is not over, or its sizes are not known before the morning."""
    rows = world.records(_DAYS).page(limit=1, newest_first=True)
    today = world.today()
    return min(today, date.fromordinal(rows[0].rank + 1)) if rows else today


def _counts(world: World, day: date, sizes: Iterable[AudienceSize]) -> dict[str, DayCounts]:
    """The counts of a day at its end: what no job has changed is that of calls, known by its sum."""
    yesterday = world.records(_DAYS).get((day - _DAY).isoformat())
    tally = _tally(world)
    found: dict[str, DayCounts] = {}
    for id, _name, size, key in sizes:
        came, went = tally.get(key or id, (0, 0))
        before = size - came + went if yesterday is None else yesterday.get(id, (0,))[0]
        by_calls = size - before - came + went
        found[id] = DayCounts(size, came + max(0, by_calls), went + max(0, -by_calls))
    return found


def _tally(world: World) -> Record:
    return world.records(_TALLY).get(_TODAY) or {}
