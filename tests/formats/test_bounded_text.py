"""Texts of callers are bounded before they are kept."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mockserver.formats.bounded_text import MAX_KEY_LENGTH, as_key, clip, json_excerpt

TEXTS = st.one_of(st.text(), st.text(min_size=1).map(lambda part: (part * 400)[:500]))


@given(TEXTS, TEXTS)
def test_keys_are_short_and_as_distinct_as_the_texts(one: str, other: str) -> None:
    assert (as_key(one) == as_key(other)) is (one == other)
    assert len(as_key(one)) <= MAX_KEY_LENGTH + 1
    assert as_key(one) == one or len(one) > MAX_KEY_LENGTH


def test_no_text_can_be_sent_as_the_key_of_another() -> None:
    long = "x" * 5_000
    assert as_key(as_key(long)) != as_key(long)


def test_lone_surrogates_have_keys() -> None:
    assert as_key("\ud800" * 500).startswith("sha256:")


def test_a_clipped_text_says_how_long_it_was() -> None:
    assert clip("abc", 3) == "abc"
    assert clip("abcd", 3) == "abc… (4 characters)"


def test_an_excerpt_of_a_short_value_is_its_json() -> None:
    assert json_excerpt({"a": ["é", 1, None]}, 100) == '{"a":["é",1,null]}'
    assert json_excerpt({"a": [1, 2]}, 100, spaced=True) == '{"a": [1, 2]}'


def test_an_excerpt_does_not_serialize_the_rest() -> None:
    deep: Any = []
    for _ in range(100_000):  # the encoder would raise a RecursionError at the bottom
        deep = [deep]
    assert json_excerpt({"first": "x" * 500, "deep": deep}, 20) == '{"first":"xxxxxxxxxx …'
    while deep:
        deep = deep.pop()
