"""Filters: compiled to predicates over people, and inspected.

A filter is one operator with its operand; $and and $or nest.
"""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.vendors.ortto.activity_operators import ANY_TIME
from mockserver.vendors.ortto.filter_operators import LEAF_OPERATORS, TIME_DEPENDENT
from mockserver.vendors.ortto.filter_types import FilterContext, Operand, Predicate

Filter = dict[str, Any]

AND_OPERATORS: Final = ("$and", "$andgroup")
OR_OPERATORS: Final = ("$or", "$orgroup")
MAX_DEPTH: Final = 50


def compile_filter(filter: Filter, context: FilterContext) -> Predicate:
    """Compiles a filter that matches the contract's schema to a predicate.

    Raises the problems field_unknown and filter_invalid (nested too deep).
    """
    return _compile(filter, context, 0)


def _compile(filter: Filter, context: FilterContext, depth: int) -> Predicate:
    operator, operand = next(iter(filter.items()))
    if depth > MAX_DEPTH:
        raise Problem("filter_invalid", reason="Failed to decode filter: exceeded max depth (Invalid value)")
    if operator in AND_OPERATORS or operator in OR_OPERATORS:
        tests = [_compile(nested, context, depth + 1) for nested in operand]
        if len(tests) == 1:
            return tests[0]
        return _conjunction(tests) if operator in AND_OPERATORS else _disjunction(tests)
    field_id = operand.get("field_id")
    known = context.activities if operator.startswith("$act::") else context.fields
    if field_id is not None and known is not None and field_id not in known:
        raise Problem("field_unknown", field_id=field_id)
    return LEAF_OPERATORS[operator](operand, context)


def _conjunction(tests: list[Predicate]) -> Predicate:
    if len(tests) == 2:
        first, second = tests
        return lambda person: first(person) and second(person)
    return lambda person: all(test(person) for test in tests)


def _disjunction(tests: list[Predicate]) -> Predicate:
    if len(tests) == 2:
        first, second = tests
        return lambda person: first(person) or second(person)
    return lambda person: any(test(person) for test in tests)


def leaves(filter: Filter) -> Iterator[tuple[str, Operand]]:
    """The leaves of a valid filter, as (operator, operand)."""
    for operator, operand in filter.items():
        if operator in AND_OPERATORS or operator in OR_OPERATORS:
            for nested in operand:
                yield from leaves(nested)
        else:
            yield operator, operand


def audiences_in(filter: Filter) -> set[str]:
    """The ids of the audiences that the filter refers to."""
    return _referenced_ids(filter, "audience_id")


def campaigns_in(filter: Filter) -> set[str]:
    """The ids of the campaigns that the filter refers to."""
    return _referenced_ids(filter, "campaign_id")


def _referenced_ids(filter: Filter, key: str) -> set[str]:
    return {operand[key].lower() for _operator, operand in leaves(filter) if key in operand}


def activities_in(filter: Filter) -> set[str]:
    """The ids of the activities that the filter refers to."""
    return {operand["field_id"] for operator, operand in leaves(filter) if operator.startswith("$act::")}


def is_time_dependent(filter: Filter) -> bool:
    """Whether time alone changes who matches; such audiences are rebuilt daily (documented)."""
    return any(
        operand.get("timeframe", {}).get("type", ANY_TIME) != ANY_TIME
        or any(part in operator for part in TIME_DEPENDENT)
        for operator, operand in leaves(filter)
    )


def required_email(filter: Filter) -> str | None:
    """The email that every match must have, if there is one; only people with it need to be tested."""
    operator, operand = next(iter(filter.items()))
    if operator in AND_OPERATORS:
        return next((email for email in map(required_email, operand) if email is not None), None)
    if operator == "$str::is" and operand["field_id"] == "str::email":
        return operand["value"] if operand["value"].strip() else None
    return None
