"""When two values of JSON are the same: Python takes true for 1, JSON does not."""

from typing import Any


def same(one: Any, other: Any) -> bool:
    """Whether they are equal as JSON; the order of an object's members says nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
