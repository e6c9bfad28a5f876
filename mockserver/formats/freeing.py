"""Freeing many objects in parts, between which other threads run."""

from typing import Any, Final

_AT_ONCE: Final = 5_000  # a millisecond


def free(items: list[Any], at_once: int = _AT_ONCE) -> None:
    """Empties the list, which may be long and the last reference to what is in it."""
    while len(items) > at_once:
        del items[-at_once:]
    items.clear()
