"""Error messages for schema violations: `jsonschema`, adjusted to agree with `jsonschema-rs`."""

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


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not re.search(python_pattern(pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


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


_OVERRIDES: Final = MappingProxyType({"pattern": _pattern, "multipleOf": _multiple_of, "oneOf": _one_of})
_Explainer = extend(Draft202012Validator, _OVERRIDES)  # type: ignore[no-untyped-call]


def explainer(schema: Any, formats: Sequence[str]) -> Any:
    """A validator of the schema that asserts the formats with the checks of `jsonschema-rs`."""
    checker = FormatChecker(formats=())
    for name in formats:
        is_valid = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid
        checker.checkers[name] = (is_valid, ())
    return _Explainer(schema, format_checker=checker)
