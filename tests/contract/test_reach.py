"""What is reached is told from what is not, by a contract of a few schemas."""

import json
from typing import Any

import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from tests.contract.reach import Reach, ReachOfValues, Sent, enum_values
from tests.contract.schema_nodes import SchemaNodes

_REPLY: dict[str, Any] = {
    "description": "A person.",
    "headers": {"X-Total": {"schema": {"type": "integer"}}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Person"}}},
}
_PERSON = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "kind": {"enum": ["member", "guest", None]},
        "tags": {"type": "object", "propertyNames": {"enum": ["a", "b"]}},
    },
}
_DOCUMENT = {
    "paths": {
        "/people": {
            "get": {
                "operationId": "find_person",
                "parameters": [{"name": "sort", "in": "query", "schema": {"enum": ["asc", "desc"]}}],
                "responses": {"200": _REPLY},
            }
        }
    },
    "components": {"schemas": {"Person": _PERSON}},
}
PERSON = "/components/schemas/Person"


@pytest.fixture
def reach() -> Reach:
    return Reach(Contract(Document(_DOCUMENT, "people")))


def sent(body: str, query: str = "", headers: tuple[str, ...] = ()) -> Sent:
    return Sent(query, {}, "", 200, body, dict.fromkeys(headers, "1"))


def test_a_member_of_all_replies_is_found_unless_it_is_required(reach: Reach) -> None:
    reach.add_call("find_person", sent('{"name": "A", "age": 1, "kind": "guest"}'))
    assert {*reach.always_there()} == {(PERSON, "age"), (PERSON, "kind")}
    reach.add_call("find_person", sent('{"name": "B", "age": 2}'))
    assert {*reach.always_there()} == {(PERSON, "age")}


def test_a_header_of_all_replies_is_found(reach: Reach) -> None:
    reach.add_call("find_person", sent("{}", headers=("x-total",)))
    assert [*reach.headers_always_there()] == ["/paths/~1people/get/responses/200/headers/X-Total"]
    reach.add_call("find_person", sent("{}"))
    assert [*reach.headers_always_there()] == []


def test_values_are_reached_in_replies_and_parameters(reach: Reach) -> None:
    every = enum_values(Contract(Document(_DOCUMENT, "people")))
    assert len(every) == 5  # names of properties are a condition, no value
    assert reach.values == set()
    reach.add_call("find_person", sent('{"name": "A", "kind": null, "tags": {"b": 1}}', "sort=desc"))
    sort = "/paths/~1people/get/parameters/0/schema"
    assert reach.values & every == {(f"{PERSON}/properties/kind", "null"), (sort, '"desc"')}
    assert (f"{PERSON}/properties/tags/propertyNames", '"b"') in reach.values


def test_a_call_that_no_operation_answers_reaches_nothing(reach: Reach) -> None:
    reach.add_call("", sent('{"name": "A", "kind": "guest"}', "sort=asc"))
    assert reach.values == set()


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ({"properties": {"a": {"enum": [1]}}}, {"a": 1}),
        ({"patternProperties": {"^a": {"enum": [1]}}}, {"ab": 1}),
        ({"additionalProperties": {"enum": [1]}}, {"a": 1}),
        ({"propertyNames": {"enum": ["a"]}}, {"a": 1}),
        ({"items": {"enum": [1]}}, [1]),
        ({"prefixItems": [{"enum": [1]}]}, [1]),
        ({"allOf": [{"enum": [1]}]}, 1),
        ({"anyOf": [{"type": "string"}, {"enum": [1]}]}, 1),
        ({"oneOf": [{"type": "string"}, {"enum": [1]}]}, 1),
        ({"if": {"const": 1}, "then": {"enum": [1]}}, 1),
        ({"if": {"const": 2}, "else": {"enum": [1]}}, 1),
        ({"$ref": "#/components/schemas/Person/properties/kind"}, "guest"),
    ],
)
def test_a_reach_of_values_finds_the_same_and_looks_once(
    monkeypatch: pytest.MonkeyPatch, rule: dict[str, Any], value: Any
) -> None:
    content = {"application/json": {"schema": {"type": ["object", "array", "integer", "string"], **rule}}}
    operation = {"operationId": "find_any", "responses": {"200": {"content": content}}}
    contract = Contract(Document({**_DOCUMENT, "paths": {"/any": {"get": operation}}}, "any"))
    full, values = Reach(contract), ReachOfValues(contract)
    for one in (full, values, values):
        one.add_call("find_any", sent(json.dumps(value)))
    assert len(full.values) == 1
    assert values.values == full.values
    if "$ref" not in rule:  # the schema has other values
        monkeypatch.setattr(SchemaNodes, "applicable", pytest.fail)
        values.add_call("find_any", sent(json.dumps(value)))
