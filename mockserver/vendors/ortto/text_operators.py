"""Filter operators on strings, lists and sets of strings, and phone numbers. Case is ignored."""

from collections.abc import Callable, Mapping
from itertools import product
from operator import contains, eq, gt, lt
from types import MappingProxyType
from typing import Any, Final

from mockserver.vendors.ortto.field_values import CALLING_CODES, as_text, only_digits, phone_digits
from mockserver.vendors.ortto.filter_types import (
    FilterContext,
    Operand,
    PredicateFactory,
    ValueTest,
    field_predicate,
    negate,
)

_NEGATIONS: Final = {"contains": "does_not_contains", "is": "is_not"}


def _text_predicate(matches: Callable[[str, str], bool]) -> PredicateFactory:
    def make_test(operand: Operand, context: FilterContext) -> ValueTest:
        wanted = operand["value"].casefold()

        def test(value: Any) -> bool:
            text = as_text(value)
            return text is not None and matches(text.casefold(), wanted)

        return test

    return field_predicate(make_test)


def _phone_predicate(matches: Callable[[str, str], bool]) -> PredicateFactory:
    def make_test(operand: Operand, context: FilterContext) -> ValueTest:
        wanted = only_digits(operand["value"])
        return lambda value: isinstance(value, dict) and matches(phone_digits(value), wanted)

    return field_predicate(make_test)


def _phone_country(operand: Operand, context: FilterContext) -> ValueTest:
    wanted = {country.upper() for country in operand["value"]}

    def test(value: Any) -> bool:
        code = value.get("c", "") if isinstance(value, dict) else ""
        return not wanted.isdisjoint(CALLING_CODES.get(code, ()))

    return test


def _set_predicate(matches: Callable[[set[str], Any], bool]) -> PredicateFactory:
    def make_test(operand: Operand, context: FilterContext) -> ValueTest:
        given = operand["value"]
        wanted = given.casefold() if isinstance(given, str) else {text.casefold() for text in given}

        def test(value: Any) -> bool:
            return isinstance(value, list) and matches({str(item).casefold() for item in value}, wanted)

        return test

    return field_predicate(make_test)


def _between(operand: Operand, context: FilterContext) -> ValueTest:
    low, high = operand["from"].casefold(), operand["to"].casefold()

    def test(value: Any) -> bool:
        text = as_text(value)
        return text is not None and low <= text.casefold() <= high

    return test


def _item_predicate(index: int, matches: Callable[[str, str], bool]) -> PredicateFactory:
    """An operator that tests the first or the last item; an empty list never matches."""

    def make_test(operand: Operand, context: FilterContext) -> ValueTest:
        wanted = operand["value"].casefold()
        return lambda value: bool(
            isinstance(value, list) and value and matches(str(value[index]).casefold(), wanted)
        )

    return field_predicate(make_test)


def _size_predicate(matches: Callable[[int, int], bool]) -> PredicateFactory:
    """An operator that tests the number of items; a missing value has no items."""

    def make_test(operand: Operand, context: FilterContext) -> ValueTest:
        wanted = operand["value"]
        return lambda value: matches(len(value) if isinstance(value, list) else 0, wanted)

    return field_predicate(make_test)


def _list_operators() -> dict[str, PredicateFactory]:
    """The operators that lists and sets share: on all items, their number, the first and the last item."""
    operators: dict[str, PredicateFactory] = {}
    for kind in ("$str::list", "$str::set"):
        operators[f"{kind}_contains"] = _set_predicate(contains)
        operators[f"{kind}_does_not_contains"] = negate(_set_predicate(contains))
        operators[f"{kind}_contains_less_than"] = _size_predicate(lt)
        operators[f"{kind}_contains_more_than"] = _size_predicate(gt)
        operators[f"{kind}_has_exactly"] = _size_predicate(eq)
        for (end, index), (verb, matches) in product(
            (("first", 0), ("last", -1)), (("contains", contains), ("is", eq))
        ):
            item, negation = _item_predicate(index, matches), _NEGATIONS[verb]
            operators[f"{kind}_{end}_item_{verb}"] = item
            operators[f"{kind}_{end}_item_{negation}"] = negate(item)
    return operators


TEXT_OPERATORS: Final[Mapping[str, PredicateFactory]] = MappingProxyType(
    {
        "$str::is": _text_predicate(eq),
        "$str::is_not": negate(_text_predicate(eq)),
        "$str::contains": _text_predicate(contains),
        "$str::does_not_contains": negate(_text_predicate(contains)),
        "$str::starts": _text_predicate(str.startswith),
        "$str::ends": _text_predicate(str.endswith),
        "$str::greater_than": _text_predicate(gt),
        "$str::less_than": _text_predicate(lt),
        "$str::between": field_predicate(_between),
        "$str::set_contains_any": _set_predicate(lambda have, wanted: not have.isdisjoint(wanted)),
        "$str::set_is": _set_predicate(eq),
        "$str::set_is_not": negate(_set_predicate(eq)),
        "$geo::is": _text_predicate(eq),
        "$geo::is_not": negate(_text_predicate(eq)),
        "$phn::iis": _phone_predicate(eq),
        "$phn::iis_not": negate(_phone_predicate(eq)),
        "$phn::starts": _phone_predicate(str.startswith),
        "$phn::in_iso2_country_codes": field_predicate(_phone_country),
        **_list_operators(),
    }
)
