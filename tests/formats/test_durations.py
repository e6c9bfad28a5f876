"""Durations as people write them."""

from datetime import timedelta

import pytest

from mockserver.formats.durations import parse_duration, to_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("1.5", 1.5),
        ("0", 0),
        ("200ms", 0.2),
        ("90s", 90),
        ("2m", 120),
        ("2h", 7200),
        ("1d12h", 129_600),
        ("1w2d3h4m5s6ms", 604_800 + 183_845.006),
        ("1.5h", 5400),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == to_seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "soon", "2 h", "-1s", "1h1h", "1s1h", "h", "1e3", "٣s", "1hour", "2h\n", "."]
)
def test_other_text_is_refused_with_the_fix(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; write it like 90s, 2h, 1d12h, 200ms") as error:
        parse_duration(text)
    assert "\n" not in str(error.value)


def test_a_duration_is_not_longer_than_python_can_express() -> None:
    with pytest.raises(ValueError, match="is too long"):
        parse_duration("9" * 30 + "w")


def test_a_timedelta_and_a_number_are_durations() -> None:
    assert (to_seconds(timedelta(minutes=2)), to_seconds(1.5), to_seconds("2m")) == (120, 1.5, 120)
