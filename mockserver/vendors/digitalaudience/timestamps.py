"""Moments as DigitalAudience writes and reads them."""

from datetime import UTC, datetime

from mockserver.formats.timestamps import MICROSECOND, from_iso, from_micros, to_iso, to_micros


def format_timestamp(moment: datetime) -> str:
    """`2025-12-15T11:36:16.489708Z`: the six decimals are always there (documented by example)."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def format_later(moment: datetime, earlier: str) -> str:
    """The moment as it is written; a microsecond after the earlier one where the clock has not gone on."""
    return format_timestamp(max(moment, from_iso(earlier) + MICROSECOND))


def parse_datetime(text: str) -> datetime:
    """A date, or a moment of whatever offset. Raises `ValueError`, also beyond the years 1 to 9999."""
    try:
        moment = from_iso(text.upper())
        return from_micros(to_micros(moment))
    except OverflowError as error:
        raise ValueError(text) from error


def format_date(moment: datetime) -> str:
    """A date of a request as it is given back: decimals only where there are any."""
    return to_iso(moment)
