"""Moments as Ortto writes them: RFC 3339 in UTC, without trailing zeros in the fraction."""

import time
from datetime import UTC, datetime

DAY = 86_400


def exact(moment: datetime) -> str:
    """`2022-04-05T05:45:52.52Z`: milliseconds, trailing zeros dropped (as recorded)."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")[:23]
    return text.rstrip("0").rstrip(".") + "Z"


def whole(seconds: int) -> str:
    """`2025-11-03T21:11:24Z`: subscriptions are told to the second (as recorded)."""
    # strftime of time, not of datetime: a large instance starts with hundreds of thousands of these
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return int(moment.timestamp())
