"""Parsing of JSON bodies, with limits on nesting and on the number of values."""

import re
from typing import Any, Final

import orjson

MAX_DEPTH: Final = 200
"""The nesting that a caller may use. Bodies are encoded again in records and replies, and orjson decodes
deeper nesting than it encodes."""

MAX_VALUES: Final = 500_000
"""The values, at all depths, that a body may have: a body of 32 MB could have 16 million, in 1 GB."""

_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_ORJSON_MAX_DEPTH: Final = 254
"""The deepest nesting that orjson encodes."""


def read_json(text: bytes | str) -> Any:
    """The value.

    Raises `ValueError` if the text is not JSON, has more than `MAX_VALUES`, or is nested deeper than
    `MAX_DEPTH`.
    """
    raw = text.encode() if isinstance(text, str) else text
    if has_too_many_values(raw):
        raise ValueError(f"more than {MAX_VALUES} values")
    value = orjson.loads(raw)
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _is_too_deep(value):
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    return value


def has_too_many_values(raw: bytes) -> bool:
    """Whether a JSON text has more than `MAX_VALUES` values; it is not parsed for that."""
    if len(raw) <= MAX_VALUES or _count_values(raw, 0, len(raw)) <= MAX_VALUES:
        return False
    values = end = 0
    for string in _STRING.finditer(raw):
        values += _count_values(raw, end, string.start())
        end = string.end()
        if values > MAX_VALUES:
            return True
    return values + _count_values(raw, end, len(raw)) > MAX_VALUES


def _count_values(raw: bytes, start: int, end: int) -> int:
    """The commas and opening brackets: at least the values that are not the first in their container."""
    return sum(raw.count(mark, start, end) for mark in (b",", b"[", b"{"))


def _is_too_deep(value: Any) -> bool:
    for _ in range(_ORJSON_MAX_DEPTH - MAX_DEPTH):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:  # depth is the only reason for which orjson cannot encode what it has decoded
        return True
    return False
