"""The leaf operators of Ortto's filters: each makes a predicate over a person of its operand."""

from collections.abc import Callable, Mapping
from operator import eq, gt, lt
from types import MappingProxyType
from typing import Any, Final

from mockserver.vendors.ortto.activity_operators import ACTIVITY_OPERATORS
from mockserver.vendors.ortto.date_operators import MOMENT_OPERATORS
from mockserver.vendors.ortto.distance_operators import PROXIMITY_OPERATORS
from mockserver.vendors.ortto.filter_types import Maker, Operand, Scope, on_field, opposite
from mockserver.vendors.ortto.membership_operators import STANDING_OPERATORS
from mockserver.vendors.ortto.text_operators import TEXT_OPERATORS


def _has_value(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
    # 0 and "" are values (documented); an empty set of tags is none.
    return lambda value: value is not None and value != []


def _bool_is(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
    wanted = operand["value"]
    # A flag that was never set is not true, so it is found among the false ones.
    return lambda value: (value is True) is wanted


def _number(matches: Callable[[Any, Any], bool]) -> Maker:
    def test_of(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
        wanted = operand["value"]
        missing = 0 if operand.get("not_existing_as_zero") else None

        def test(value: Any) -> bool:
            value = missing if value is None else value
            return isinstance(value, int | float) and matches(value, wanted)

        return test

    return on_field(test_of)


def _between(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
    low, high = operand["from"], operand["to"]
    return lambda value: isinstance(value, int | float) and low <= value <= high


def _tag_is(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
    wanted = operand["value"]
    return lambda value: value is not None and wanted in value


LEAVES: Final[Mapping[str, Maker]] = MappingProxyType(
    {
        "$has_any_value": on_field(_has_value),
        "$has_no_value": opposite(on_field(_has_value)),
        "$bol::is": on_field(_bool_is),
        "$int::is": _number(eq),
        "$int::is_not": opposite(_number(eq)),
        "$int::greater_than": _number(gt),
        "$int::less_than": _number(lt),
        "$int::between": on_field(_between),
        "$int::not_between": opposite(on_field(_between)),
        "$u4s::is": on_field(_tag_is),
        **TEXT_OPERATORS,
        **MOMENT_OPERATORS,
        **STANDING_OPERATORS,
        **ACTIVITY_OPERATORS,
        **PROXIMITY_OPERATORS,
    }
)
"""Every leaf operator that the vendor documents."""

TIMED: Final = ("::relative_", "::age_", "::anniversary", "::occurs_in")
"""What the name of an operator has whose answer changes with the clock alone."""
