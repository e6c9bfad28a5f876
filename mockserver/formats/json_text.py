"""JSON text, parsed with a limit on its nesting, which every reader of files and bodies keeps.

Code that walks a value calls itself for each level; without a limit a small file of brackets ends it.
"""

import json
from typing import Any, Final

import orjson

MAX_DEPTH: Final = 200
"""The nesting that a text may have. Bodies are encoded again in records and replies, and orjson decodes
deeper nesting than it encodes."""

_ORJSON_MAX_DEPTH: Final = 254
"""The deepest nesting that orjson encodes."""


def parse_json(text: bytes | str) -> Any:
    """The value. Raises `ValueError` if the text is not JSON, or nested deeper than `MAX_DEPTH`."""
    raw = text.encode() if isinstance(text, str) else text
    value = orjson.loads(raw)
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        _check_depth(value)
    return value


def half_character(value: Any) -> str | None:
    """Half a surrogate pair in a text of the value, which UTF-8 cannot have; None without one."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half: str = error.object[error.start]
        return half
    return None


def _check_depth(value: Any) -> None:
    for _ in range(_ORJSON_MAX_DEPTH - MAX_DEPTH):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:  # depth is the only reason for which orjson cannot encode what it has decoded
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels") from None
