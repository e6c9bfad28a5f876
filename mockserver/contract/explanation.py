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
_UNLIKE = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$", re.DOTALL)


def python_pattern(pattern: str) -> str:
    """An ECMA-262 pattern, JSON Schema's, so that Python reads it alike.

    Python's `$` also matches before a final newline, its `\\d` and `\\w` know every script, and its `\\s`
    not the same spaces.
    """
    return f"(?a:{_UNLIKE.sub(_alike, pattern)})"


def _alike(token: re.Match[str]) -> str:
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


_OVERRULED: Final = MappingProxyType({"pattern": _pattern, "multipleOf": _multiple_of})
_Explainer = extend(Draft202012Validator, _OVERRULED)  # type: ignore[no-untyped-call]


def explainer(schema: Any, formats: Sequence[str]) -> Any:
    """A validator of the schema that asserts the formats, each by the verdict's own check of it."""
    checker = FormatChecker(formats=())
    for name in formats:
        verdict = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid
        checker.checkers[name] = (verdict, ())
    return _Explainer(schema, format_checker=checker)
