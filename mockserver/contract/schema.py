"""A JSON Schema with two voices: `jsonschema-rs` gives the verdict, `jsonschema` explains a refusal.

Compiling is put off until the schema is first used, since a contract has many that a run never meets.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

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
        found = [_flaw(error) for error in self.explainer.iter_errors(value)]
        return sorted(found, key=lambda flaw: (flaw.pointer, flaw.keyword, flaw.message))

    @cached_property
    def whole(self) -> dict[str, Any]:
        """The schema as a document of its own, its references resolvable inside it."""
        schema = self.schema if isinstance(self.schema, dict) else {"allOf": [self.schema]}
        return {**schema, "components": {"schemas": self._components}}

    @cached_property
    def _verdict(self) -> Callable[[Any], bool]:
        return jsonschema_rs.Draft202012Validator(self.whole, validate_formats=True).is_valid

    @cached_property
    def explainer(self) -> Any:
        """The slow voice, also the oracle that the fast one is tested against."""
        return _Explainer(self.whole, format_checker=_FORMAT_CHECKER)


def _flaw(error: ValidationError) -> Flaw:
    message = error.message
    if len(message) > _LONGEST_MESSAGE:
        message = message[:_LONGEST_MESSAGE] + " …"
    return Flaw(pointer(list(error.absolute_path)), str(error.validator), message, error.instance)


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    # Python's `$` also matches before a final newline, which JSON Schema's does not.
    strict = pattern[:-1] + r"\Z" if pattern.endswith("$") and not pattern.endswith(r"\$") else pattern
    if isinstance(instance, str) and not re.search(strict, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _format_checker() -> FormatChecker:
    # Both voices must mean the same by a format, so the explanation asks the verdict's own check.
    checker = FormatChecker(formats=())
    for name in FORMATS:
        verdict = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid
        checker.checkers[name] = (verdict, ())
    return checker


_FORMAT_CHECKER = _format_checker()
_Explainer = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
