"""Moments as Fanfare writes them, and as integer milliseconds since 1970, by which lists are ordered."""

from datetime import datetime

from mockserver.formats.timestamps import from_iso, from_micros, to_iso, to_micros


def to_millis(moment: datetime) -> int:
    """Whole milliseconds since 1970."""
    return to_micros(moment) // 1000


def format_timestamp(millis: int) -> str:
    """`2024-12-01T10:00:00Z` as the documentation has it; milliseconds only where there are any."""
    text = to_iso(from_micros(millis * 1000))
    return f"{text[:-4]}Z" if len(text) > len("2024-12-01T10:00:00Z") else text


def parse_timestamp(text: str) -> int:
    """The milliseconds of a moment in ISO 8601, whatever its offset. Raises `ValueError`."""
    try:
        return to_millis(from_iso(text))
    except OverflowError as error:  # an offset that leads out of the calendar
        raise ValueError(text) from error
