"""Parsing of JSON bodies, with limits on nesting and on the number of values."""

from typing import Any, Final

from mockserver.formats.json_size import has_more_values
from mockserver.formats.json_text import MAX_DEPTH, parse_json

__all__ = ["MAX_DEPTH", "MAX_VALUES", "has_too_many_values", "read_json"]

MAX_VALUES: Final = 500_000
"""The values, at all depths, that a body may have: a body of 32 MB could have 16 million, in 1 GB."""


def read_json(text: bytes | str) -> Any:
    """The value.

    Raises `ValueError` if the text is not JSON, has more than `MAX_VALUES`, or is nested deeper than
    `MAX_DEPTH`.
    """
    raw = text.encode() if isinstance(text, str) else text
    if has_too_many_values(raw):
        raise ValueError(f"more than {MAX_VALUES} values")
    return parse_json(raw)


def has_too_many_values(raw: bytes) -> bool:
    """Whether a JSON text has more than `MAX_VALUES` values; it is not parsed for that."""
    return has_more_values(raw, MAX_VALUES)
