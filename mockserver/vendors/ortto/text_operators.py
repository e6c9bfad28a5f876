"""Operators on texts, on lists and sets of texts, and on telephone numbers. Case is overlooked."""

from collections.abc import Callable, Mapping
from itertools import product
from operator import contains, eq, gt, lt
from types import MappingProxyType
from typing import Any, Final

from mockserver.vendors.ortto.field_values import CALLING_CODES, as_text, digits, only_digits
from mockserver.vendors.ortto.filter_types import Maker, Operand, Scope, on_field, opposite


def _text(matches: Callable[[str, str], bool]) -> Maker:
    def test_of(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
        wanted = operand["value"].casefold()

        def test(value: Any) -> bool:
            text = as_text(value)
            return text is not None and matches(text.casefold(), wanted)

        return test

    return on_field(test_of)


def _phone(matches: Callable[[str, str], bool]) -> Maker:
    def test_of(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
        wanted = only_digits(operand["value"])
        return lambda value: isinstance(value, dict) and matches(digits(value), wanted)

    return on_field(test_of)


def _phone_country(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
    wanted = {country.upper() for country in operand["value"]}

    def test(value: Any) -> bool:
        code = value.get("c", "") if isinstance(value, dict) else ""
        return not wanted.isdisjoint(CALLING_CODES.get(code, ()))

    return test


def _set(matches: Callable[[set[str], Any], bool]) -> Maker:
    def test_of(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
        given = operand["value"]
        wanted = given.casefold() if isinstance(given, str) else {one.casefold() for one in given}

        def test(value: Any) -> bool:
            return isinstance(value, list) and matches({str(one).casefold() for one in value}, wanted)

        return test

    return on_field(test_of)


def _between(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
    low, high = operand["from"].casefold(), operand["to"].casefold()

    def test(value: Any) -> bool:
        text = as_text(value)
        return text is not None and low <= text.casefold() <= high

    return test


def _item(place: int, matches: Callable[[str, str], bool]) -> Maker:
    """A predicate on the first or the last text; a list without any never matches."""

    def test_of(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
        wanted = operand["value"].casefold()
        return lambda value: bool(
            isinstance(value, list) and value and matches(str(value[place]).casefold(), wanted)
        )

    return on_field(test_of)


def _size(matches: Callable[[int, int], bool]) -> Maker:
    """A predicate on how many texts there are; a person without the field has none."""

    def test_of(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
        wanted = operand["value"]
        return lambda value: matches(len(value) if isinstance(value, list) else 0, wanted)

    return on_field(test_of)


def _gathered() -> dict[str, Maker]:
    """What lists and sets have in common: what is in them, how many, and which is first and last."""
    makers: dict[str, Maker] = {}
    for kind in ("$str::list", "$str::set"):
        makers[f"{kind}_contains"] = _set(contains)
        makers[f"{kind}_does_not_contains"] = opposite(_set(contains))
        makers[f"{kind}_contains_less_than"] = _size(lt)
        makers[f"{kind}_contains_more_than"] = _size(gt)
        makers[f"{kind}_has_exactly"] = _size(eq)
        for (end, place), (verb, matches) in product(
            (("first", 0), ("last", -1)), (("contains", contains), ("is", eq))
        ):
            item = _item(place, matches)
            makers[f"{kind}_{end}_item_{verb}"] = item
            makers[f"{kind}_{end}_item_{'does_not_contains' if verb == 'contains' else 'is_not'}"] = opposite(
                item
            )
    return makers


TEXT_OPERATORS: Final[Mapping[str, Maker]] = MappingProxyType(
    {
        "$str::is": _text(eq),
        "$str::is_not": opposite(_text(eq)),
        "$str::contains": _text(contains),
        "$str::does_not_contains": opposite(_text(contains)),
        "$str::starts": _text(str.startswith),
        "$str::ends": _text(str.endswith),
        "$str::greater_than": _text(gt),
        "$str::less_than": _text(lt),
        "$str::between": on_field(_between),
        "$str::set_contains_any": _set(lambda have, wanted: not have.isdisjoint(wanted)),
        "$str::set_is": _set(eq),
        "$str::set_is_not": opposite(_set(eq)),
        "$geo::is": _text(eq),
        "$geo::is_not": opposite(_text(eq)),
        "$phn::iis": _phone(eq),
        "$phn::iis_not": opposite(_phone(eq)),
        "$phn::starts": _phone(str.startswith),
        "$phn::in_iso2_country_codes": on_field(_phone_country),
        **_gathered(),
    }
)
