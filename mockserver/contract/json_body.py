"""Parsing of JSON bodies, with limits on nesting and on the number of values."""

from typing import Any, Final

import orjson

from mockserver.formats.json_size import has_more_values

MAX_DEPTH: Final = 200
"""The nesting that a caller may use. Bodies are encoded again in records and replies, and orjson decodes
deeper nesting than it encodes."""

MAX_VALUES: Final = 500_000
"""The values, at all depths, that a body may have: a body of 32 MB could have 16 million, in 1 GB."""

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
    return has_more_values(raw, MAX_VALUES)


def _is_too_deep(value: Any) -> bool:
    for _ in range(_ORJSON_MAX_DEPTH - MAX_DEPTH):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:  # depth is the only reason for which orjson cannot encode what it has decoded
        return True
    return False
