"""Values made for a schema fit it, or none is made."""

import re
from typing import Any

import pytest

from mockserver.contract.sample_text import matching_text
from mockserver.contract.sample_value import Sampler
from mockserver.contract.schema import Schema
from mockserver.formats.json_pointer import MISSING

REF = "#/components/schemas/"
COMPONENTS: dict[str, Any] = {
    "Tree": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": f"{REF}Tree"}},
            "parent": {"$ref": f"{REF}Tree"},
        },
    },
    "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "minimum": 5}}},
    "Endless": {"type": "object", "required": ["next"], "properties": {"next": {"$ref": f"{REF}Endless"}}},
    "Cat": {"type": "object", "required": ["meow"], "properties": {"meow": {"const": True}}},
    "Dog": {"type": "object", "required": ["bark"], "properties": {"bark": {"type": "string"}}},
}
EXACT = [
    ({"type": "integer"}, 1),
    ({"type": "integer", "minimum": 3, "multipleOf": 4}, 4),
    ({"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}, 1),
    ({"type": "integer", "maximum": -7}, -7),
    ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5}, 0.25),
    ({"type": ["null", "string"], "maxLength": 2}, "te"),
    ({"type": "string", "example": "given", "minLength": 2}, "given"),
    ({"type": "string", "example": "x", "minLength": 6}, "textte"),
    ({"enum": [None, "a"]}, None),
    ({"type": "string", "format": "date"}, "2026-01-15"),
    ({"type": "string", "default": "d"}, "d"),
    ({"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True}, [1, 2, 3]),
    ({"allOf": [{"$ref": f"{REF}Base"}, {"required": ["ok"], "properties": {"ok": {"type": "boolean"}}}]},
     {"id": 5, "ok": True}),
    ({"oneOf": [{"$ref": f"{REF}Endless"}, {"$ref": f"{REF}Cat"}]}, {"meow": True}),
    ({"anyOf": [{"type": "null"}, {"$ref": f"{REF}Dog"}]}, None),
    ({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2},
     {"name1": 1, "name2": 1}),
    (True, {}),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "expected"), EXACT)
def test_sample(schema: Any, expected: Any) -> None:
    value = Sampler(COMPONENTS).sample(schema)
    assert value == expected
    assert Schema(schema, COMPONENTS).is_valid(value)


def test_recursive_schema_ends() -> None:
    value = Sampler(COMPONENTS).sample({"$ref": f"{REF}Tree"})
    assert value["name"] == value["parent"]["name"] == value["children"][0]["name"] == "text"
    assert Schema({"$ref": f"{REF}Tree"}, COMPONENTS).is_valid(value)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": f"{REF}Endless"},
        False,
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"allOf": [{"type": "string", "const": "a"}, {"const": "b"}]},
        {"type": "string", "pattern": "(?=a)b(?<!b)"},
        {"type": "array", "items": {"type": "string"}, "minItems": 10_000},
        {"type": "string", "minLength": 10**12},
        {"type": "string", "pattern": "((a{1000}){1000}){1000}"},
        {"type": "object", "required": [f"m{number}" for number in range(5_000)]},
    ],
)
def test_no_sample(schema: Any) -> None:
    assert Sampler(COMPONENTS).sample(schema) is MISSING


@pytest.mark.parametrize(
    "pattern",
    [
        *("^[A-Z]{2}$", "^[a-z][a-z0-9-]*$", r"^\d{4}-\d{2}$", "^(cat|dog)_[0-9a-f]{8}$"),
        *("[^a]b?.", r"^\w+@\S+$"),
        *(r"^\+?[1-9]\d{1,14}$", "^(?:x|y){3}z$", "", r"^[\d.]+$", r"^\D\W\S$"),
    ],
)  # fmt: skip
def test_text_that_matches(pattern: str) -> None:
    text = matching_text(pattern)
    assert text is not None
    assert re.search(pattern, text)


@pytest.mark.parametrize("pattern", ["(", r"(a)\1", "(?=b)a", "a{100000}", "^[^\\x00-\\U0010ffff]$"])
def test_text_that_is_not_found(pattern: str) -> None:
    assert matching_text(pattern) is None
