"""Patterns: what is expected of a value, as JSON can express it: `{"$match": {"type": "integer"}}`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Final

from mockserver.formats.json_pointer import json_equal

_Number = int | float

TYPES: Final[Mapping[str, Callable[[Any], bool]]] = MappingProxyType(
    {
        "array": lambda value: isinstance(value, list),
        "boolean": lambda value: isinstance(value, bool),
        "integer": lambda value: _is_number(value) and float(value).is_integer(),
        "null": lambda value: value is None,
        "number": lambda value: _is_number(value),
        "object": lambda value: isinstance(value, dict),
        "string": lambda value: isinstance(value, str),
    }
)
"""The types of JSON Schema, each with its test."""


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """Conditions on a value, all of which must hold; without any, it matches any value.

    `exactly` allows no further members, unlike a plain object; `missing` matches if there is no such member,
    and nothing else. `contains` is a part of a text, or an item of a list.
    """

    type: str | None = None
    minimum: _Number | None = None
    maximum: _Number | None = None
    contains: Any = ...
    one_of: Sequence[Any] | None = None
    exactly: Any = ...
    missing: bool = False

    def __repr__(self) -> str:
        given = [(one.name, getattr(self, one.name)) for one in fields(self)]
        words = [
            str(value) if name == "type" else name if value is True else f"{name} {value!r}"
            for name, value in given
            if value is not ... and value is not None and value is not False
        ]
        return f"<{', '.join(words) or 'ANY'}>"

    def matches(self, actual: Any) -> bool:
        """Whether the value, which exists, is as expected."""
        return not self.missing and all(check(actual) for check in self._checks())

    def convert(self, value: Callable[[Any], Any]) -> "Pattern":
        """The pattern with its expected values converted: for what is text, such as query parameters."""
        return replace(
            self,
            contains=value(self.contains),
            one_of=None if self.one_of is None else [value(one) for one in self.one_of],
            exactly=value(self.exactly),
        )

    def _checks(self) -> list[Callable[[Any], bool]]:
        checks: list[Callable[[Any], bool]] = []
        least, most, choices = self.minimum, self.maximum, self.one_of
        if self.type is not None:
            checks.append(TYPES[self.type])
        if least is not None:
            checks.append(lambda actual: _is_number(actual) and actual >= least)
        if most is not None:
            checks.append(lambda actual: _is_number(actual) and actual <= most)
        if self.contains is not ...:
            checks.append(self._is_contained)
        if choices is not None:
            checks.append(lambda actual: any(json_equal(one, actual) for one in choices))
        if self.exactly is not ...:
            checks.append(lambda actual: json_equal(self.exactly, actual))
        return checks

    def _is_contained(self, actual: Any) -> bool:
        if isinstance(actual, str):
            return isinstance(self.contains, str) and self.contains in actual
        return isinstance(actual, list) and any(json_equal(self.contains, one) for one in actual)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
