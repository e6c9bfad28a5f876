"""Timestamps in Ortto's format: RFC 3339 in UTC, without trailing zeros in the fraction."""

import time
from datetime import UTC, date, datetime

SECONDS_PER_DAY = 86_400
_FIRST_DAY = date(1970, 1, 1).toordinal()


def format_datetime(moment: datetime) -> str:
    """`2022-04-05T05:45:52.52Z`: milliseconds without trailing zeros (recorded)."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")[:23]
    return text.rstrip("0").rstrip(".") + "Z"


def format_seconds(seconds: int) -> str:
    """`2025-11-03T21:11:24Z`: whole seconds, as in subscriptions (recorded)."""
    # time.strftime is faster than datetime's; a large instance starts with hundreds of thousands of these.
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def to_seconds(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return int(moment.timestamp())


def day_number(day: date) -> int:
    """Whole days since 1970."""
    return day.toordinal() - _FIRST_DAY
