"""The leaf operators of filters. Each builds a predicate over people from its operand."""

from collections.abc import Callable, Mapping
from operator import eq, gt, lt
from types import MappingProxyType
from typing import Any, Final

from mockserver.vendors.ortto.activity_operators import ACTIVITY_OPERATORS
from mockserver.vendors.ortto.date_operators import DATE_OPERATORS
from mockserver.vendors.ortto.distance_operators import DISTANCE_OPERATORS
from mockserver.vendors.ortto.filter_types import (
    FilterContext,
    Operand,
    PredicateFactory,
    ValueTest,
    field_predicate,
    negate,
)
from mockserver.vendors.ortto.membership_operators import MEMBERSHIP_OPERATORS
from mockserver.vendors.ortto.text_operators import TEXT_OPERATORS


def _has_value(operand: Operand, context: FilterContext) -> ValueTest:
    # 0 and "" are values (documented); an empty set of tags is not a value.
    return lambda value: value is not None and value != []


def _bool_equals(operand: Operand, context: FilterContext) -> ValueTest:
    wanted = operand["value"]
    # A flag that was never set counts as false.
    return lambda value: (value is True) is wanted


def _number(matches: Callable[[Any, Any], bool]) -> PredicateFactory:
    def make_test(operand: Operand, context: FilterContext) -> ValueTest:
        wanted = operand["value"]
        missing = 0 if operand.get("not_existing_as_zero") else None

        def test(value: Any) -> bool:
            value = missing if value is None else value
            return isinstance(value, int | float) and matches(value, wanted)

        return test

    return field_predicate(make_test)


def _between(operand: Operand, context: FilterContext) -> ValueTest:
    low, high = operand["from"], operand["to"]
    return lambda value: isinstance(value, int | float) and low <= value <= high


def _has_tag(operand: Operand, context: FilterContext) -> ValueTest:
    wanted = operand["value"]
    return lambda value: value is not None and wanted in value


LEAF_OPERATORS: Final[Mapping[str, PredicateFactory]] = MappingProxyType(
    {
        "$has_any_value": field_predicate(_has_value),
        "$has_no_value": negate(field_predicate(_has_value)),
        "$bol::is": field_predicate(_bool_equals),
        "$int::is": _number(eq),
        "$int::is_not": negate(_number(eq)),
        "$int::greater_than": _number(gt),
        "$int::less_than": _number(lt),
        "$int::between": field_predicate(_between),
        "$int::not_between": negate(field_predicate(_between)),
        "$u4s::is": field_predicate(_has_tag),
        **TEXT_OPERATORS,
        **DATE_OPERATORS,
        **MEMBERSHIP_OPERATORS,
        **ACTIVITY_OPERATORS,
        **DISTANCE_OPERATORS,
    }
)
"""All leaf operators that Ortto documents."""

TIME_DEPENDENT: Final = ("::relative_", "::age_", "::anniversary", "::occurs_in")
"""Parts of the names of operators whose matches change with time alone."""
