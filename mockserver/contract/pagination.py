"""Pagination of a list operation (`x-pages`), and the position of a reply's page in the list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.formats.json_pointer import MISSING, resolve

_MAX_DIGITS: Final = 1_000
POSITIONS: Final = ("first", "middle", "last", "beyond")


@dataclass(frozen=True)
class PaginationSpec:
    """The pagination of one operation.

    `by` selects a page and `size` sets its length: query parameters, or JSON pointers into the call's body.
    `items` and `next` are JSON pointers into the reply; the value at `next` is null, false, empty or absent
    on the last page. Without `next`, the last page is one that is not full.
    """

    by: tuple[str, ...]
    items: str
    next: str | None = None
    size: str | None = None
    page_length: int = 1

    def position(self, query: Mapping[str, str], sent: Any, reply: Any) -> str | None:
        """One of `POSITIONS`; None if the reply is not a page."""
        if all(_is_start(self._sent_value(name, query, sent)) for name in self.by):
            return "first"
        items = resolve(reply, self.items)
        if items is MISSING or not isinstance(items, list | None):
            return None
        if not items:
            return "beyond"
        return "last" if self._is_last(items, query, sent, reply) else "middle"

    def _is_last(self, items: list[Any], query: Mapping[str, str], sent: Any, reply: Any) -> bool:
        if self.next is not None:
            following = resolve(reply, self.next)
            return following is MISSING or not following
        asked = str(self._sent_value(self.size, query, sent)) if self.size else ""
        # A vendor may return fewer items than requested, but not fewer than its default page length.
        return len(items) < min(self.page_length, whole_number(asked) or self.page_length)

    def _sent_value(self, name: str, query: Mapping[str, str], sent: Any) -> Any:
        return resolve(sent, name) if name.startswith("/") else query.get(name, MISSING)


def whole_number(text: str) -> int | None:
    """The number in the text; None for another text, and for more digits than Python reads."""
    return int(text) if text.isdecimal() and len(text) <= _MAX_DIGITS else None


def _is_start(value: Any) -> bool:
    """Whether the value selects the first page: absent, null, zero, or an id of zeros."""
    return value is MISSING or value is None or not str(value).strip("0-")
