"""Membership rules: checked when they come in, compiled into one test of a consumer.

Rules of one `groupId` hold together (AND), groups stand beside each other (OR). A field without a value
meets no rule but the negative ones: NOT_X is always the opposite of X.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from operator import contains, eq, ge, gt, itemgetter, le, lt
from types import MappingProxyType
from typing import Any, Final

from mockserver.formats.json_pointer import json_equal
from mockserver.state.records import Record
from mockserver.vendors.fanfare import timestamps

Predicate = Callable[[Record], bool]
Rule = Mapping[str, Any]

METADATA_PREFIX: Final = "metadata."
_FIELD_TYPES: Final = MappingProxyType(
    {
        "email": "text",
        "phone": "text",
        "fullName": "text",
        "externalId": "text",
        "totalOrders": "number",
        "totalOrderValue": "number",
        "lastOrderAt": "moment",
        "createdAt": "moment",
    }
)
_COMPARISONS: Final = MappingProxyType(
    {"GREATER_THAN": gt, "GREATER_THAN_OR_EQUAL": ge, "LESS_THAN": lt, "LESS_THAN_OR_EQUAL": le}
)
_REVERSED_COMPARISONS: Final = MappingProxyType(
    {"GREATER_THAN": lt, "GREATER_THAN_OR_EQUAL": le, "LESS_THAN": gt, "LESS_THAN_OR_EQUAL": ge}
)
_NEGATION_PREFIX: Final = "NOT_"


def find_errors(rule: Rule) -> Iterator[tuple[str, str]]:
    """What is wrong with a rule of the right shape: (member, message)."""
    kind, operator, values = _field_type(rule["field"]), rule["operator"], rule["values"]
    positive = operator.removeprefix(_NEGATION_PREFIX)
    if kind is None:
        yield "field", "Unknown field"
        return
    if (kind == "text" and (positive in _COMPARISONS or positive == "BETWEEN")) or (
        kind in ("number", "moment") and positive == "CONTAINS"
    ):
        yield "operator", f"Not applicable to {rule['field']}"
        return
    arity = _arity_error(positive, len(values))
    if arity:
        yield "values", arity
    elif any(not _is_valid_value(kind, value) for value in values):
        yield "values", f"Not a {kind}"


def compile_rules(rules: Iterable[Rule]) -> Predicate:
    """The test whether a consumer meets the rules; without rules nobody does."""
    groups: dict[str, list[Predicate]] = {}
    for rule in rules:
        groups.setdefault(rule["groupId"], []).append(_compile_rule(rule))
    alternatives = [_match_all(tests) for tests in groups.values()]
    if len(alternatives) == 1:
        return alternatives[0]
    return lambda consumer: any(test(consumer) for test in alternatives)


def _match_all(tests: list[Predicate]) -> Predicate:
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:  # as loyalty tiers have them: twice as fast as the general way
        one, other = tests
        return lambda consumer: one(consumer) and other(consumer)
    return lambda consumer: all(test(consumer) for test in tests)


def _field_type(field: str) -> str | None:
    if field.startswith(METADATA_PREFIX) and len(field) > len(METADATA_PREFIX):
        return "value"
    return _FIELD_TYPES.get(field)


def _arity_error(operator: str, count: int) -> str | None:
    if operator == "IN":
        return None if count else "At least one value is required"
    wanted = {"BETWEEN": 2, "EXISTS": 0}.get(operator, 1)
    return None if count == wanted else f"Exactly {wanted} values are required, not {count}"


def _is_valid_value(kind: str, value: Any) -> bool:
    if kind == "value":
        return True
    if isinstance(value, bool):
        return False
    try:
        _parse_value(kind, value)
    except ValueError:
        return False
    return kind != "moment" or isinstance(value, str)


def _parse_value(kind: str, value: Any) -> Any:
    """A rule's value as it is compared. Raises `ValueError`."""
    if kind == "moment":
        return timestamps.parse_timestamp(str(value))
    if kind == "text":
        return str(value)
    if kind == "number" and isinstance(value, str):
        number = float(value)
        if number - number != 0 or "_" in value:  # infinite, no number at all, or one of Python's only
            raise ValueError(value)
        return number
    return value


def _compile_rule(rule: Rule) -> Predicate:
    field, operator, kind = rule["field"], rule["operator"], _field_type(rule["field"]) or "value"
    positive = operator.removeprefix(_NEGATION_PREFIX)
    matches = _value_predicate(kind, positive, [_parse_value(kind, value) for value in rule["values"]])
    read = _field_getter(field, kind)
    if positive != operator:
        return lambda consumer: (value := read(consumer)) is None or not matches(value)
    return lambda consumer: (value := read(consumer)) is not None and matches(value)


def _field_getter(field: str, kind: str) -> Callable[[Record], Any]:
    if kind == "value":
        return _metadata_getter(field.removeprefix(METADATA_PREFIX))
    if kind == "moment":
        return lambda consumer: (
            None if consumer[field] is None else timestamps.parse_timestamp(consumer[field])
        )
    return itemgetter(field)


def _metadata_getter(path: str) -> Callable[[Record], Any]:
    """Reads the member of that name, or else the one that the dots lead to."""
    steps = path.split(".")

    def read(consumer: Record) -> Any:
        value: Any = consumer["metadata"]
        if value is None or path in value:
            return value and value[path]
        for step in steps:
            if not isinstance(value, dict):
                return None
            value = value.get(step)
        return value

    return read


def _value_predicate(kind: str, operator: str, wanted: list[Any]) -> Callable[[Any], bool]:
    if operator == "EXISTS":
        return lambda value: True
    if kind == "value":
        return _metadata_predicate(operator, wanted)
    if operator == "EQUALS":
        return partial(eq, *wanted)
    if operator == "IN":
        return partial(contains, frozenset(wanted))
    if operator == "CONTAINS":
        (part,) = wanted
        return lambda value: part in value
    if operator == "BETWEEN":
        low, high = wanted
        return lambda value: bool(low <= value <= high)
    # the bound comes first; no function of ours takes part, for populations ask a million times
    return partial(_REVERSED_COMPARISONS[operator], *wanted)


def _metadata_predicate(operator: str, wanted: list[Any]) -> Callable[[Any], bool]:
    """Metadata may hold anything: values of different types are never equal, nor before one another."""
    if operator in ("EQUALS", "IN"):
        if all(isinstance(one, str) for one in wanted):
            texts = frozenset(wanted)
            return lambda value: isinstance(value, str) and value in texts
        return lambda value: any(json_equal(value, one) for one in wanted)
    if operator == "CONTAINS":
        (part,) = wanted
        return lambda value: _contains(value, part)
    if operator == "BETWEEN":
        low, high = wanted
        return lambda value: _compare_values(ge, value, low) and _compare_values(le, value, high)
    compare, (bound,) = _COMPARISONS[operator], wanted
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
