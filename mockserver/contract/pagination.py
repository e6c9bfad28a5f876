"""Where in a list a reply stands, for operations that answer page by page (`x-pages`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.formats.json_pointer import MISSING, resolve

POSITIONS: Final = ("first", "middle", "last", "beyond")


@dataclass(frozen=True)
class PaginationSpec:
    """`by` are what a caller names the place of a page with, `size` what it names its length with: a query
    parameter, or a JSON pointer into the body. `items` points into the reply, and so does `next`: to what is
    null, false, empty or absent on the last page. Without `next` the last page is one that is not full.
    """

    by: tuple[str, ...]
    items: str
    next: str | None = None
    size: str | None = None
    page_length: int = 1

    def position(self, query: Mapping[str, str], sent: Any, reply: Any) -> str | None:
        """One of `POSITIONS`; None where the reply is no page."""
        if all(_is_start(self._sent_value(place, query, sent)) for place in self.by):
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
        # A vendor may give less than it was asked for, but never less than its own length of a page.
        return len(items) < min(
            self.page_length, int(asked) if asked.isdecimal() and int(asked) else self.page_length
        )

    def _sent_value(self, place: str, query: Mapping[str, str], sent: Any) -> Any:
        return resolve(sent, place) if place.startswith("/") else query.get(place, MISSING)


def _is_start(said: Any) -> bool:
    """Nothing, null, zero, or an id of zeros: the list from its beginning."""
    return said is MISSING or said is None or not str(said).strip("0-")
