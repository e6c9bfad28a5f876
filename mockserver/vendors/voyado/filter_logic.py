"""Filters of target audiences: data in the form that the backstage contract describes, made into functions.

A filter is compiled for one day, so whatever depends on time (a birthday, days gone by) is a comparison of
texts with a day that was worked out beforehand.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from mockserver.state.records import Record
from mockserver.vendors.voyado import timestamps

Filter = Mapping[str, Any]
Test = Callable[[Record], bool]
Value = Callable[[Record], Any]
Turn = Callable[[Record], str | None]

_SUBJECTS = frozenset(("attribute", "preference", "consent"))
_DATES = {"birthDay": "birthDay", "registrationDate": "createdOn", "lastOrderDate": "lastOrderDate"}
"""Under which name a record keeps the days and moments that filters know."""
_END = "~"  # stands after whatever can follow a day in a text
_KEPT_AS_NAMED = frozenset(("contactType", "countryCode", "city", "bonusBasedLevel", "language", "gender"))
"""Attributes that filters compare most, and that need no working out: a population asks a million times."""


def compiled(filter: Filter, today: str) -> Test:
    """Whether a contact fits the filter on the day."""
    if "all" in filter:
        return _all([compiled(part, today) for part in filter["all"]])
    if "any" in filter:
        return _any([compiled(part, today) for part in filter["any"]])
    if "not" in filter:
        unwanted = compiled(filter["not"], today)
        return lambda record: not unwanted(record)
    name, given = _test_of(filter)
    subject = filter.get("attribute")
    if subject in _DATES and name != "known":
        return _date_condition(_DATES[subject], name, given, today)
    if subject in _KEPT_AS_NAMED and name == "is":
        return lambda record: record.get(subject) == given
    return _condition(_value(filter, today), name, given)


def turns(filter: Filter, today: str) -> dict[str, Turn]:
    """Functions that tell the next day on which the filter may judge an unchanged contact anew.

    Each under a name that is the same for the same function; none if the filter does not depend on time.
    """
    for combined in ("all", "any"):
        if combined in filter:
            return {name: turn for part in filter[combined] for name, turn in turns(part, today).items()}
    if "not" in filter:
        return turns(filter["not"], today)
    name, given = _test_of(filter)
    subject = filter.get("attribute", "")
    if name in ("withinDays", "olderThanDays"):
        return {f"{subject} {given}": _elapse(_DATES[subject], given, today)}
    if name == "anniversary":
        return {f"{subject}": _recur(_DATES[subject], today)}
    return {"birthDay": _recur("birthDay", today)} if subject == "age" and name != "known" else {}


def _all(parts: list[Test]) -> Test:
    if len(parts) == 2:  # most are pairs, and this is the hot path of a population
        first, second = parts
        return lambda record: first(record) and second(record)
    return lambda record: all(part(record) for part in parts)


def _any(parts: list[Test]) -> Test:
    return lambda record: any(part(record) for part in parts)


def _test_of(condition: Filter) -> tuple[str, Any]:
    return next((name, given) for name, given in condition.items() if name not in _SUBJECTS)


def _value(condition: Filter, today: str) -> Value:
    """What the condition looks at; None where the contact has no such value."""
    if "preference" in condition:
        preference = condition["preference"]
        return lambda record: record["preferences"][preference]
    if "consent" in condition:
        consent = condition["consent"]
        return lambda record: record["consents"].get(consent, {}).get("value")
    return _attribute(condition["attribute"], today)


def _attribute(name: str, today: str) -> Value:
    match name:
        case "age":
            return lambda record: timestamps.age(born, today) if (born := record.get("birthDay")) else None
        case "store":
            return lambda record: record["store"]["externalId"] if "store" in record else None
        case "secrecyMarked":
            return lambda record: record.get("secrecyMarked", False)
        case _:
            kept_as = _DATES.get(name, name)
            return lambda record: record.get(kept_as)


def _condition(value: Value, name: str, given: Any) -> Test:
    match name:
        case "is":
            return lambda record: value(record) == given
        case "known":
            return lambda record: (value(record) not in (None, "")) is given
        case "in":
            wanted = frozenset(given)
            return lambda record: value(record) in wanted
        case "contains":
            return lambda record: given in (value(record) or "")
        case "startsWith":
            return lambda record: (value(record) or "").startswith(given)
        case "above":
            return lambda record: (found := value(record)) is not None and found > given
        case _:  # below: the contract knows no other
            return lambda record: (found := value(record)) is not None and found < given


def _date_condition(kept_as: str, name: str, given: Any, today: str) -> Test:
    if name == "anniversary":
        kept = timestamps.keeps_anniversaries(today)
        return lambda record: (found := record.get(kept_as)) is not None and found[5:10] in kept
    first, beyond = _span(name, given, today)
    return lambda record: (found := record.get(kept_as)) is not None and first <= found < beyond


def _span(name: str, given: Any, today: str) -> tuple[str, str]:
    """Between which texts the days that fit stand, and with them all moments of these days."""
    match name:
        case "before":
            return "", given
        case "after":
            return given + _END, _END
        case "withinDays":
            return timestamps.days_later(today, -given), today + _END
        case _:  # olderThanDays: the contract knows no other
            return "", timestamps.days_later(today, -given)


def _elapse(kept_as: str, days: int, today: str) -> Turn:
    """A day of the future counts from when it comes, a day of the past until it is too long ago."""

    @cache
    def turn_of(day: str) -> str | None:
        turn = day if day > today else timestamps.days_later(day, days + 1)
        return turn if turn > today else None

    return lambda record: turn_of(day[:10]) if (day := record.get(kept_as)) else None


def _recur(kept_as: str, today: str) -> Turn:
    """An anniversary changes the verdict when it comes, and again on the day after."""
    kept = timestamps.keeps_anniversaries(today)
    tomorrow = timestamps.days_later(today, 1)

    @cache
    def turn_of(month_day: str) -> str:
        return tomorrow if month_day in kept else timestamps.next_anniversary(month_day, today)

    return lambda record: turn_of(day[5:10]) if (day := record.get(kept_as)) else None
