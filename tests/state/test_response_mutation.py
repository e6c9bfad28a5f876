"""Mutations of one field of a reply."""

import json
from typing import Any

import pytest

from mockserver.state.response_mutation import Mutation, mutate


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
    mutated, missing = mutate(json.dumps(before).encode(), [Mutation(field, change, to)])
    assert json.loads(mutated) == after
    assert missing == []


@pytest.mark.parametrize("body", [b"", b"{", b'{"b": 1}', b"[]", b"null", b'"a"'])
def test_no_such_field(body: bytes) -> None:
    assert mutate(body, [Mutation("/a", "removed")]) == (body, ["/a"])


def test_a_trailing_newline_is_kept() -> None:
    assert mutate(b'{"a":1}\n', [Mutation("/a", "nulled")]) == (b'{"a":null}\n', [])


def test_several_fields_in_order() -> None:
    mutations = [Mutation("/a", "renamed", "b"), Mutation("/b", "nulled"), Mutation("/a", "removed")]
    assert mutate(b'{"a":1,"c":2}', mutations) == (b'{"c":2,"b":null}', ["/a"])
