"""Operators on what a person has done, and when.

The operand's `timeframe` is the one of person/get/activities; days, weeks (from Monday) and all longer ones
begin at midnight UTC.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from mockserver.vendors.ortto.activity_records import moments_of
from mockserver.vendors.ortto.filter_types import Maker, Operand, Predicate, Scope, opposite
from mockserver.vendors.ortto.timestamps import seconds

Within = Callable[[int], bool]

_LAST: Final = {
    "last-24-hours": timedelta(days=1),
    "last-7-days": timedelta(days=7),
    "last-30-days": timedelta(days=30),
}
EVER: Final = "all"


def _timeframe(operand: Operand, now: datetime) -> Within:
    name = operand.get("timeframe", {}).get("type", EVER)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if name == EVER:
        return lambda moment: True
    if name == "yesterday":
        begin, end = seconds(today - timedelta(days=1)), seconds(today)
        return lambda moment: begin <= moment < end
    latest = now.timestamp()
    starts = {
        "today": today,
        "this-week": today - timedelta(days=today.weekday()),
        "this-month": today.replace(day=1),
        "this-quarter": today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1),
        "this-year": today.replace(month=1, day=1),
    }
    start = seconds(starts[name] if name in starts else now - _LAST[name])
    return lambda moment: start <= moment <= latest


def _activity(occurred: Callable[[Sequence[int], Within], bool]) -> Maker:
    def make(operand: Operand, scope: Scope) -> Predicate:
        activity, within = operand["field_id"], _timeframe(operand, scope.now)

        def test(person: dict[str, object]) -> bool:
            moments = moments_of(person, activity)
            return bool(moments) and occurred(moments, within)

        return test

    return make


def _at_all(moments: Sequence[int], within: Within) -> bool:
    return any(map(within, moments))


ACTIVITY_OPERATORS: Final[Mapping[str, Maker]] = MappingProxyType(
    {
        "$act::has_occurred": _activity(_at_all),
        "$act::has_not_occurred": opposite(_activity(_at_all)),
        "$act::first": _activity(lambda moments, within: within(moments[0])),
        "$act::last": _activity(lambda moments, within: within(moments[-1])),
    }
)
