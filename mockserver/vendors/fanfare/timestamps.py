"""Timestamps as Fanfare writes them, and as integer milliseconds since 1970, which lists are ordered by."""

from datetime import datetime
from functools import lru_cache
from typing import Final

from mockserver.formats.timestamps import from_iso, from_micros, to_iso, to_micros
from mockserver.state.world import World

_MAX_CACHED: Final = 1_024


def now(world: World) -> str:
    """The current time of the world, formatted."""
    return format_timestamp(to_millis(world.now()))


def to_millis(moment: datetime) -> int:
    """Whole milliseconds since 1970."""
    return to_micros(moment) // 1000


@lru_cache(_MAX_CACHED)
def format_timestamp(millis: int) -> str:
    """The documented format, `2024-12-01T10:00:00Z`, with milliseconds unless they are zero."""
    text = to_iso(from_micros(millis * 1000))
    return f"{text[:-4]}Z" if len(text) > len("2024-12-01T10:00:00Z") else text


@lru_cache(_MAX_CACHED)  # the rules of every audience parse the timestamps of a consumer
def parse_timestamp(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 timestamp with any offset. Raises `ValueError`."""
    try:
        return to_millis(from_iso(text))
    except OverflowError as error:  # the offset leads beyond the years 1 to 9999
        raise ValueError(text) from error
