"""How an operation on many items says that one of them failed (`x-partial`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.formats.json_pointer import resolve


@dataclass(frozen=True)
class PartialFailureSpec:
    """`items` points into the call's body and `results` into the reply's; `failed` is the report of such an
    item, in which a value `{name}` is the item's own member; `all` is the problem where no item is left.
    """

    items: str
    results: str
    failed: Mapping[str, Any]
    all: str | None = None

    def find_items(self, body: Any) -> list[Any] | None:
        """The items of a call's body, as they stand there."""
        return _list(body, self.items)

    def find_results(self, body: Any) -> list[Any] | None:
        """The results in a reply's body, as they stand there."""
        return _list(body, self.results)

    def failure_report(self, item: Any) -> dict[str, Any]:
        """What is said of a failed item."""
        return {name: _fill(value, item) for name, value in self.failed.items()}


def _list(body: Any, pointer: str) -> list[Any] | None:
    found = resolve(body, pointer)
    return found if isinstance(found, list) else None


def _fill(value: Any, item: Any) -> Any:
    if isinstance(value, str) and value[:1] + value[-1:] == "{}" and isinstance(item, dict):
        return item.get(value[1:-1])
    return value
