"""Error messages for schema violations: `jsonschema`, adjusted to agree with `jsonschema-rs`.

The work is bounded: callers choose values, and `jsonschema` visits every branch of every schema.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from mockserver.errors import ExplanationTooLongError

_TARGETS: Final = ("components", "$defs")
"""The members of a schema that references point into."""

MAX_STEPS: Final = 10_000
"""The work of explaining one value: keywords checked, and hundreds of characters of messages."""

_CHARACTERS_A_STEP: Final = 100
_SPACE = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_DIFFERENT = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$", re.DOTALL)


def python_pattern(pattern: str) -> str:
    """A Python pattern equivalent to an ECMA-262 one, as JSON Schema uses.

    In Python `$` also matches before a final newline, `\\d` and `\\w` match every script, and `\\s` matches
    a different set of spaces.
    """
    return f"(?a:{_DIFFERENT.sub(_translate, pattern)})"


def _translate(token: re.Match[str]) -> str:
    text = token[0]
    if text == "$":
        return r"\Z"
    if text == r"\s":
        return f"[{_SPACE}]"
    if text == r"\S":
        return f"[^{_SPACE}]"
    return text.replace(r"\s", _SPACE) if text.startswith("[") else text


@lru_cache(512)
def _fits(keyword: str, wanted: Any) -> Callable[[Any], bool]:
    """A check of one keyword in linear time; `wanted` is the contract's."""
    return jsonschema_rs.Draft202012Validator({keyword: wanted}).is_valid


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    # Python's `re` can take time that grows with the square of the text.
    if isinstance(instance, str) and not _fits("pattern", pattern)(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _unique_items(_validator: Any, wanted: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    # jsonschema compares each item with each other if it cannot sort them.
    if isinstance(instance, list) and not _fits("uniqueItems", wanted)(instance):
        yield ValidationError(f"{instance!r} has non-unique elements")


def _items(validator: Any, items: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """The errors of the wrong items; right ones cost no step, so a wrong one is found behind thousands."""
    first = len(schema.get("prefixItems", ()))
    if not isinstance(instance, list) or len(instance) <= first:
        return
    is_valid = validator.format_checker.part_check(items)
    for index, item in enumerate(instance[first:], first):
        if not is_valid(item):
            yield from validator.descend(item, items, path=index)


def _additional_properties(
    validator: Any, wanted: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    """The errors of the wrong members among those that callers name; right ones cost no step."""
    if isinstance(instance, dict) and isinstance(wanted, dict):
        is_valid = validator.format_checker.part_check(wanted)
        instance = {name: value for name, value in instance.items() if not is_valid(value)}
    yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, wanted, instance, schema)


def _multiple_of(_validator: Any, step: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    # Computed in decimal, as JSON writes numbers: in binary floats 0.3 is not a multiple of 0.1.
    is_number = isinstance(instance, (int, float)) and not isinstance(instance, bool)
    if is_number and Fraction(str(instance)) % Fraction(str(step)):
        yield ValidationError(f"{instance!r} is not a multiple of {step}")


def _one_of(validator: Any, branches: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    for error in Draft202012Validator.VALIDATORS["oneOf"](validator, branches, instance, schema):
        yield from _errors_of_intended_branch(error, len(branches)) or [error]


def _errors_of_intended_branch(error: ValidationError, count: int) -> list[ValidationError]:
    """The errors of the branch that the value selects by a member with a `const` in each branch.

    Without such a member, the errors that all branches have in common, if any.
    """
    branches: list[list[ValidationError]] = [[] for _ in range(count)]
    for one in error.context or ():
        one.parent = None
        branches[int(one.schema_path[0])].append(one)
    const_errors = [{one.path[0]: one for one in branch if _is_const_error(one)} for branch in branches]
    intended = [branch for branch, errors in zip(branches, const_errors, strict=True) if not errors]
    if len(intended) == 1 and count > 1:
        return intended[0]
    for member in [] if intended else const_errors[0]:
        if all(member in errors for errors in const_errors):
            return [_unknown_name(member, [errors[member] for errors in const_errors])]
    keys = [{(*one.path, one.message) for one in branch} for branch in branches]
    return [one for one in branches[0] if all((*one.path, one.message) in shared for shared in keys)]


def _unknown_name(member: Any, errors: list[ValidationError]) -> ValidationError:
    known, value = [one.validator_value for one in errors], errors[0].instance
    message = f"{value!r} is not one of {known!r}"
    return ValidationError(message, "enum", [member], None, (), known, value, {"enum": known})


def _is_const_error(error: ValidationError) -> bool:
    return [*error.schema_path][1:] == ["properties", *error.path, "const"]


class _Budget(FormatChecker):
    """The checks of formats, and the steps that are left to explain one value.

    The only object that a validator passes on to the validators of its subschemas.
    """

    def __init__(self, checkers: dict[str, Any], part_check: Callable[[Any], Callable[[Any], bool]]) -> None:
        self.checkers = checkers
        self.part_check = part_check
        self._left = MAX_STEPS

    def spend(self, steps: int) -> None:
        """Raises `ExplanationTooLongError` if no steps are left."""
        self._left -= steps
        if self._left < 0:
            raise ExplanationTooLongError("the value violates its schema in too many ways to explain")


def _counted(keyword: Callable[..., Any]) -> Callable[..., Iterator[ValidationError]]:
    """The keyword's check, which spends a step, and more for long messages."""

    def check(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        spend = validator.format_checker.spend
        spend(1)
        for error in keyword(validator, wanted, instance, schema) or ():
            spend(1 + len(error.message) // _CHARACTERS_A_STEP)
            yield error

    return check


_OVERRIDES: Final = MappingProxyType(
    {
        "additionalProperties": _additional_properties,
        "items": _items,
        "pattern": _pattern,
        "multipleOf": _multiple_of,
        "oneOf": _one_of,
        "uniqueItems": _unique_items,
    }
)
_KEYWORDS: Final = {**Draft202012Validator.VALIDATORS, **_OVERRIDES}
_Explainer = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {name: _counted(keyword) for name, keyword in _KEYWORDS.items()}
)


def _evolve(validator: Any, **changes: Any) -> Any:
    """The validator with other values; that of `jsonschema` would leave this class for a part with `$schema`.

    Another class checks as well, but counts no steps.
    """
    unchanged = (field for field in validator.__attrs_attrs__ if field.init and field.alias not in changes)
    return _Explainer(**changes, **{field.alias: getattr(validator, field.name) for field in unchanged})


_Explainer.evolve = _evolve


class Explainer:
    """Explains the violations of one schema; formats are checked as `jsonschema-rs` checks them."""

    def __init__(self, schema: Any, formats: Sequence[str]) -> None:
        self._checkers = {
            name: (jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid, ())
            for name in formats
        }
        self._validator = _Explainer(schema)
        named = schema if isinstance(schema, dict) else {}
        self._targets = {name: named[name] for name in _TARGETS if name in named}
        self._part_checks: dict[int, Callable[[Any], bool]] = {}

    def iter_errors(self, value: Any) -> Iterator[ValidationError]:
        """The violations that `MAX_STEPS` steps find, as they are found."""
        with suppress(ExplanationTooLongError):
            yield from self.iterate(value)

    def is_valid(self, value: Any) -> bool:
        """Whether `jsonschema` finds no violation. Raises `ExplanationTooLongError`."""
        return next(self.iterate(value), None) is None

    def iterate(self, value: Any) -> Iterator[ValidationError]:
        """The violations as they are found. Raises `ExplanationTooLongError` after `MAX_STEPS`."""
        budget = _Budget(self._checkers, self._part_check)
        yield from self._validator.evolve(format_checker=budget).iter_errors(value)

    def _part_check(self, part: Any) -> Callable[[Any], bool]:
        """The fast check of values by a part of the schema: of one item of a list, or of one member."""
        if id(part) not in self._part_checks:
            schema = {"allOf": [part], **self._targets}
            try:
                compiled = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
                self._part_checks[id(part)] = compiled.is_valid
            except ValueError:  # of a meta-schema, whose references lead to its own parts: all are explained
                self._part_checks[id(part)] = _never
        return self._part_checks[id(part)]


def _never(_value: Any) -> bool:
    return False
