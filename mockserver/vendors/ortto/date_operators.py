"""Operators on dates and timestamps. A person without one never matches."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import product
from types import MappingProxyType
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.vendors.ortto.field_values import as_moment
from mockserver.vendors.ortto.filter_types import Maker, Operand, Scope, on_field
from mockserver.vendors.ortto.timestamps import DAY


def _moments(test_of: Callable[[Operand, datetime], Callable[[datetime], bool]]) -> Maker:
    """A predicate on a date or a timestamp; a person without one never matches."""

    def value_test_of(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
        matches = test_of(operand, scope.now)

        def test(value: Any) -> bool:
            moment = as_moment(value) if value is not None else None
            return moment is not None and matches(moment)

        return test

    return on_field(value_test_of)


def _bound(given: Any) -> tuple[Callable[[datetime], Any], Any]:
    """How to look at a moment, and the bound: a day is compared with days, a moment with moments."""
    moment = _moment(given)
    if isinstance(given, dict) or len(given) == len("2022-04-05"):
        return _utc_day, _utc_day(moment)
    return datetime.timestamp, moment.timestamp()


def _moment(given: Any) -> datetime:
    """The moment of an operand. Raises the problem filter_invalid for 31 February and its like."""
    moment = as_moment(given)
    if moment is None:
        raise Problem(
            "filter_invalid", reason=f"Failed to decode filter: {given} is no moment (Invalid value)"
        )
    return moment


def _utc_day(moment: datetime) -> int:
    # by the timestamp, since the first and the last hours of the calendar cannot change their zone
    return int(moment.timestamp() // DAY)


def _absolute(relation: str) -> Callable[[Operand, datetime], Callable[[datetime], bool]]:
    def test_of(operand: Operand, now: datetime) -> Callable[[datetime], bool]:
        if relation == "between":
            (see_low, low), (see_high, high) = _bound(operand["from"]), _bound(operand["to"])
            return lambda moment: see_low(moment) >= low and see_high(moment) <= high
        see, bound = _bound(operand["value"])
        if relation == "after":
            return lambda moment: see(moment) > bound
        if relation == "before":
            return lambda moment: see(moment) < bound
        day = _utc_day(_moment(operand["value"]))
        return lambda moment: _utc_day(moment) == day

    return test_of


def _relative(relation: str) -> Callable[[Operand, datetime], Callable[[datetime], bool]]:
    def test_of(operand: Operand, now: datetime) -> Callable[[datetime], bool]:
        bound = now - timedelta(days=operand["days_ago"])
        if relation == "more_than":
            return lambda moment: moment < bound
        if relation == "less_than":
            return lambda moment: bound <= moment <= now
        return lambda moment: _utc_day(moment) == _utc_day(bound)

    return test_of


def _coming(relation: str) -> Callable[[Operand, datetime], Callable[[datetime], bool]]:
    def test_of(operand: Operand, now: datetime) -> Callable[[datetime], bool]:
        today = _utc_day(now)
        bound = today + operand["days"]
        if relation == "_more_than":
            return lambda moment: _utc_day(moment) > bound
        if relation == "_less_than":
            return lambda moment: today <= _utc_day(moment) < bound
        return lambda moment: _utc_day(moment) == bound

    return test_of


def _age(relation: str) -> Callable[[Operand, datetime], Callable[[datetime], bool]]:
    def test_of(operand: Operand, now: datetime) -> Callable[[datetime], bool]:
        years, today = operand["value"], (now.year, now.month, now.day)

        def age(moment: datetime) -> int:
            return today[0] - moment.year - (today[1:] < (moment.month, moment.day))

        if relation == "more_than":
            return lambda moment: age(moment) > years
        if relation == "less_than":
            return lambda moment: age(moment) < years
        return lambda moment: age(moment) == years

    return test_of


def _anniversary(operand: Operand, now: datetime) -> Callable[[datetime], bool]:
    return lambda moment: (moment.month, moment.day) == (now.month, now.day)


def _dated() -> dict[str, Maker]:
    makers: dict[str, Maker] = {}
    for kind, relation in product(("dtz", "tme"), ("exactly", "less_than", "more_than")):
        makers[f"${kind}::relative_{relation}"] = _moments(_relative(relation))
        makers[f"${kind}::age_{relation}"] = _moments(_age(relation))
    for kind, relation in product(("dtz", "tme"), ("after", "before", "on", "between")):
        makers[f"${kind}::absolute_{relation}"] = _moments(_absolute(relation))
    for kind, relation in product(("dtz", "tme"), ("", "_less_than", "_more_than")):
        makers[f"${kind}::occurs_in{relation}"] = _moments(_coming(relation))
        makers[f"${kind}::anniversary"] = _moments(_anniversary)
    return makers


MOMENT_OPERATORS: Final[Mapping[str, Maker]] = MappingProxyType(_dated())
