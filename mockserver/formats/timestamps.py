"""Conversion of timestamps: datetime, integer microseconds since 1970 (as stored), RFC 3339."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970; the datetime must have a time zone."""
    return (moment - _EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The datetime in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def to_iso(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z`; six decimals, unless the microseconds are zero."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """The datetime in UTC; text without a time zone is read as UTC. Raises `ValueError`."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
