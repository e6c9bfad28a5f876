"""The number of values in a JSON text before it is parsed: a text can need a hundred times its memory."""

import re
from typing import Final

_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""A string; an open one takes the rest of the text, so that none is looked through twice."""


def has_more_values(text: bytes, most: int) -> bool:
    """Whether a JSON text has more values than this, at all depths; it is not parsed for that."""
    if len(text) <= most or _count_values(text, 0, len(text)) <= most:
        return False
    values = end = 0
    for string in _STRING.finditer(text):
        values += _count_values(text, end, string.start())
        end = string.end()
        if values > most:
            return True
    return values + _count_values(text, end, len(text)) > most


def _count_values(text: bytes, start: int, end: int) -> int:
    """The commas and opening brackets: at least the values that are not the first in their container."""
    return sum(text.count(mark, start, end) for mark in (b",", b"[", b"{"))
