"""JSON pointers (RFC 6901): parsing, formatting, resolving; and equality of JSON values."""

from collections.abc import Iterable, Sequence
from typing import Any, Final


class Missing:
    """The type of MISSING."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing()
"""The result of `resolve` if a pointer leads to nothing; `null` is a value."""


def parse_pointer(pointer: str) -> list[str]:
    """The unescaped tokens of a JSON pointer: `/a~1b/0` is `["a/b", "0"]`."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def format_pointer(tokens: Iterable[Any]) -> str:
    """The JSON pointer of these tokens: `["a/b", 0]` is `/a~1b/0`."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


def resolve(value: Any, pointer: str | Sequence[Any]) -> Any:
    """The value at a JSON pointer, or at its tokens; `MISSING` if there is none."""
    for token in parse_pointer(pointer) if isinstance(pointer, str) else pointer:
        key = child_key(value, token)
        if key is MISSING:
            return MISSING
        value = value[key]
    return value


def child_key(holder: Any, token: Any) -> Any:
    """The key or index of a container that a token names; `MISSING` if it does not exist."""
    if isinstance(holder, dict):
        return token if token in holder else MISSING
    if isinstance(holder, list):
        text = str(token)
        if text.isascii() and text.isdecimal() and int(text) < len(holder):
            return int(text)
    return MISSING


def json_equal(one: Any, other: Any) -> bool:
    """Whether two values are equal as JSON: `true` is not `1`, and the order of members does not matter."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            json_equal(value, other[name]) for name, value in one.items()
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(json_equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
