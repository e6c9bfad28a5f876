"""Ortto's filters: one operator with its operand, nested by $and and $or; compiled once, asked of many."""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from mockserver.errors import Problem
from mockserver.vendors.ortto.activity_operators import EVER
from mockserver.vendors.ortto.filter_operators import LEAVES, TIMED
from mockserver.vendors.ortto.filter_types import Operand, Predicate, Scope
from mockserver.vendors.ortto.ids import ID, refuse_malformed

Filter = dict[str, Any]

ALL: Final = ("$and", "$andgroup")
ANY: Final = ("$or", "$orgroup")
_DEEPEST = 50


def compile_filter(filter: Filter, scope: Scope) -> Predicate:
    """The predicate that the filter is. It must fit the contract's schema of filters.

    Raises the problems field_unknown and filter_invalid (nested too deep).
    """
    return _compile(filter, scope, 0)


def _compile(filter: Filter, scope: Scope, depth: int) -> Predicate:
    operator, operand = next(iter(filter.items()))
    if depth > _DEEPEST:
        raise Problem(
            "filter_invalid", reason=f"Failed to decode filter {operator}: too deep (Invalid value)"
        )
    if operator in ALL or operator in ANY:
        tests = [_compile(one, scope, depth + 1) for one in operand]
        if len(tests) == 1:
            return tests[0]
        return _all(tests) if operator in ALL else _any(tests)
    field_id = operand.get("field_id")
    known = scope.activities if operator.startswith("$act::") else scope.fields
    if field_id is not None and known is not None and field_id not in known:
        raise Problem("field_unknown", field_id=field_id)
    return LEAVES[operator](operand, scope)


def _all(tests: list[Predicate]) -> Predicate:
    if len(tests) == 2:
        first, second = tests
        return lambda person: first(person) and second(person)
    return lambda person: all(test(person) for test in tests)


def _any(tests: list[Predicate]) -> Predicate:
    if len(tests) == 2:
        first, second = tests
        return lambda person: first(person) or second(person)
    return lambda person: any(test(person) for test in tests)


def leaves(filter: Filter) -> Iterator[tuple[str, Operand]]:
    """Every leaf of a filter that fits: operator and operand."""
    for operator, operand in filter.items():
        if operator in ALL or operator in ANY:
            for one in operand:
                yield from leaves(one)
        else:
            yield operator, operand


def audiences_in(filter: Filter) -> set[str]:
    """The ids of the audiences whose members or subscribers the filter asks for."""
    return _named(filter, "audience_id")


def campaigns_in(filter: Filter) -> set[str]:
    """The ids of the campaigns that the filter asks for."""
    return _named(filter, "campaign_id")


def _named(filter: Filter, key: str) -> set[str]:
    return {operand[key].lower() for _operator, operand in leaves(filter) if key in operand}


def activities_in(filter: Filter) -> set[str]:
    """The activities that the filter asks for."""
    return {operand["field_id"] for operator, operand in leaves(filter) if operator.startswith("$act::")}


def is_timed(filter: Filter) -> bool:
    """Whether the answer changes with the clock alone; such audiences are rebuilt daily (documented)."""
    return any(
        operand.get("timeframe", {}).get("type", EVER) != EVER or any(part in operator for part in TIMED)
        for operator, operand in leaves(filter)
    )


def email_in(filter: Filter) -> str | None:
    """The address that every match has, if the filter says one: then nobody else need be looked at."""
    operator, operand = next(iter(filter.items()))
    if operator in ALL:
        return next((found for found in map(email_in, operand) if found is not None), None)
    if operator == "$str::is" and operand["field_id"] == "str::email":
        return operand["value"] if operand["value"].strip() else None
    return None


def refusal(filter: Any, message: str) -> Problem:
    """The problem of a filter that does not fit the schema.

    Unknown operators are told from the inside out, with the JSON around them (recorded); `message` is what
    the schema says, for everything else.
    """
    try:
        trail = _unknown(filter, 0)
    except Problem as malformed:
        return malformed
    if trail is not None:
        return Problem("operator_unknown", reason=trail)
    operator = next(iter(filter), "") if isinstance(filter, dict) else ""
    body = _json(filter.get(operator)) if isinstance(filter, dict) else _json(filter)
    reason = f"Failed to decode filter {operator} body {body}: {message} (Invalid value)"
    return Problem("filter_invalid", reason=reason)


def _unknown(filter: Any, depth: int) -> str | None:
    """What Ortto says of the first operator that it does not know; None if it knows them all."""
    if not isinstance(filter, dict) or depth > _DEEPEST:
        return None
    for operator, operand in filter.items():
        if operator in ALL or operator in ANY:
            for one in operand if isinstance(operand, list) else ():
                inner = _unknown(one, depth + 1)
                if inner is not None:
                    return (
                        f"Failed to decode filter {operator} body {_json(operand)}: {inner} (Invalid value)"
                    )
        elif operator not in LEAVES:
            return f"Unknown operation {operator}: {_json(operand)} (Invalid value)"
        else:
            _refuse_ids(operator, operand)
    return None


def _refuse_ids(operator: str, operand: Any) -> None:
    if not isinstance(operand, dict):
        return
    ids = [operand[key] for key in ("audience_id", "campaign_id") if key in operand]
    if operator.startswith("$id_") and "value" in operand:
        value = operand["value"]
        ids += value if isinstance(value, list) else [value]
    for id in ids:
        if not (isinstance(id, str) and ID.fullmatch(id)):
            refuse_malformed(id)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
