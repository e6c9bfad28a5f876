"""Validation of membership rules, and their compilation into a predicate on consumers.

Rules of one `groupId` are combined with AND, groups with OR. NOT_X is true exactly when X is false, so a
field without a value matches only negated operators.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from operator import contains, eq, ge, gt, itemgetter, le, lt
from types import MappingProxyType
from typing import Any, Final

import orjson

from mockserver.formats.json_pointer import json_equal
from mockserver.state.records import Record
from mockserver.vendors.fanfare import timestamps
from mockserver.vendors.fanfare.violation_messages import expected_length

Predicate = Callable[[Record], bool]
Rule = Mapping[str, Any]

METADATA_PREFIX: Final = "metadata."
_FIELD_TYPES: Final = MappingProxyType(
    {
        "email": "string",
        "phone": "string",
        "fullName": "string",
        "externalId": "string",
        "totalOrders": "number",
        "totalOrderValue": "number",
        "lastOrderAt": "timestamp",
        "createdAt": "timestamp",
    }
)
_COMPARISONS: Final = MappingProxyType(
    {"GREATER_THAN": gt, "GREATER_THAN_OR_EQUAL": ge, "LESS_THAN": lt, "LESS_THAN_OR_EQUAL": le}
)
_REVERSED_COMPARISONS: Final = MappingProxyType(
    {"GREATER_THAN": lt, "GREATER_THAN_OR_EQUAL": le, "LESS_THAN": gt, "LESS_THAN_OR_EQUAL": ge}
)
_NEGATION_PREFIX: Final = "NOT_"
_MAX_CACHED: Final = 1_024


def find_errors(rule: Rule) -> Iterator[tuple[str, str]]:
    """The errors of a rule that fits its schema: (property, message)."""
    type, operator, values = _field_type(rule["field"]), rule["operator"], rule["values"]
    positive = operator.removeprefix(_NEGATION_PREFIX)
    if type is None:
        yield "field", "Unknown field"
        return
    if (type == "string" and (positive in _COMPARISONS or positive == "BETWEEN")) or (
        type in ("number", "timestamp") and positive == "CONTAINS"
    ):
        yield "operator", f"Not applicable to {rule['field']}"
        return
    arity = _arity_error(positive, len(values))
    if arity:
        yield "values", arity
    elif any(not _is_valid_value(type, value) for value in values):
        yield "values", f"Not a {type}"


def compile_rules(rules: Sequence[Rule]) -> Predicate:
    """The predicate of these rules; without rules it matches no consumer. Equal rules share one."""
    return _compile_rules(orjson.dumps(rules))


@lru_cache(_MAX_CACHED)
def _compile_rules(body: bytes) -> Predicate:
    rules: list[Rule] = orjson.loads(body)
    groups: dict[str, list[Predicate]] = {}
    for rule in rules:
        groups.setdefault(rule["groupId"], []).append(_compile_rule(rule))
    alternatives = [_match_all(predicates) for predicates in groups.values()]
    if len(alternatives) == 1:
        return alternatives[0]
    return lambda consumer: any(matches(consumer) for matches in alternatives)


def _match_all(predicates: list[Predicate]) -> Predicate:
    if len(predicates) == 1:
        return predicates[0]
    if len(predicates) == 2:  # the case of loyalty tiers; twice as fast as the general one
        one, other = predicates
        return lambda consumer: one(consumer) and other(consumer)
    return lambda consumer: all(matches(consumer) for matches in predicates)


def _field_type(field: str) -> str | None:
    if field.startswith(METADATA_PREFIX) and len(field) > len(METADATA_PREFIX):
        return "any"
    return _FIELD_TYPES.get(field)


def _arity_error(operator: str, count: int) -> str | None:
    # The contract says the same of rules in requests; here it holds for partly changed rules and scenarios.
    if operator == "IN":
        return None if count else expected_length(">=1", count)
    expected = {"BETWEEN": 2, "EXISTS": 0}.get(operator, 1)
    return None if count == expected else expected_length(str(expected), count)


def _is_valid_value(type: str, value: Any) -> bool:
    if type == "any":
        return True
    if isinstance(value, bool):
        return False
    try:
        _parse_value(type, value)
    except ValueError:
        return False
    return type != "timestamp" or isinstance(value, str)


def _parse_value(type: str, value: Any) -> Any:
    """The value of a rule, ready for comparison. Raises `ValueError`."""
    if type == "timestamp":
        return timestamps.parse_timestamp(str(value))
    if type == "string":
        return str(value)
    if type == "number" and isinstance(value, str):
        number = float(value)
        if number - number != 0 or "_" in value:  # infinite, NaN, or valid only in Python
            raise ValueError(value)
        return number
    return value


def _compile_rule(rule: Rule) -> Predicate:
    field, operator, type = rule["field"], rule["operator"], _field_type(rule["field"]) or "any"
    positive = operator.removeprefix(_NEGATION_PREFIX)
    matches = _value_predicate(type, positive, [_parse_value(type, value) for value in rule["values"]])
    get_value = _field_getter(field, type)
    if positive != operator:
        return lambda consumer: (value := get_value(consumer)) is None or not matches(value)
    return lambda consumer: (value := get_value(consumer)) is not None and matches(value)


def _field_getter(field: str, type: str) -> Callable[[Record], Any]:
    if type == "any":
        return _metadata_getter(field.removeprefix(METADATA_PREFIX))
    if type == "timestamp":
        return lambda consumer: (
            None if consumer[field] is None else timestamps.parse_timestamp(consumer[field])
        )
    return itemgetter(field)


def _metadata_getter(path: str) -> Callable[[Record], Any]:
    """Reads the property with this name, or else with this dotted path."""
    names = path.split(".")

    def get_value(consumer: Record) -> Any:
        value: Any = consumer["metadata"]
        if value is None or path in value:
            return value and value[path]
        for name in names:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return get_value


def _value_predicate(type: str, operator: str, expected: list[Any]) -> Callable[[Any], bool]:
    if operator == "EXISTS":
        return lambda value: True
    if type == "any":
        return _metadata_predicate(operator, expected)
    if operator == "EQUALS":
        return partial(eq, *expected)
    if operator == "IN":
        return partial(contains, frozenset(expected))
    if operator == "CONTAINS":
        (part,) = expected
        return lambda value: part in value
    if operator == "BETWEEN":
        low, high = expected
        return lambda value: bool(low <= value <= high)
    # The bound comes first, so that no Python function is called: a population runs this a million times.
    return partial(_REVERSED_COMPARISONS[operator], *expected)


def _metadata_predicate(operator: str, expected: list[Any]) -> Callable[[Any], bool]:
    """The predicate on a metadata value; values of different types are neither equal nor ordered."""
    if operator in ("EQUALS", "IN"):
        if all(isinstance(one, str) for one in expected):
            strings = frozenset(expected)
            return lambda value: isinstance(value, str) and value in strings
        return lambda value: any(json_equal(value, one) for one in expected)
    if operator == "CONTAINS":
        (part,) = expected
        return lambda value: _contains(value, part)
    if operator == "BETWEEN":
        low, high = expected
        return lambda value: _compare_values(ge, value, low) and _compare_values(le, value, high)
    compare, (bound,) = _COMPARISONS[operator], expected
    return lambda value: _compare_values(compare, value, bound)


def _contains(value: Any, part: Any) -> bool:
    if isinstance(value, list):
        return any(json_equal(one, part) for one in value)
    return isinstance(value, str) and isinstance(part, str) and part in value


def _compare_values(compare: Callable[[Any, Any], bool], value: Any, bound: Any) -> bool:
    if isinstance(value, bool) or isinstance(bound, bool):
        return False
    alike = isinstance(value, str) == isinstance(bound, str)
    return alike and isinstance(value, str | int | float) and bool(compare(value, bound))
