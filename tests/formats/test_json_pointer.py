"""JSON pointers and the equality of JSON values."""

from typing import Any

import pytest

from mockserver.formats.json_pointer import MISSING, format_pointer, json_equal, parse_pointer, resolve

_BODY = {"error": "x", "meta": {"a/b": [1, {"c~d": 2}]}, "id": None, "0": "zero"}


@pytest.mark.parametrize(
    ("where", "there"),
    [
        ("", True),
        ("/error", True),
        ("/id", True),
        ("/meta/a~1b/1/c~0d", True),
        ("/meta/a~1b/2", False),
        ("/meta/a~1b/x", False),
        ("/meta/a~1b/-", False),
        ("/meta/a~1b/²", False),
        ("/error/0", False),
        ("/nothing", False),
    ],
)
def test_missing_values_resolve_to_missing(where: str, there: bool) -> None:
    assert (resolve(_BODY, where) is not MISSING) is there


@pytest.mark.parametrize(
    ("where", "value"),
    [("", _BODY), ("/0", "zero"), ("/meta/a~1b/0", 1), ("/id", None), ("/meta/x", MISSING)],
)
def test_resolve(where: str, value: Any) -> None:
    assert resolve(_BODY, where) is value
    assert resolve(_BODY, parse_pointer(where)) is value


def test_tokens_and_pointers_are_inverse() -> None:
    for pointer in ("", "/", "/a~1b/0", "/~01"):
        assert format_pointer(parse_pointer(pointer)) == pointer


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (0, False, False),
        ([1, True], [1, True], True),
        ([1], [True], False),
        ({"a": {"b": [1]}}, {"a": {"b": [True]}}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1, 2], [2, 1], False),
        (None, False, False),
        ("1", 1, False),
        ({}, [], False),
    ],
)
def test_json_equality(one: Any, other: Any, equal: bool) -> None:
    assert json_equal(one, other) is equal
    assert json_equal(other, one) is equal
