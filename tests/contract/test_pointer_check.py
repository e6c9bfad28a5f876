"""Pointers into what a schema describes."""

from collections.abc import Iterator
from typing import Any

import pytest

from mockserver import vendors
from mockserver.contract.pointer_check import DeadEnd, find_dead_end
from mockserver.contract.schema import Schema
from tests.read_vendors import read_vendor

TREE = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "below": {"$ref": "#/components/schemas/T"}},
}
LIST = {"type": "array", "items": {"$ref": "#/components/schemas/T"}}


@pytest.mark.parametrize(
    ("schema", "tokens", "expected"),
    [
        (TREE, ["name"], None),
        (TREE, ["below", "below", "name"], None),
        (TREE, ["below", "nmae"], DeadEnd(1, ["name", "below"])),
        (TREE, ["name", "x"], DeadEnd(1, [])),
        (TREE, ["*", "below"], None),
        (LIST, ["name"], DeadEnd(0, [])),
        (LIST, ["*", "name"], None),
        (LIST, ["7", "name"], None),
        ({"oneOf": [{"type": "string"}, TREE]}, ["name"], None),
        ({}, ["anything"], None),
        ({"type": "object"}, ["anything"], None),
        ({"type": "array"}, ["0"], None),
        ({"type": "string"}, ["anything"], DeadEnd(0, [])),
        ({"const": {"a": 1}}, ["b"], DeadEnd(0, [])),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, ["a"], None),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, ["a", "b"], DeadEnd(1, [])),
        ({"type": "object", "additionalProperties": True}, ["a", "b"], None),
        ({"type": "object", "additionalProperties": False}, ["a"], DeadEnd(0, [])),
        ({"type": "object", "patternProperties": {"^x-": {"type": "string"}}}, ["x-a"], None),
        ({"type": "object", "patternProperties": {"^x-": {"type": "string"}}}, ["y-a"], DeadEnd(0, [])),
        ({"type": "array", "prefixItems": [TREE], "items": False}, ["0", "name"], None),
    ],
)
def test_where_a_pointer_ends(schema: Any, tokens: list[str], expected: DeadEnd | None) -> None:
    assert find_dead_end(Schema(schema, {"T": TREE}), tokens) == expected


def pointers(value: Any) -> Iterator[list[str]]:
    yield []
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield from ([str(key), *rest] for rest in pointers(child))


@pytest.mark.parametrize("vendor", vendors.names())
def test_the_problems_of_a_contract_have_every_field_of_their_examples(vendor: str) -> None:
    operations = read_vendor(vendor).contract.operations.values()
    assert any(operation.problems for operation in operations)
    for operation in operations:
        for problem in operation.problems.values():
            schema = operation.replies[str(problem.status)].schema
            assert schema
            assert [one for one in pointers(problem.value) if find_dead_end(schema, one)] == []
