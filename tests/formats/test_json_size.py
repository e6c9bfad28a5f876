"""JSON texts are measured before they are parsed."""

import orjson
import pytest

from mockserver.formats.json_size import has_more_values


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ([[]] * 600_000, 600_000, 1_300_000),
        ([{"a": None}] * 200_000, 200_000, 500_000),
        (['a,b,[{"c": "\\", "d\\\\'] * 80_000, 80_000, 80_001),
        ([","] * 2 + ["," * 2_000_000, "\\" * 100_000, '"' * 100_000], 5, 6),
    ],
)
def test_what_is_in_strings_does_not_count(value: list[object], least: int, most: int) -> None:
    text = orjson.dumps(value)
    assert has_more_values(text, least - 1)
    assert not has_more_values(text, most)


def test_short_and_broken_texts() -> None:
    assert not has_more_values(b"[[],[]]", 7)
    text = b'[1,"' + b"," * 2_000_000
    assert (has_more_values(text, 1), has_more_values(text, 2)) == (True, False), "a string without an end"
