"""Moments as Spotler writes them: milliseconds since 1970 in JSON, ISO 8601 in XML."""

from datetime import UTC, datetime
from typing import Final

from mockserver.world.moments import from_micros, to_micros
from mockserver.world.world import World

_MICROS: Final = 1000


def now(world: World) -> int:
    """What the world's clock reads, in milliseconds."""
    return to_micros(world.now()) // _MICROS


def read(text: str) -> int:
    """The microseconds since 1970 of a date or a date-time; without an offset it is UTC. Raises `ValueError`.

    A plus sign that nobody encoded arrives as a blank, so a blank is read as one.
    """
    moment = datetime.fromisoformat(text.replace(" ", "+"))
    try:
        return to_micros((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC))
    except OverflowError as error:  # an offset that leads out of the years 1 to 9999
        raise ValueError(text) from error


def to_text(millis: int) -> str:
    """The moment as XML has it."""
    return from_micros(millis * _MICROS).isoformat(timespec="milliseconds").replace("+00:00", "Z")
