"""Timestamps are whole microseconds in UTC and convert without loss."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.formats.timestamps import from_iso, from_micros, to_iso, to_micros

anywhere = st.datetimes(
    datetime(2, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@given(anywhere)
def test_conversions_are_lossless(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment
    assert from_iso(to_iso(moment)) == moment
    assert from_iso(to_iso(moment)).utcoffset() == timedelta(0)


@given(anywhere, anywhere)
def test_micros_sort_like_datetimes(one: datetime, other: datetime) -> None:
    assert (to_micros(one) < to_micros(other)) == (one < other)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+02:00", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.000001Z", datetime(2026, 1, 2, 3, 4, 5, 1, tzinfo=UTC)),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
    ],
)
def test_text_without_a_zone_is_utc(text: str, moment: datetime) -> None:
    assert from_iso(text) == moment


def test_iso_has_z_and_decimals_only_if_needed() -> None:
    assert to_iso(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05Z"
    assert to_iso(datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=UTC)) == "2026-01-02T03:04:05.000060Z"


def test_a_datetime_without_a_zone_is_rejected() -> None:
    with pytest.raises(TypeError):
        to_micros(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_invalid_text_is_rejected() -> None:
    with pytest.raises(ValueError, match="yesterday"):
        from_iso("yesterday")
