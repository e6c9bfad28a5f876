"""Filters of target audiences: JSON as in the backstage contract, compiled into functions.

A filter is compiled for one day, so conditions that depend on time (a birthday, a number of days) become
comparisons with days computed in advance.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from mockserver.state.records import Record
from mockserver.vendors.voyado import timestamps

Filter = Mapping[str, Any]
Predicate = Callable[[Record], bool]
Getter = Callable[[Record], Any]
NextChange = Callable[[Record], str | None]

_SUBJECTS = frozenset(("attribute", "preference", "consent"))
_DATE_FIELDS = {"birthDay": "birthDay", "registrationDate": "createdOn", "lastOrderDate": "lastOrderDate"}
"""Date attributes of filters and the members of a record that hold them."""
_MAX_SUFFIX = "~"  # sorts after every character that follows the day in a timestamp
_DIRECT_ATTRIBUTES = frozenset(
    ("contactType", "countryCode", "city", "bonusBasedLevel", "language", "gender")
)
"""The most frequent attributes, read without a getter: populating a world compares them a million times."""


def compile_filter(filter: Filter, today: str) -> Predicate:
    """Returns a predicate: whether a contact matches the filter on the day."""
    if "all" in filter:
        return _all([compile_filter(part, today) for part in filter["all"]])
    if "any" in filter:
        return _any([compile_filter(part, today) for part in filter["any"]])
    if "not" in filter:
        negated = compile_filter(filter["not"], today)
        return lambda record: not negated(record)
    operator, operand = _operator(filter)
    attribute = filter.get("attribute")
    if attribute in _DATE_FIELDS and operator != "known":
        return _date_predicate(_DATE_FIELDS[attribute], operator, operand, today)
    if attribute in _DIRECT_ATTRIBUTES and operator == "is":
        return lambda record: record.get(attribute) == operand
    return _predicate(_getter(filter, today), operator, operand)


def next_changes(filter: Filter, today: str) -> dict[str, NextChange]:
    """Returns functions for the next day on which the result for an unchanged contact may change.

    Equal functions have equal names. The result is empty if the filter does not depend on time.
    """
    for combinator in ("all", "any"):
        if combinator in filter:
            return {
                name: change
                for part in filter[combinator]
                for name, change in next_changes(part, today).items()
            }
    if "not" in filter:
        return next_changes(filter["not"], today)
    operator, operand = _operator(filter)
    attribute = filter.get("attribute", "")
    if operator in ("withinDays", "olderThanDays"):
        return {f"{attribute} {operand}": _next_boundary(_DATE_FIELDS[attribute], operand, today)}
    if operator == "anniversary":
        return {f"{attribute}": _next_anniversary(_DATE_FIELDS[attribute], today)}
    if attribute == "age" and operator != "known":
        return {"birthDay": _next_anniversary("birthDay", today)}
    return {}


def _all(parts: list[Predicate]) -> Predicate:
    if len(parts) == 2:  # the most frequent case, on the hot path of populating a world
        first, second = parts
        return lambda record: first(record) and second(record)
    return lambda record: all(part(record) for part in parts)


def _any(parts: list[Predicate]) -> Predicate:
    return lambda record: any(part(record) for part in parts)


def _operator(condition: Filter) -> tuple[str, Any]:
    return next((name, operand) for name, operand in condition.items() if name not in _SUBJECTS)


def _getter(condition: Filter, today: str) -> Getter:
    """Returns a function that reads the value of a condition; None if the contact has no value."""
    if "preference" in condition:
        preference = condition["preference"]
        return lambda record: record["preferences"][preference]
    if "consent" in condition:
        consent = condition["consent"]
        return lambda record: record["consents"].get(consent, {}).get("value")
    return _attribute_getter(condition["attribute"], today)


def _attribute_getter(name: str, today: str) -> Getter:
    match name:
        case "age":
            return lambda record: timestamps.age(born, today) if (born := record.get("birthDay")) else None
        case "store":
            return lambda record: record["store"]["externalId"] if "store" in record else None
        case "secrecyMarked":
            return lambda record: record.get("secrecyMarked", False)
        case _:
            field = _DATE_FIELDS.get(name, name)
            # What an account adds to contacts is stored apart.
            return lambda record: record[field] if field in record else record.get("custom", {}).get(field)


def _predicate(get: Getter, operator: str, operand: Any) -> Predicate:
    match operator:
        case "is":
            return lambda record: get(record) == operand
        case "known":
            return lambda record: (get(record) not in (None, "")) is operand
        case "in":
            accepted = frozenset(operand)
            return lambda record: get(record) in accepted
        case "contains":
            return lambda record: operand in (get(record) or "")
        case "startsWith":
            return lambda record: (get(record) or "").startswith(operand)
        case "above":
            return lambda record: (value := get(record)) is not None and value > operand
        case _:  # "below", the last operator in the contract
            return lambda record: (value := get(record)) is not None and value < operand


def _date_predicate(field: str, operator: str, operand: Any, today: str) -> Predicate:
    if operator == "anniversary":
        month_days = timestamps.anniversaries_on(today)
        return lambda record: (value := record.get(field)) is not None and value[5:10] in month_days
    first, end = _date_range(operator, operand, today)
    return lambda record: (value := record.get(field)) is not None and first <= value < end


def _date_range(operator: str, operand: Any, today: str) -> tuple[str, str]:
    """Returns the half-open range of strings that contains the matching days and all their timestamps."""
    match operator:
        case "before":
            return "", operand
        case "after":
            return operand + _MAX_SUFFIX, _MAX_SUFFIX
        case "withinDays":
            return timestamps.add_days(today, -operand), today + _MAX_SUFFIX
        case _:  # "olderThanDays", the last operator in the contract
            return "", timestamps.add_days(today, -operand)


def _next_boundary(field: str, days: int, today: str) -> NextChange:
    """A future day changes the result when it comes, a past day when it becomes more than `days` old."""

    @cache
    def boundary_after(day: str) -> str | None:
        boundary = day if day > today else timestamps.add_days(day, days + 1)
        return boundary if boundary > today else None

    return lambda record: boundary_after(day[:10]) if (day := record.get(field)) else None


def _next_anniversary(field: str, today: str) -> NextChange:
    """An anniversary changes the result on the day itself and on the day after."""
    month_days = timestamps.anniversaries_on(today)
    tomorrow = timestamps.add_days(today, 1)

    @cache
    def change_after(month_day: str) -> str:
        return tomorrow if month_day in month_days else timestamps.next_anniversary(month_day, today)

    return lambda record: change_after(day[5:10]) if (day := record.get(field)) else None
