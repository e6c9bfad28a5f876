"""Mutations of one field of a reply."""

import json
from typing import Any

import pytest

from mockserver.state.response_mutation import mutate_field


@pytest.mark.parametrize(
    ("before", "field", "change", "to", "after"),
    [
        ({"a": 1, "b": 2}, "/a", "removed", None, {"b": 2}),
        ({"a": 1}, "/a", "renamed", "z", {"z": 1}),
        ({"a": 1}, "/a", "renamed", None, {"a_": 1}),
        ({"a": 1}, "/a", "nulled", None, {"a": None}),
        ({"a": 1}, "/a", "retyped", None, {"a": "1"}),
        ({"a": True}, "/a", "retyped", None, {"a": "true"}),
        ({"a": "12"}, "/a", "retyped", None, {"a": 12}),
        ({"a": "x"}, "/a", "retyped", None, {"a": {"value": "x"}}),
        ({"a": None}, "/a", "retyped", None, {"a": ""}),
        ({"a": [5]}, "/a", "retyped", None, {"a": {"0": 5}}),
        ({"a": {"b": 5}}, "/a", "retyped", None, {"a": [5]}),
        ([{"a": 1}, {"b": 1}, {"a": 2}], "/*/a", "removed", None, [{}, {"b": 1}, {}]),
        ([1, 2, 3], "/*", "removed", None, []),
        ([1, 2, 3], "/1", "removed", None, [1, 3]),
        ({"x": {"a": 1}, "y": {"a": 2}}, "/*/a", "nulled", None, {"x": {"a": None}, "y": {"a": None}}),
        ({"a/b": {"~": 1}}, "/a~1b/~0", "nulled", None, {"a/b": {"~": None}}),
    ],
)
def test_mutations(before: Any, field: str, change: str, to: str | None, after: Any) -> None:
    mutated = mutate_field(json.dumps(before).encode(), field, change, to)
    assert mutated is not None
    assert json.loads(mutated) == after


@pytest.mark.parametrize("body", [b"", b"{", b'{"b": 1}', b"[]", b"null", b'"a"'])
def test_no_such_field(body: bytes) -> None:
    assert mutate_field(body, "/a", "removed", None) is None


def test_a_trailing_newline_is_kept() -> None:
    assert mutate_field(b'{"a":1}\n', "/a", "nulled", None) == b'{"a":null}\n'
