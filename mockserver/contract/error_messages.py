"""Why a value does not fit a schema, in words: `jsonschema`, made to agree with `jsonschema-rs`."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

_SPACE = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_DIFFERENT = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$", re.DOTALL)


def python_pattern(pattern: str) -> str:
    """An ECMA-262 pattern, JSON Schema's, so that Python reads it alike.

    Python's `$` also matches before a final newline, its `\\d` and `\\w` know every script, and its `\\s`
    not the same spaces.
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


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not re.search(python_pattern(pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _multiple_of(_validator: Any, step: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    # In decimal, as JSON writes numbers: 0.3 is a multiple of 0.1, which a division of floats denies.
    is_number = isinstance(instance, (int, float)) and not isinstance(instance, bool)
    if is_number and Fraction(str(instance)) % Fraction(str(step)):
        yield ValidationError(f"{instance!r} is not a multiple of {step}")


def _one_of(validator: Any, branches: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    for error in Draft202012Validator.VALIDATORS["oneOf"](validator, branches, instance, schema):
        yield from _errors_of_intended_branch(error, len(branches)) or [error]


def _errors_of_intended_branch(error: ValidationError, count: int) -> list[ValidationError]:
    """What is wrong with a value of which one member says, by a `const` in each branch, what it means to be.

    Else what is wrong by every branch, if anything is.
    """
    branches: list[list[ValidationError]] = [[] for _ in range(count)]
    for one in error.context or ():
        one.parent = None
        branches[int(one.schema_path[0])].append(one)
    named = [{one.path[0]: one for one in branch if _is_const_error(one)} for branch in branches]
    meant = [branch for branch, names in zip(branches, named, strict=True) if not names]
    if len(meant) == 1 and count > 1:
        return meant[0]
    for name in [] if meant else named[0]:
        if all(name in names for names in named):
            return [_unknown_name(name, [names[name] for names in named])]
    words = [{(*one.path, one.message) for one in branch} for branch in branches]
    return [one for one in branches[0] if all((*one.path, one.message) in said for said in words)]


def _unknown_name(member: Any, errors: list[ValidationError]) -> ValidationError:
    known, value = [one.validator_value for one in errors], errors[0].instance
    said = f"{value!r} is not one of {known!r}"
    return ValidationError(said, "enum", [member], None, (), known, value, {"enum": known})


def _is_const_error(error: ValidationError) -> bool:
    return [*error.schema_path][1:] == ["properties", *error.path, "const"]


_OVERRIDES: Final = MappingProxyType({"pattern": _pattern, "multipleOf": _multiple_of, "oneOf": _one_of})
_Explainer = extend(Draft202012Validator, _OVERRIDES)  # type: ignore[no-untyped-call]


def explainer(schema: Any, formats: Sequence[str]) -> Any:
    """A validator of the schema that asserts the formats, each by the verdict's own check of it."""
    checker = FormatChecker(formats=())
    for name in formats:
        verdict = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid
        checker.checkers[name] = (verdict, ())
    return _Explainer(schema, format_checker=checker)
