"""A JSON Schema with two voices: `jsonschema-rs` gives the verdict, `jsonschema` explains a refusal.

Compiling is put off until the schema is first used, since a contract has many that a run never meets.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from mockserver.contract.document import pointer

FORMATS = ("date", "date-time", "uuid", "email", "uri")
"""The formats that we assert; lint refuses any other."""

_LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a value: where (JSON pointer), which keyword, in words, and the value there."""

    pointer: str
    keyword: str
    message: str
    value: Any


class Schema:
    """A schema of a contract; its `$ref`s point into `components` of the same document."""

    def __init__(self, schema: Any, components: dict[str, Any]) -> None:
        self.schema = schema
        self._components = components

    def fits(self, value: Any) -> bool:
        """The verdict, in microseconds."""
        return self._verdict(value)

    def flaws(self, value: Any) -> list[Flaw]:
        """Everything that is wrong with the value; empty if it fits."""
        if self._verdict(value):
            return []
        try:
            found = [_flaw(error) for error in self.explainer.iter_errors(value)]
            # The verdict stands, whatever the explanation finds.
            found = found or [_flaw_in_short(error) for error in self._judge.iter_errors(value)]
        except (RecursionError, ValueError):  # how Python and Rust give up on a caller's very deep nesting
            found = [Flaw("", "nesting", "does not fit, and is nested too deeply to say where", value)]
        return sorted(found, key=lambda flaw: (flaw.pointer, flaw.keyword, flaw.message))

    @cached_property
    def whole(self) -> dict[str, Any]:
        """The schema as a document of its own, its references resolvable inside it."""
        schema = self.schema if isinstance(self.schema, dict) else {"allOf": [self.schema]}
        return {**schema, "components": {"schemas": self._components}}

    @cached_property
    def _judge(self) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator(self.whole, validate_formats=True)

    @cached_property
    def _verdict(self) -> Callable[[Any], bool]:
        return self._judge.is_valid

    @cached_property
    def explainer(self) -> Any:
        """The slow voice, also the oracle that the fast one is tested against."""
        return _Explainer(self.whole, format_checker=_FORMAT_CHECKER)


def _flaw(error: ValidationError) -> Flaw:
    return Flaw(
        pointer(list(error.absolute_path)), str(error.validator), _capped(error.message), error.instance
    )


def _flaw_in_short(error: jsonschema_rs.ValidationError) -> Flaw:
    return Flaw(pointer(error.instance_path), error.kind.name, _capped(error.message), error.instance)


def _capped(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else message[:_LONGEST_MESSAGE] + " …"


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


def _format_checker() -> FormatChecker:
    # Both voices must mean the same by a format, so the explanation asks the verdict's own check.
    checker = FormatChecker(formats=())
    for name in FORMATS:
        verdict = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid
        checker.checkers[name] = (verdict, ())
    return checker


_OVERRULED: Final = MappingProxyType({"pattern": _pattern, "multipleOf": _multiple_of})
_FORMAT_CHECKER = _format_checker()
_Explainer = extend(Draft202012Validator, _OVERRULED)  # type: ignore[no-untyped-call]
