"""Filter operators on dates and timestamps. A person without a value never matches."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import product
from types import MappingProxyType
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.formats.bounded_text import json_excerpt
from mockserver.vendors.ortto.field_values import as_datetime
from mockserver.vendors.ortto.filter_types import (
    FilterContext,
    Operand,
    PredicateFactory,
    ValueTest,
    field_predicate,
)
from mockserver.vendors.ortto.timestamps import SECONDS_PER_DAY

DateTest = Callable[[datetime], bool]
DateTestFactory = Callable[[Operand, datetime], DateTest]
"""Builds the test of an operand at the current time."""


def _date_predicate(make_test: DateTestFactory) -> PredicateFactory:
    """An operator that tests a date or a timestamp."""

    def make_value_test(operand: Operand, context: FilterContext) -> ValueTest:
        matches = make_test(operand, context.now)

        def test(value: Any) -> bool:
            moment = as_datetime(value) if value is not None else None
            return moment is not None and matches(moment)

        return test

    return field_predicate(make_value_test)


def _comparison(given: Any) -> tuple[Callable[[datetime], Any], Any]:
    """The sort key of a value and of the operand: dates are compared as days, timestamps exactly."""
    moment = _operand_datetime(given)
    if isinstance(given, dict) or len(given) == len("2022-04-05"):
        return _utc_day, _utc_day(moment)
    return datetime.timestamp, moment.timestamp()


def _operand_datetime(given: Any) -> datetime:
    """The operand as a datetime. Raises the problem filter_invalid for dates such as 31 February."""
    moment = as_datetime(given)
    if moment is None:
        raise Problem(
            "filter_invalid", reason=f"Failed to decode filter: {json_excerpt(given, 300)} (Invalid value)"
        )
    return moment


def _utc_day(moment: datetime) -> int:
    # By timestamp, because astimezone() fails in the first and the last hours of the calendar.
    return int(moment.timestamp() // SECONDS_PER_DAY)


def _absolute(relation: str) -> DateTestFactory:
    def make_test(operand: Operand, now: datetime) -> DateTest:
        if relation == "between":
            (low_key, low), (high_key, high) = _comparison(operand["from"]), _comparison(operand["to"])
            return lambda moment: low_key(moment) >= low and high_key(moment) <= high
        key, bound = _comparison(operand["value"])
        if relation == "after":
            return lambda moment: key(moment) > bound
        if relation == "before":
            return lambda moment: key(moment) < bound
        day = _utc_day(_operand_datetime(operand["value"]))
        return lambda moment: _utc_day(moment) == day

    return make_test


def _relative(relation: str) -> DateTestFactory:
    def make_test(operand: Operand, now: datetime) -> DateTest:
        bound = now - timedelta(days=operand["days_ago"])
        if relation == "more_than":
            return lambda moment: moment < bound
        if relation == "less_than":
            return lambda moment: bound <= moment <= now
        return lambda moment: _utc_day(moment) == _utc_day(bound)

    return make_test


def _occurs_in(relation: str) -> DateTestFactory:
    def make_test(operand: Operand, now: datetime) -> DateTest:
        today = _utc_day(now)
        bound = today + operand["days"]
        if relation == "_more_than":
            return lambda moment: _utc_day(moment) > bound
        if relation == "_less_than":
            return lambda moment: today <= _utc_day(moment) < bound
        return lambda moment: _utc_day(moment) == bound

    return make_test


def _age(relation: str) -> DateTestFactory:
    def make_test(operand: Operand, now: datetime) -> DateTest:
        years, today = operand["value"], (now.year, now.month, now.day)

        def age(moment: datetime) -> int:
            return today[0] - moment.year - (today[1:] < (moment.month, moment.day))

        if relation == "more_than":
            return lambda moment: age(moment) > years
        if relation == "less_than":
            return lambda moment: age(moment) < years
        return lambda moment: age(moment) == years

    return make_test


def _anniversary(operand: Operand, now: datetime) -> DateTest:
    return lambda moment: (moment.month, moment.day) == (now.month, now.day)


def _date_operators() -> dict[str, PredicateFactory]:
    operators: dict[str, PredicateFactory] = {}
    for kind, relation in product(("dtz", "tme"), ("exactly", "less_than", "more_than")):
        operators[f"${kind}::relative_{relation}"] = _date_predicate(_relative(relation))
        operators[f"${kind}::age_{relation}"] = _date_predicate(_age(relation))
    for kind, relation in product(("dtz", "tme"), ("after", "before", "on", "between")):
        operators[f"${kind}::absolute_{relation}"] = _date_predicate(_absolute(relation))
    for kind, relation in product(("dtz", "tme"), ("", "_less_than", "_more_than")):
        operators[f"${kind}::occurs_in{relation}"] = _date_predicate(_occurs_in(relation))
        operators[f"${kind}::anniversary"] = _date_predicate(_anniversary)
    return operators


DATE_OPERATORS: Final[Mapping[str, PredicateFactory]] = MappingProxyType(_date_operators())
