"""The faults that a call can meet, those first that clients most often get wrong."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.errors import FaultSearchError

KINDS: Final = (
    "status",
    "problem",
    "drop_before",
    "drop_after",
    "truncate",
    "garbage",
    "partial",
)
"""The kinds of fault that are tried by default."""
OTHER_KINDS: Final = ("duplicate", "rate_limited", "reset")
"""The kinds that are tried where they are asked for."""
_STATUSES: Final = ((503, 0.0), (429, 0.5), (500, 1.5))
_RANKS: Final[Mapping[str, float]] = {
    "drop_after": 0.0,
    "partial": 0.0,
    "duplicate": 0.0,
    "drop_before": 0.5,
    "rate_limited": 0.5,
    "reset": 1.0,
    "garbage": 1.5,
    "truncate": 1.5,
}
_OF_STATUS: Final[Mapping[int, float]] = {401: 0.5, 429: 0.5, 404: 2.0, 409: 2.0}
"""Of problems; 404 and 409 say something about the state that is not true when they are planned."""
_OPTIONS: Final[Mapping[str, tuple[tuple[str, Any], ...]]] = {"partial": (("item", 0),)}


class Failure(NamedTuple):
    """A way in which a call can fail; a lower rank is tried earlier."""

    kind: str
    options: tuple[tuple[str, Any], ...]
    rank: float


def check_kinds(kinds: Collection[str]) -> None:
    """Raises `FaultSearchError` for a kind that a search does not know."""
    known = (*KINDS, *OTHER_KINDS)
    for kind in kinds:
        if kind not in known:
            raise FaultSearchError(f"unknown kind of fault {kind!r} (available: {', '.join(known)})")


def failures(problems: Mapping[str, int], kinds: Collection[str]) -> Iterator[Failure]:
    """The failures of an operation that declares these problems, by name with their statuses."""
    if "status" in kinds:
        for status, rank in _STATUSES:
            if "problem" not in kinds or status not in problems.values():
                yield Failure("status", (("status", status),), rank)
    if "problem" in kinds:
        for name, status in problems.items():
            yield Failure("problem", (("problem", name),), _OF_STATUS.get(status, 1.0))
    for kind, rank in _RANKS.items():
        if kind in kinds:
            yield Failure(kind, _OPTIONS.get(kind, ()), rank)
