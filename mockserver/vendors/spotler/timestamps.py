"""Dates in Spotler's formats: milliseconds since 1970, or ISO 8601."""

from typing import Final

from mockserver.formats.timestamps import from_iso, from_micros, to_micros
from mockserver.state.world import World

_MICROS_PER_MILLI: Final = 1000


def now(world: World) -> int:
    """The time of the world's clock in milliseconds."""
    return to_micros(world.now()) // _MICROS_PER_MILLI


def parse(text: str) -> int:
    """Parses a date or date-time of the contract to microseconds since 1970; UTC if it has no offset.

    An unencoded plus sign in a query arrives as a space, so a space is read as a plus sign.
    """
    return to_micros(from_iso(text.replace(" ", "+")))


def to_json(world: World, millis: int) -> int | str:
    """The date for JSON: a number (observed), or a string if the switch `date_style` is `iso`."""
    return to_text(millis) if world.switches["date_style"] == "iso" else millis


def to_text(millis: int) -> str:
    """The date as ISO 8601 with milliseconds."""
    return from_micros(millis * _MICROS_PER_MILLI).isoformat(timespec="milliseconds").replace("+00:00", "Z")
