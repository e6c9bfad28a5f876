"""Parsing of JSON bodies, with a limit on nesting."""

from typing import Any, Final

import orjson

MAX_DEPTH: Final = 200
"""The nesting that a caller may use. Bodies are encoded again in records and replies, and orjson decodes
deeper nesting than it encodes."""

_ORJSON_MAX_DEPTH: Final = 254
"""The deepest nesting that orjson encodes."""


def read_json(text: bytes | str) -> Any:
    """The value. Raises `ValueError` if the text is not JSON, or nested deeper than `MAX_DEPTH`."""
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
    except TypeError:  # depth is the only reason for which orjson cannot encode what it has decoded
        return True
    return False
