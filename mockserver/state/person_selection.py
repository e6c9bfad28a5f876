"""Selections of people by what they have done, for vendors whose audiences are filled from outside."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

from mockserver.state.person import Person

_DAY: Final = timedelta(days=1)


_SPAN_OF: Final[Mapping[str, Callable[[Person], timedelta | None]]] = MappingProxyType(
    {
        "joinedWithinDays": attrgetter("joined"),
        "boughtWithinDays": attrgetter("last_order"),
        "quietForDays": attrgetter("last_order"),
    }
)
_Test = Callable[[Person], bool]
_TESTS: Final[Mapping[str, Callable[[Any], _Test]]] = MappingProxyType(
    {
        "country": lambda value: lambda one: bool(one.country == value),
        "orders": lambda value: lambda one: bool(one.orders >= value),
        "spent": lambda value: lambda one: bool(one.spent >= value * 100),
        "acceptsEmail": lambda value: lambda one: bool(one.accepts_email == value),
        "acceptsSms": lambda value: lambda one: bool(one.accepts_sms == value),
        "every": lambda value: lambda one: bool(one.number % value == 0),
    }
)
"""Conditions that do not depend on time, by their names in a scenario."""


class PersonSelection:
    """People who meet all conditions at a time. The spans of people are before `anchor`."""

    def __init__(self, who: Mapping[str, Any], anchor: datetime) -> None:
        self._anchor = anchor
        self._tests = [_TESTS[name](value) for name, value in who.items() if name in _TESTS]
        self._since = [(name, who[name] * _DAY) for name in _SPAN_OF if name in who]

    def matches(self, person: Person, at: datetime) -> bool:
        """Whether the person is selected at the time."""
        for test in self._tests:
            if not test(person):
                return False
        return not self._since or all(self._is_recent(name, span, person, at) for name, span in self._since)

    @property
    def depends_on_time(self) -> bool:
        """Whether time alone may change who is selected."""
        return bool(self._since)

    def changing(self, people: Sequence[Person], after: datetime, until: datetime) -> dict[int, Person]:
        """Those for whom time alone may change it after the first moment, up to the second; by number."""
        found: dict[int, Person] = {}
        for name, days in self._since:
            # the change is `days` after the moment, which is the span of the person before the anchor
            least, most = self._anchor + days - until, self._anchor + days - after
            span = _SPAN_OF[name]
            found |= {
                one.number: one for one in people if (then := span(one)) is not None and least <= then < most
            }
        return found

    def next_change(self, person: Person, at: datetime) -> datetime | None:
        """When time alone may change whether the person is selected; None: never."""
        coming = [
            moment
            for name, span in self._since
            if (then := self._moment(name, person)) is not None and (moment := then + span) > at
        ]
        return min(coming, default=None)

    def _is_recent(self, name: str, span: timedelta, person: Person, at: datetime) -> bool:
        then = self._moment(name, person)
        if name == "quietForDays":
            return then is not None and then + span <= at
        return then is not None and then + span > at

    def _moment(self, name: str, person: Person) -> datetime | None:
        """The moment from which the days of a condition count: joining, or the last order."""
        span = _SPAN_OF[name](person)
        return None if span is None else self._anchor - span
