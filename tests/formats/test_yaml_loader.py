"""YAML as the project's data files use it."""

import pytest
import yaml

from mockserver.formats import yaml_loader


def test_a_key_that_occurs_twice_is_an_error() -> None:
    with pytest.raises(yaml.YAMLError, match="'a' occurs twice"):
        yaml_loader.parse("x:\n  a: 1\n  b: 2\n  a: 3\n")


def test_a_merged_key_may_be_overridden() -> None:
    text = "one: &one {a: 1, b: 2}\ntwo:\n  <<: *one\n  a: 3\nthree: {<<: *one}\n"
    assert yaml_loader.parse(text)["two"] == {"a": 3, "b": 2}
    assert yaml_loader.parse(text)["three"] == {"a": 1, "b": 2}


def test_words_and_dates_are_text() -> None:
    assert yaml_loader.parse("{country: NO, day: 2024-01-01, 200: yes, is: true}") == {
        "country": "NO",
        "day": "2024-01-01",
        "200": "yes",
        "is": True,
    }


def test_times_are_text() -> None:
    text = "{at: 10:30, until: 12:30:45, after: -1:30.5, 9:00: opens, port: 80, share: 1.5}"
    assert yaml_loader.parse(text) == {
        "at": "10:30",
        "until": "12:30:45",
        "after": "-1:30.5",
        "9:00": "opens",
        "port": 80,
        "share": 1.5,
    }


def test_number_of_thousands_of_digits_is_refused() -> None:
    with pytest.raises(yaml_loader.YAMLError, match="a number has too many digits"):
        yaml_loader.parse(f"people: {'9' * 5000}")
