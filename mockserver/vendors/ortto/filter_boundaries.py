"""When time alone may change who matches a filter: the next such moment of a person.

Each time-dependent leaf yields candidates, in seconds. A candidate too many costs one test of the person;
none may be missing. Moments are rounded down, so a test on the day of a candidate is never late.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import MAXYEAR, date, datetime
from math import floor
from types import MappingProxyType
from typing import Any, Final

from mockserver.vendors.ortto.activity_operators import ANY_TIME
from mockserver.vendors.ortto.activity_records import occurrences
from mockserver.vendors.ortto.field_values import Person, as_datetime, reader
from mockserver.vendors.ortto.filter_logic import Filter, leaves
from mockserver.vendors.ortto.filter_operators import TIME_DEPENDENT
from mockserver.vendors.ortto.filter_types import Operand
from mockserver.vendors.ortto.timestamps import SECONDS_PER_DAY

Candidates = Callable[[Person, datetime], Iterable[int]]
"""The moments of a person, as seen from a time, at which a leaf may change."""

_EPOCH: Final = date(1970, 1, 1).toordinal()
_MONTHS: Final = 12


def find_candidates(filter: Filter) -> list[Candidates]:
    """The candidates of each time-dependent leaf."""
    return [make(operand) for operator, operand in leaves(filter) if (make := _factory(operator, operand))]


def next_day(person: Person, now: datetime, candidates: Iterable[Candidates]) -> int | None:
    """The day (since 1970) from which on the person must be tested again; None: never."""
    second = floor(now.timestamp())
    coming = [moment for find in candidates for moment in find(person, now) if moment >= second]
    return min(coming) // SECONDS_PER_DAY if coming else None


def _factory(operator: str, operand: Operand) -> Callable[[Operand], Candidates] | None:
    if operator.startswith("$act::"):
        name = operand.get("timeframe", {}).get("type", ANY_TIME)
        return None if name == ANY_TIME else _activity_candidates
    part = next((part for part in TIME_DEPENDENT if part in operator), None)
    return _FACTORIES[part] if part else None


def _relative(operand: Operand) -> Candidates:
    """A value becomes past, then older than the given days; `exactly` tests the day of that."""
    read, age = reader(operand["field_id"]), floor(operand["days_ago"] * SECONDS_PER_DAY)

    def find(person: Person, now: datetime) -> Iterable[int]:
        moment = _moment(read(person))
        if moment is None:
            return ()
        second = floor(moment.timestamp())
        day = second // SECONDS_PER_DAY * SECONDS_PER_DAY + age
        return second, second + age, day, day + SECONDS_PER_DAY

    return find


def _occurs_in(operand: Operand) -> Candidates:
    """A value comes within the given days, then it passes."""
    read, days = reader(operand["field_id"]), int(operand["days"])

    def find(person: Person, now: datetime) -> Iterable[int]:
        moment = _moment(read(person))
        if moment is None:
            return ()
        day = floor(moment.timestamp()) // SECONDS_PER_DAY
        return [one * SECONDS_PER_DAY for one in (day - days, day - days + 1, day + 1)]

    return find


def _anniversary(operand: Operand) -> Candidates:
    """An anniversary begins and ends; that of 29 February is 1 March in other years, as for ages."""
    read = reader(operand["field_id"])

    def find(person: Person, now: datetime) -> Iterable[int]:
        moment = _moment(read(person))
        if moment is None:
            return ()
        days = [day for year in (now.year, now.year + 1) for day in _day(year, moment.month, moment.day)]
        return [one * SECONDS_PER_DAY for day in days for one in (day, day + 1)]

    return find


_FACTORIES: Final[Mapping[str, Callable[[Operand], Candidates]]] = MappingProxyType(
    {
        "::relative_": _relative,
        "::age_": _anniversary,
        "::anniversary": _anniversary,
        "::occurs_in": _occurs_in,
    }
)


def _activity_candidates(operand: Operand) -> Candidates:
    """An occurrence begins to count, or it passes out of the time frame."""
    activity, name = operand["field_id"], operand["timeframe"]["type"]

    def find(person: Person, now: datetime) -> Iterable[int]:
        return [
            candidate
            for moment in occurrences(person, activity)
            for candidate in (moment, moment + 1, *_ends(name, moment))
        ]

    return find


def _ends(name: str, moment: int) -> Iterator[int]:
    """When an occurrence enters or leaves a time frame, apart from the occurrence itself."""
    if name.startswith("last-"):
        _last, count, unit = name.split("-")
        age = int(count) * (SECONDS_PER_DAY if unit == "days" else SECONDS_PER_DAY // 24)
        yield from (moment + age, moment + age + 1)
        return
    number = moment // SECONDS_PER_DAY
    day = date.fromordinal(_EPOCH + number)
    if name in ("today", "yesterday"):
        ends = [number + 1, number + 2]
    elif name == "this-week":
        ends = [number + 7 - day.weekday()]
    else:
        months = {"this-month": 1, "this-quarter": 3, "this-year": _MONTHS}[name]
        first = (day.month - 1) // months * months + months
        ends = list(_day(day.year + first // _MONTHS, first % _MONTHS + 1, 1))
    yield from (end * SECONDS_PER_DAY for end in ends)


def _day(year: int, month: int, day: int) -> Iterator[int]:
    """The day since 1970; of 29 February, 1 March in other years. None after the end of the calendar."""
    if year > MAXYEAR:
        return
    try:
        yield date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        yield date(year, month + 1, 1).toordinal() - _EPOCH


def _moment(value: Any) -> datetime | None:
    return None if value is None else as_datetime(value)
