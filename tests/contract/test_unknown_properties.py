"""Unknown members at any depth, through every way of composing schemas."""

from typing import Any

import pytest

from mockserver import vendors
from mockserver.contract.schema import Schema
from mockserver.contract.unknown_properties import UnknownMember
from tests.read_vendors import read_vendor

COMPONENTS: dict[str, Any] = {
    "Person": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "home": {"$ref": "#/components/schemas/Place"}},
    },
    "Place": {"type": "object", "properties": {"city": {"type": "string"}}},
    "Tree": {
        "type": "object",
        "properties": {
            "leaf": {"type": "string"},
            "below": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
    },
    "Fields": {
        "type": "object",
        "properties": {"str::email": {"type": "string"}},
        "patternProperties": {"^str:": {"type": "string"}, "^geo:": {"$ref": "#/components/schemas/Place"}},
    },
}


def strays(schema: Any, value: Any) -> dict[str, str | None]:
    return dict(Schema(schema, COMPONENTS).unknown_properties(value))


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


PERSON = ref("Person")


@pytest.mark.parametrize(
    ("schema", "value", "found"),
    [
        (PERSON, {"name": "Ada"}, {}),
        (PERSON, {"nmae": "Ada"}, {"/nmae": "name"}),
        (PERSON, {"NAME": "Ada"}, {"/NAME": "name"}),
        (PERSON, {"xyz": "Ada"}, {"/xyz": None}),
        (PERSON, {"home": {"ctiy": "x"}}, {"/home/ctiy": "city"}),
        (PERSON, {"a/b~c": 1}, {"/a~1b~0c": None}),
        ({"type": "array", "items": PERSON}, [{}, {"hom": {}}], {"/1/hom": "home"}),
        ({"prefixItems": [PERSON]}, [{"hom": {}}], {"/0/hom": "home"}),
        ({"allOf": [PERSON, ref("Place")]}, {"name": 1, "city": 1, "ciy": 1}, {"/ciy": "city"}),
        ({"anyOf": [PERSON, ref("Place")]}, {"name": 1, "city": 1, "ciy": 1}, {"/ciy": "city"}),
        ({"oneOf": [PERSON, {"type": "null"}]}, {"nam": 1}, {"/nam": "name"}),
        ({**ref("Person"), "properties": {"age": {}}}, {"age": 1, "agee": 1}, {"/agee": "age"}),
        ({"if": {"required": ["a"]}, "then": PERSON, "else": ref("Place")}, {"citi": 1}, {"/citi": "city"}),
        ({"dependentSchemas": {"a": PERSON}, "properties": {"a": {}}}, {"a": 1, "nme": 1}, {"/nme": "name"}),
        ({"properties": {"a": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"b": 1}, {}),
        ({"required": ["a"]}, {"b": 1}, {}),
        # two schemas of one location describe its members together
        (
            {"allOf": [{"properties": {"a": PERSON}}, {"properties": {"a": ref("Place")}}]},
            {"a": {"name": 1, "city": 1, "nme": 1}},
            {"/a/nme": "name"},
        ),
        # callers choose the names of a map
        ({"additionalProperties": PERSON}, {"anybody": {"nam": 1}}, {"/anybody/nam": "name"}),
        ({"properties": {"a": {}}, "additionalProperties": {"type": "string"}}, {"b": "x"}, {}),
        ({"properties": {"a": {}}, "additionalProperties": True}, {"b": "x"}, {}),
        ({"properties": {"a": {}}, "unevaluatedProperties": {}}, {"b": "x"}, {}),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"b": "x"}, {"/b": None}),
        ({"anyOf": [PERSON, {"type": "object"}]}, {"nam": 1}, {}),
        ({"anyOf": [PERSON, True]}, {"nam": 1}, {}),
        # a schema without properties restricts no names
        ({}, {"a": {"b": 1}}, {}),
        (True, {"a": 1}, {}),
        ({"type": "object"}, {"a": 1}, {}),
        ({"properties": {"a": {"type": "object"}}}, {"a": {"b": 1}}, {}),
        ({"type": "object", "propertyNames": {"pattern": "^a"}}, {"a": 1}, {}),
        # names by pattern and by list
        (ref("Fields"), {"str::name": "x", "email": "x"}, {"/email": "str::email"}),
        (ref("Fields"), {"geo::home": {"ciyt": "x"}}, {"/geo::home/ciyt": "city"}),
        ({"propertyNames": {"enum": ["red", "blue"]}}, {"red": 1, "bleu": 1}, {"/bleu": "blue"}),
        # a value of the wrong type has no members to check
        (PERSON, [{"nam": 1}], {}),
        (PERSON, "name", {}),
        ({"type": "array", "items": PERSON}, {"nam": 1}, {}),
    ],
)  # fmt: skip
def test_unknown_members_are_found(schema: Any, value: Any, found: dict[str, str | None]) -> None:
    assert strays(schema, value) == found


def test_a_recursive_schema() -> None:
    value: dict[str, Any] = {"laef": 1}
    for _ in range(5):
        value = {"below": [{"leaf": "x"}, value]}
    assert strays(ref("Tree"), value) == {"/below/1/below/1/below/1/below/1/below/1/laef": "leaf"}


def test_a_name_is_reported_once_for_all_items() -> None:
    people = [{"nmae": "x"} for _ in range(1000)]
    assert Schema({"type": "array", "items": PERSON}, COMPONENTS).unknown_properties(people) == [
        UnknownMember("/0/nmae", "name")
    ]


def test_the_number_of_unknown_members_is_bounded() -> None:
    assert len(strays(PERSON, {f"x{number}": 1 for number in range(10_000)})) == 20


def test_the_depth_of_the_search_is_bounded() -> None:
    value: Any = {"laef": 1}
    for _ in range(900):
        value = {"below": [value]}
    assert strays(ref("Tree"), value) == {}


def test_the_cache_of_names_is_bounded() -> None:
    schema = Schema({"additionalProperties": PERSON}, COMPONENTS)
    for start in range(0, 4000, 500):
        schema.unknown_properties({f"n{number}": {} for number in range(start, start + 500)})
    members = schema._catalogue
    assert members is not None
    assert len(members._below) <= 1000
    assert schema.unknown_properties({"n1": {"nam": 1}}) == [UnknownMember("/n1/nam", "name")]


def test_a_very_long_name_has_no_suggestion() -> None:
    assert strays(PERSON, {"name" * 100_000: 1}) == {f"/{'name' * 100_000}": None}


def examples_of_bodies(vendor: str) -> list[tuple[Schema, Any]]:
    """Each example of a request body, after its schema."""
    contract, found = read_vendor(vendor).contract, []
    for _path, _method, _item, node in contract.operation_nodes():
        for media in contract.document.resolve(node.get("requestBody", {})).get("content", {}).values():
            written = [contract.document.resolve(one)["value"] for one in media.get("examples", {}).values()]
            own = [media["example"]] if "example" in media else []
            found += [(contract.schema(media["schema"]), example) for example in [*written, *own]]
    return found


@pytest.mark.parametrize("vendor", vendors.names())
def test_the_examples_of_our_contracts_have_no_unknown_members(vendor: str) -> None:
    found = [schema.unknown_properties(example) for schema, example in examples_of_bodies(vendor)]
    assert not [one for one in found if one]


def test_our_contracts_have_examples_of_bodies() -> None:
    assert sum(len(examples_of_bodies(vendor)) for vendor in vendors.names()) > 50
