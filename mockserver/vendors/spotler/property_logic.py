"""Contact properties: validation, merging and rendering of values by their types.

An account defines its properties. Values are stored as they are returned, except that a set is stored as a
mapping of bits to booleans.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso
from mockserver.state.records import Record

EMAIL: Final = "email"
PERMISSIONS: Final = "permissions"
"""The set whose bits subscribe a contact."""

_MAX_LENGTH: Final = 255
_MAX_INTEGER: Final = 2**63
_EMAIL = re.compile(r"[^@\s]+@[^@\s][^@\s.]*\.[^@\s]+")
_MOBILE = re.compile(r"\+?[0-9][0-9 ()-]{5,19}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.ASCII,
)
_POSTCODE = re.compile(r"[1-9][0-9]{3} ?[A-Za-z]{2}", re.ASCII)
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_STORED: Final[Mapping[str, type]] = {"set": dict, "int": int, "money": int}
"""How the values of these types are stored; those of all others are text."""
_GENDERS: Final = {"M": "M", "F": "F", "MALE": "M", "FEMALE": "F"}
_CLEARING: Final = (None, "")

Definition = Mapping[str, Any]


class PropertySet:
    """The properties of an account, by name."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._definitions = {one["name"]: one for one in definitions}
        self._sets = {name: one for name, one in self._definitions.items() if one["type"] == "set"}
        self._kinds = {name: _STORED.get(one["type"], str) for name, one in self._definitions.items()}

    def type_of(self, name: str) -> str | None:
        """The type of a property; None if the account has no such property."""
        found = self._definitions.get(name)
        return str(found["type"]) if found else None

    def is_text(self, name: str) -> bool:
        """True if the property can be answered by a text, as all but sets can."""
        return name in self._definitions and name not in self._sets

    def valid(self, values: Mapping[str, Any]) -> Record:
        """Those of the values that fit their properties, as they are stored."""
        found: Record = {}
        for name, value in values.items():
            with suppress(Problem):
                found |= self.merge({}, {name: value}, purge=False)
        return found

    def merge(self, before: Record, changes: Mapping[str, Any], purge: bool) -> Record:
        """Merges changes into stored properties; with `purge` the changes replace all of them.

        A null or empty text removes a property; of a set only the bits of the change are updated. Raises the
        problems email_invalid and property_invalid.
        """
        after = {} if purge else self._present(before)
        if changes.get(EMAIL) is not None and EMAIL in self._definitions:
            self._read(EMAIL, changes[EMAIL])  # the vendor's messages name the e-mail address first
        for name, value in changes.items():
            if name not in self._definitions:
                raise Problem("property_invalid")
            if value in _CLEARING and not (name == EMAIL and value == ""):
                after.pop(name, None)
            elif name in self._sets:
                after[name] = after.get(name, {}) | self._read(name, value)
            else:
                after[name] = self._read(name, value)
        return after

    def render(self, stored: Record) -> dict[str, Any]:
        """The properties that have a value, and every set with all its bits."""
        values = self._present(stored)
        sets = {name: _render_set(values.get(name, {}), one) for name, one in self._sets.items()}
        return values | sets

    def _present(self, stored: Record) -> Record:
        """The stored values of present properties; one that was redefined may have had another type."""
        kinds = self._kinds
        return {name: value for name, value in stored.items() if type(value) is kinds.get(name)}

    def _read(self, name: str, value: Any) -> Any:
        """The value as it is stored. Raises the problems email_invalid and property_invalid."""
        definition = self._definitions[name]
        try:
            return _READERS.get(definition["type"], partial(_read_set, definition))(value)
        except (ValueError, TypeError, OverflowError, KeyError) as error:
            raise Problem("email_invalid" if definition["type"] == EMAIL else "property_invalid") from error


def matches(stored: Record, name: str, value: str) -> bool:
    """True if the property has this value, case-insensitively."""
    return str(stored.get(name, "")).casefold() == value.casefold()


def subscribes(changes: Mapping[str, Any]) -> bool:
    """True if the changes switch a permission on."""
    bits = changes.get(PERMISSIONS)
    return isinstance(bits, list) and any(
        isinstance(one, dict) and one.get("enabled") is True for one in bits
    )


def _read_text(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > _MAX_LENGTH:
        raise ValueError
    return value


def _read_pattern(pattern: re.Pattern[str], value: Any) -> str:
    text = _read_text(value)
    if not pattern.fullmatch(text):
        raise ValueError
    return text


def _read_date(value: Any) -> str:
    text = _read_pattern(_DATE, value)
    date.fromisoformat(text)
    return text


def _read_date_time(value: Any) -> str:
    text = _read_pattern(_DATE_TIME, value)
    from_iso(text)
    return text


def _read_integer(value: Any) -> int:
    """A whole number of 64 bits; clients of loosely typed languages send it as text."""
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError
    number = int(_read_pattern(_INTEGER, value) if isinstance(value, str) else value)
    if not -_MAX_INTEGER <= number < _MAX_INTEGER:
        raise ValueError
    return number


def _read_gender(value: Any) -> str:
    return _GENDERS[value.upper() if isinstance(value, str) else value]


def _read_set(definition: Definition, value: Any) -> dict[str, bool]:
    known = {one["bit"] for one in definition["entries"]}
    found = {}
    if not isinstance(value, list):
        raise TypeError
    for one in value:
        bit, enabled = _read_integer(one["bit"]), one["enabled"]
        if bit not in known or not isinstance(enabled, bool):
            raise ValueError
        found[str(bit)] = enabled
    return found


def _render_set(stored: Mapping[str, bool], definition: Definition) -> list[dict[str, Any]]:
    return [
        {"bit": one["bit"], "enabled": stored.get(str(one["bit"]), False), "description": one["description"]}
        for one in definition["entries"]
    ]


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "birthdate": _read_date,
    "date": _read_date,
    "dateTime": _read_date_time,
    "email": partial(_read_pattern, _EMAIL),
    "gender": _read_gender,
    "int": _read_integer,
    "mobNr": partial(_read_pattern, _MOBILE),
    "money": _read_integer,
    "postcode": partial(_read_pattern, _POSTCODE),
    "string": _read_text,
}
