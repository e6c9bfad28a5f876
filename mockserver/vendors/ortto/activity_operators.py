"""Filter operators on the activities of people.

The operand's `timeframe` is that of person/get/activities. Days, weeks (from Monday) and longer periods begin
at midnight UTC.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from mockserver.vendors.ortto.activity_records import occurrences
from mockserver.vendors.ortto.filter_types import FilterContext, Operand, Predicate, PredicateFactory, negate
from mockserver.vendors.ortto.timestamps import to_seconds

TimeTest = Callable[[int], bool]

_LAST_PERIODS: Final = {
    "last-24-hours": timedelta(days=1),
    "last-7-days": timedelta(days=7),
    "last-30-days": timedelta(days=30),
}
ANY_TIME: Final = "all"


def timeframe_test(operand: Operand, now: datetime) -> TimeTest:
    """The test of the operand's `timeframe`, of moments in seconds; without one, every moment passes."""
    name = (operand.get("timeframe") or {}).get("type", ANY_TIME)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if name == ANY_TIME:
        return lambda moment: True
    if name == "yesterday":
        begin, end = to_seconds(today - timedelta(days=1)), to_seconds(today)
        return lambda moment: begin <= moment < end
    latest = now.timestamp()
    starts = {
        "today": today,
        "this-week": today - timedelta(days=today.weekday()),
        "this-month": today.replace(day=1),
        "this-quarter": today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1),
        "this-year": today.replace(month=1, day=1),
    }
    start = to_seconds(starts[name] if name in starts else now - _LAST_PERIODS[name])
    return lambda moment: start <= moment <= latest


def _activity_predicate(occurred: Callable[[Sequence[int], TimeTest], bool]) -> PredicateFactory:
    def make(operand: Operand, context: FilterContext) -> Predicate:
        activity, within = operand["field_id"], timeframe_test(operand, context.now)

        def test(person: dict[str, object]) -> bool:
            moments = occurrences(person, activity)
            return bool(moments) and occurred(moments, within)

        return test

    return make


def _any_within(moments: Sequence[int], within: TimeTest) -> bool:
    return any(map(within, moments))


ACTIVITY_OPERATORS: Final[Mapping[str, PredicateFactory]] = MappingProxyType(
    {
        "$act::has_occurred": _activity_predicate(_any_within),
        "$act::has_not_occurred": negate(_activity_predicate(_any_within)),
        "$act::first": _activity_predicate(lambda moments, within: within(moments[0])),
        "$act::last": _activity_predicate(lambda moments, within: within(moments[-1])),
    }
)
