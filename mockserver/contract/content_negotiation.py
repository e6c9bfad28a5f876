"""Content negotiation: the media type of a reply, chosen by the `Accept` header (RFC 9110)."""

from collections.abc import Sequence
from typing import Final

_MAX_LENGTH: Final = 4_096  # of an Accept header; a longer one counts as missing


def choose_media_type(accept: str, offered: Sequence[str], default: str) -> str | None:
    """The offered media type that the header prefers; None if it allows none.

    Of several that it prefers alike, `default` is chosen if it is one of them, else the first.
    """
    accept = accept.strip()
    ordered = [default, *offered] if default in offered else list(offered)
    if not accept or len(accept) > _MAX_LENGTH:
        return ordered[0]
    ranges = _read_ranges(accept)
    best = max(ordered, key=lambda one: _quality(one, ranges))  # the first of equals
    return best if _quality(best, ranges) > 0 else None


def _read_ranges(accept: str) -> dict[str, float]:
    """The quality of each media range."""
    found: dict[str, float] = {}
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights = (_read_quality(one[2:]) for one in parameters if one.startswith("q="))
        found[media_range] = next(weights, 1.0)
    return found


def _quality(media_type: str, ranges: dict[str, float]) -> float:
    """Quality of a media type, 0 to 1; the most specific range decides."""
    candidates = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((ranges[one] for one in candidates if one in ranges), 0.0)


def _read_quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 1.0
