"""Secret values, recognized by their form: those that this server issues, and keys with a vendor's prefix.

Every random value that the server issues carries a mark. A text is therefore searched for all of them at
once, whichever world or process issued them, and whether or not they are still valid.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import AnyStr, Final
from urllib.parse import unquote_plus

from mockserver.formats.secret_mark import MARK
from mockserver.formats.secret_mark import REDACTED as REDACTED

_MIN_SIGN: Final = 4
_MIN_VALUE_LENGTH: Final = 12  # a shorter fixed value could be an ordinary word
_WORD: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_BEFORE: Final = 64  # the longest part of a value before its mark
_AFTER: Final = 256  # the longest part from there on
ESCAPES: Final = ("%", "&#", "\\u00", "\\x")
"""Texts without any of these have no escaped character."""
_ESCAPE: Final = re.compile(r"(?:\\u00|\\x|%u00)([0-9a-fA-F]{2})")
_MOST_ROUNDS: Final = 4  # of escapes within escapes


def contains_any(text: AnyStr, parts: tuple[AnyStr, ...]) -> bool:
    """Whether any of the parts is in the text. Every call asks this: a generator would take twice as long."""
    for part in parts:  # noqa: SIM110
        if part in text:
            return True
    return False


class SecretValues:
    """Finds secret values in texts: marked ones, keys with one of the `prefixes`, and fixed `values`."""

    def __init__(self, prefixes: Iterable[str] = (), values: Iterable[str] = ()) -> None:
        prefixes = sorted(set(prefixes))
        self._values = sorted(filter(_is_distinctive, set(values)), key=len, reverse=True)
        starts = "|".join(map(re.escape, prefixes))
        self._keys = re.compile(rf"(?<![A-Za-z0-9])(?:{starts})[\w.@-]{{4,}}") if prefixes else None
        self.signs: tuple[str, ...] = _shared_parts([MARK, *prefixes, *self._values])
        """Texts without any of these contain no secret value, unless it is escaped."""

    def redact(self, text: str) -> str:
        """The text with secret values redacted; redacted as a whole if an escaped form of one is in it."""
        text = self._redact_plain(text)
        if contains_any(text, ESCAPES):
            decoded = _decode(text)
            if decoded != text and self._redact_plain(decoded) != decoded:
                return REDACTED
        return text

    def find(self, text: str) -> list[str]:
        """The secret values in the text that are not escaped."""
        if not contains_any(text, self.signs):
            return []
        found = _marked_values(text) if MARK in text else []
        found += self._keys.findall(text) if self._keys else []
        return found + [value for value in self._values if value in text]

    def _redact_plain(self, text: str) -> str:
        if not contains_any(text, self.signs):
            return text
        if MARK in text:
            text = _redact_marked(text)
        if self._keys:
            text = self._keys.sub(REDACTED, text)
        for value in self._values:
            text = text.replace(value, REDACTED)
        return text


def _shared_parts(terms: list[str]) -> tuple[str, ...]:
    """A few texts such that each of the terms contains one of them."""
    parts = []
    while terms:
        within = (
            {one[start : start + size] for start in range(len(one) - size + 1)}
            for one in terms
            for size in range(_MIN_SIGN, len(one) + 1)
        )
        counts = Counter(chain.from_iterable(within))
        best = max(counts, key=lambda part: (counts[part], len(part), part))
        parts.append(best)
        terms = [one for one in terms if best not in one]
    return tuple(parts)


def _is_distinctive(value: str) -> bool:
    return len(value) >= _MIN_VALUE_LENGTH


def _redact_marked(text: str) -> str:
    """The text without marked values, each with the prefix and the suffix that belong to it."""
    parts, end = [], 0
    for start, stop in _marked_places(text):
        parts += [text[end:start], REDACTED]
        end = stop
    return "".join([*parts, text[end:]])


def _marked_values(text: str) -> list[str]:
    return [text[start:stop] for start, stop in _marked_places(text)]


def _marked_places(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each marked value, with the prefix and the suffix that belong to it."""
    end, start = 0, text.find(MARK)
    while start >= 0:
        before = text[max(end, start - _BEFORE) : start]
        after = text[start : start + _AFTER]
        end = start + len(after) - len(after.lstrip(_WORD + ".@"))
        yield start - len(before) + len(before.rstrip(_WORD)), end
        start = text.find(MARK, end)


def _decode(text: str) -> str:
    """The text with percent escapes, character references and those of JSON and JavaScript resolved.

    What is resolved may be an escape again, a few times over.
    """
    for _ in range(_MOST_ROUNDS):
        before = text
        text = html.unescape(unquote_plus(text, errors="replace"))
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
        if text == before or not contains_any(text, ESCAPES):
            break
    return text
