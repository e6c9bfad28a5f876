"""Formats of timestamps in responses."""

from datetime import UTC, datetime

from mockserver.formats.timestamps import MICROSECOND, from_iso, to_iso


def format_timestamp(moment: datetime) -> str:
    """`2025-12-15T11:36:16.489708Z`, always with six decimals (documented by example)."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def format_later(moment: datetime, previous: str) -> str:
    """The timestamp of the moment, at least a microsecond after the previous one."""
    return format_timestamp(max(moment, from_iso(previous) + MICROSECOND))


def format_date(moment: datetime) -> str:
    """The start or the end of an activation, with decimals only if the request had them."""
    return to_iso(moment)
