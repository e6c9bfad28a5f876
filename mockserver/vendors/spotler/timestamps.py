"""Dates in Spotler's formats: milliseconds since 1970, or ISO 8601."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from mockserver.formats.timestamps import from_iso, from_micros, to_micros
from mockserver.state.world import World

_MICROS_PER_MILLI: Final = 1000
_COMPACT_LENGTH: Final = 14


def now(world: World) -> int:
    """The time of the world's clock in milliseconds."""
    return to_micros(world.now()) // _MICROS_PER_MILLI


def parse(text: str) -> int:
    """Parses a date or date-time of the contract to microseconds since 1970; UTC if it has no offset.

    An unencoded plus sign in a query arrives as a space, so a space is read as a plus sign.
    """
    return to_micros(from_iso(text.replace(" ", "+")))


def period(first: str | None, last: str | None) -> Callable[[int], bool]:
    """A predicate of moments (microseconds since 1970) from the first date to the last; None: no bound."""
    start = None if first is None else parse(first)
    end = None if last is None else parse(last)
    return lambda moment: (start is None or moment >= start) and (end is None or moment <= end)


def parse_compact(text: str) -> int:
    """Parses a date of the contract as in `20240131` or `20240131235959`, or in the form of other dates.

    Raises ValueError for a date that does not exist.
    """
    if not text.isdigit():
        return parse(text)
    return to_micros(datetime.strptime(text.ljust(_COMPACT_LENGTH, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC))


def to_json(world: World, millis: int) -> int | str:
    """The date for JSON: a number (observed), or a string if the switch `date_style` is `iso`."""
    return to_text(millis) if world.switches["date_style"] == "iso" else millis


def to_text(millis: int) -> str:
    """The date as ISO 8601 with milliseconds."""
    return to_moment(from_micros(millis * _MICROS_PER_MILLI))


def to_moment(at: datetime) -> str:
    """The moment as ISO 8601 with milliseconds; the service's language counts no finer."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
