"""JSON as callers send it."""

from typing import Any, Final

import orjson

MAX_DEPTH: Final = 200
"""How deep a caller may nest: what is read has to be written again, within records and replies, and orjson
reads deeper than it writes."""

_ORJSON_MAX_DEPTH: Final = 254
"""How deep orjson writes."""


def read_json(text: bytes | str) -> Any:
    """The value. Raises `ValueError` for what is no JSON, and for what is nested deeper than `DEEPEST`."""
    value = orjson.loads(text)
    raw = text.encode() if isinstance(text, str) else text
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _is_too_deep(value):
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    return value


def _is_too_deep(value: Any) -> bool:
    for _ in range(_ORJSON_MAX_DEPTH - MAX_DEPTH):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:  # of what was read nothing else cannot be written
        return True
    return False
