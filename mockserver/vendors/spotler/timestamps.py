"""Moments as Spotler writes them: milliseconds since 1970 in JSON unless told otherwise, ISO 8601 in XML."""

from typing import Final

from mockserver.formats.timestamps import from_iso, from_micros, to_micros
from mockserver.state.world import World

_MICROS: Final = 1000


def now(world: World) -> int:
    """What the world's clock reads, in milliseconds."""
    return to_micros(world.now()) // _MICROS


def read(text: str) -> int:
    """The microseconds since 1970 of a date or a date-time as the contract has them; UTC without an offset.

    A plus sign that nobody encoded arrives as a blank, so a blank is read as one.
    """
    return to_micros(from_iso(text.replace(" ", "+")))


def sent(world: World, millis: int) -> int | str:
    """The moment as JSON has it: a number (observed), or a text where the world chose `iso`."""
    return to_text(millis) if world.switches["date_style"] == "iso" else millis


def to_text(millis: int) -> str:
    """The moment as XML has it."""
    return from_micros(millis * _MICROS).isoformat(timespec="milliseconds").replace("+00:00", "Z")
