"""Partial failure: how a bulk operation reports that one of its items failed (`x-partial`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.formats.json_pointer import resolve


@dataclass(frozen=True)
class PartialFailureSpec:
    """The partial failure of one operation.

    `items` is a JSON pointer into the call's body, `results` into the reply's. `failed` is the report of a
    failed item, in which a value `{name}` is replaced by that member of the item. `all` is the problem if no
    item is left.
    """

    items: str
    results: str
    failed: Mapping[str, Any]
    all: str | None = None

    def find_items(self, body: Any) -> list[Any] | None:
        """The list of items in a call's body; None if there is none."""
        return _list(body, self.items)

    def find_results(self, body: Any) -> list[Any] | None:
        """The list of results in a reply's body; None if there is none."""
        return _list(body, self.results)

    def failure_report(self, item: Any) -> dict[str, Any]:
        """The report of a failed item."""
        return {name: _fill(value, item) for name, value in self.failed.items()}


def _list(body: Any, pointer: str) -> list[Any] | None:
    found = resolve(body, pointer)
    return found if isinstance(found, list) else None


def _fill(value: Any, item: Any) -> Any:
    if isinstance(value, str) and value[:1] + value[-1:] == "{}" and isinstance(item, dict):
        return item.get(value[1:-1])
    return value
