"""JSON values with the text that they were sent as, because Ortto quotes it in its errors (recorded)."""

from collections.abc import Iterator
from functools import cached_property
from json import JSONDecoder
from typing import Any, Final

_SPACE: Final = " \t\n\r"
_scan_once: Final = JSONDecoder(parse_int=str, parse_float=str).raw_decode
"""Finds the end of a value; numbers stay text, which Python does not convert at any length."""


class RawJson:
    """One value of a valid JSON text; `text` is its part of it."""

    def __init__(self, text: str) -> None:
        self.text: str = text.strip(_SPACE)

    @property
    def is_object(self) -> bool:
        """Whether the value is an object."""
        return self.text.startswith("{")

    @cached_property
    def members(self) -> list[tuple[str, "RawJson"]]:
        """The members of an object, in their order; of any other value, none."""
        return list(self._iterate_members()) if self.is_object else []

    @cached_property
    def items(self) -> list["RawJson"]:
        """The items of an array; of any other value, none."""
        return list(self._iterate_items()) if self.text.startswith("[") else []

    def find(self, step: str) -> "RawJson | None":
        """The member of this name, in any case, or the item of this number; None if there is none.

        Of equal names the last counts, as for Go's decoder.
        """
        if self.is_object:
            exact = [value for name, value in self.members if name == step]
            found = exact or [value for name, value in self.members if name.lower() == step.lower()]
            return found[-1] if found else None
        number = int(step) if step.isdecimal() else -1
        return self.items[number] if 0 <= number < len(self.items) else None

    def follow(self, tokens: list[str]) -> "RawJson | None":
        """The value that these tokens of a JSON pointer lead to; None if there is none."""
        value: RawJson | None = self
        for token in tokens:
            value = value.find(token) if value else None
        return value

    def _iterate_members(self) -> Iterator[tuple[str, "RawJson"]]:
        position = self._skip(1)
        while self.text[position] == '"':
            name, position = _scan_once(self.text, position)
            start = self._skip(self._skip(position) + 1)
            end = self._end(start)
            yield name, RawJson(self.text[start:end])
            position = (
                self._skip(self._skip(end) + 1) if self.text[self._skip(end)] == "," else len(self.text) - 1
            )

    def _iterate_items(self) -> Iterator["RawJson"]:
        position = self._skip(1)
        while self.text[position] != "]":
            end = self._end(position)
            yield RawJson(self.text[position:end])
            position = self._skip(end)
            if self.text[position] == ",":
                position = self._skip(position + 1)

    def _end(self, start: int) -> int:
        value: tuple[Any, int] = _scan_once(self.text, start)
        return value[1]

    def _skip(self, position: int) -> int:
        while self.text[position] in _SPACE:
            position += 1
        return position
