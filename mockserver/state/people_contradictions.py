"""Given fields of a person that cannot all be true. One of them would be lost without a word."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple


class Contradiction(NamedTuple):
    """A given field that the others rule out: its name, what is wrong, and the fix."""

    field: str
    what: str
    fix: str


_PAST: Final = ("optedOutDaysAgo", "movedDaysAgo")
_SINCE_JOINED: Final = ("lastOrderDaysAgo", *_PAST)
_MOST_OF_A_CENT: Final = 1e-6  # 19.99 * 100 is not exactly 1999


def find_contradiction(given: Mapping[str, Any], history: float) -> Contradiction | None:
    """The first contradiction in the given fields of a person; `history` is the world's, in days."""
    return next((found for rule in _RULES if (found := rule(given, history))), None)


def _without_orders(given: Mapping[str, Any], _history: float) -> Contradiction | None:
    named = "spent" if given.get("spent") else "lastOrderDaysAgo"
    if given.get("orders") != 0 or not (given.get("spent") or "lastOrderDaysAgo" in given):
        return None
    return Contradiction(named, "a person without orders has it", "leave it out, or give orders")


def _before_joining(given: Mapping[str, Any], _history: float) -> Contradiction | None:
    joined = given.get("joinedDaysAgo")
    named = next((name for name in _SINCE_JOINED if joined is not None and given.get(name, 0) > joined), None)
    if named is None:
        return None
    return Contradiction(
        named, f"it was before the person joined, {joined} days ago", f"give at most {joined}"
    )


def _part_of_a_cent(given: Mapping[str, Any], _history: float) -> Contradiction | None:
    cents = given.get("spent", 0) * 100
    if abs(cents - round(cents)) < _MOST_OF_A_CENT * max(1, cents):
        return None
    return Contradiction("spent", f"{given['spent']} has a part of a cent", "give at most two decimals")


def _still_accepts(given: Mapping[str, Any], _history: float) -> Contradiction | None:
    if "optedOutDaysAgo" not in given or not given.get("acceptsEmail"):
        return None
    return Contradiction("acceptsEmail", "the person has opted out", "make it false, or leave it out")


def _without_history(given: Mapping[str, Any], history: float) -> Contradiction | None:
    named = next((name for name in _PAST if name in given and (not history or given[name] > history)), None)
    if named is None:
        return None
    what = f"the history has {history} days" if history else "the world has no history"
    return Contradiction(named, what, "give `life: {history: 365}`, or another number")


def _not_moved(given: Mapping[str, Any], _history: float) -> Contradiction | None:
    if "formerCity" not in given or "movedDaysAgo" in given:
        return None
    return Contradiction("formerCity", "the person has not moved", "give movedDaysAgo too")


_RULES: Final[tuple[Callable[[Mapping[str, Any], float], Contradiction | None], ...]] = (
    _without_orders,
    _before_joining,
    _part_of_a_cent,
    _still_accepts,
    _without_history,
    _not_moved,
)
