"""Bounds text that callers choose before it is kept: clipped for people, digested for keys."""

from hashlib import sha256
from json import JSONEncoder
from typing import Any, Final

MAX_KEY_LENGTH: Final = 300
"""The longest text that is a key itself, in characters."""

_JSON: Final = JSONEncoder(ensure_ascii=False, default=str, separators=(",", ":"))
_SPACED_JSON: Final = JSONEncoder(ensure_ascii=False, default=str)


def clip(text: str, most: int) -> str:
    """The text, or its start and its length if it has more than `most` characters."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"


def as_key(text: str) -> str:
    """The text as a key of an index or a cache: itself, or a digest of the same meaning if it is long.

    Distinct texts have distinct keys: no short text looks like a digest.
    """
    if len(text) <= MAX_KEY_LENGTH:
        return text
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"sha256:{digest}".ljust(MAX_KEY_LENGTH + 1, ".")


def json_excerpt(value: Any, most: int, *, spaced: bool = False) -> str:
    """The start of the value's JSON; the rest is never serialized, however large or deep it is."""
    if isinstance(value, str):
        value = value[: most + 1]
    text = ""
    for part in (_SPACED_JSON if spaced else _JSON).iterencode(value):
        text += part[: most + 1]
        if len(text) > most:
            return f"{text[:most]} …"
    return text
