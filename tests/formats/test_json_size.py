"""JSON texts are measured before they are parsed."""

import orjson
import pytest

from mockserver.formats.json_size import count_values


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
    assert least <= count_values(orjson.dumps(value)) <= most


def test_short_and_broken_texts() -> None:
    assert count_values(b"[[],[]]") == 0
    assert count_values(b'[1,"' + b"," * 2_000_000) == 2, "a string without an end is one value, and no JSON"
