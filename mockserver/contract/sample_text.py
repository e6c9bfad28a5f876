"""A text that matches a pattern or a format, for examples that no document gives."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

from mockserver.errors import NoSampleError

FORMATTED: Final = {
    "date": "2026-01-15",
    "date-time": "2026-01-15T09:30:00Z",
    "uuid": "0e9c8f4e-58a7-4f0b-9a5d-5d2f4f1c7a10",
    "email": "someone@example.com",
    "uri": "https://www.example.com/",
}
"""A text of each format that is asserted."""

_MAX_LENGTH: Final = 2_000
_CATEGORIES: Final = {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}
_CANDIDATES: Final = "aA0-_ .x/:@#é"


def matching_text(pattern: str) -> str | None:
    """The shortest simple text that matches the pattern; None if it is not found that easily."""
    try:
        # The parser of `re` has no public name.
        parsed = import_module("re._parser").parse(pattern)
        text = "".join(_texts(parsed))
        return text if len(text) <= _MAX_LENGTH and re.search(pattern, text) else None
    except (re.error, RecursionError, OverflowError, NoSampleError):
        return None


def _texts(parsed: Any) -> Iterator[str]:
    for code, value in parsed:
        yield from _text(str(code), value)


def _text(code: str, value: Any) -> Iterator[str]:
    if code == "LITERAL":
        yield chr(value)
    elif code == "ANY":
        yield "a"
    elif code == "NOT_LITERAL":
        yield "b" if chr(value) == "a" else "a"
    elif code == "IN":
        yield _member(value)
    elif code in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, _most, repeated = value
        text = "".join(_texts(repeated))
        if len(text) * least > _MAX_LENGTH:
            raise NoSampleError(code)
        yield text * least
    elif code == "SUBPATTERN":
        yield from _texts(value[-1])
    elif code == "BRANCH":
        yield from _texts(value[1][0])
    elif code != "AT":
        raise NoSampleError(code)


def _member(members: Any) -> str:
    """A character of a set."""
    if str(members[0][0]) == "NEGATE":
        found = next((one for one in _CANDIDATES if not _contains(members[1:], one)), None)
        if found is None:
            raise NoSampleError("negated set")
        return found
    code, value = str(members[0][0]), members[0][1]
    if code == "CATEGORY":
        return _CATEGORIES.get(str(value), "-")
    return chr(value[0] if code == "RANGE" else value)


def _contains(members: Any, character: str) -> bool:
    for code, value in members:
        if str(code) == "LITERAL" and ord(character) == value:
            return True
        if str(code) == "RANGE" and value[0] <= ord(character) <= value[1]:
            return True
        if str(code) == "CATEGORY" and character in _of_category(str(value)):
            return True
    return False


def _of_category(name: str) -> str:
    inside = {"DIGIT": "0", "SPACE": " ", "WORD": "aA0_xé"}[name.rpartition("_")[2]]
    return "".join(set(_CANDIDATES) - set(inside)) if "_NOT_" in name else inside
