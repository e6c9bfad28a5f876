"""Hints for every keyword whose message can be improved."""

from typing import Any

import pytest

from mockserver.contract.hints import expected_hint, nearest_valid
from mockserver.contract.schema import Schema, SchemaViolation


def flaw(rule: Any, value: Any) -> SchemaViolation:
    (found,) = Schema(rule, {"Colour": {"enum": ["red", "green"]}}).violations(value)
    return found


@pytest.mark.parametrize(
    ("rule", "value", "words"),
    [
        ({"type": "integer"}, "x", "integer"),
        ({"type": ["integer", "null"]}, "x", "integer or null"),
        ({"enum": ["red", 1, None]}, "x", 'one of "red", 1, null'),
        ({"enum": ["red"]}, "x", '"red"'),
        ({"enum": [*range(20)]}, "x", "one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more"),
        ({"$ref": "#/components/schemas/Colour"}, "blue", 'one of "red", "green"'),
        ({"const": {"a": 1}}, "x", '{"a":1}'),
        (
            {"additionalProperties": False, "properties": {"a": {}, "b": {}}},
            {"c": 1},
            "no other members than a, b",
        ),
        ({"additionalProperties": False}, {"c": 1}, "no members"),
        ({"unevaluatedProperties": False}, {"c": 1}, "no further members"),
        (
            {"anyOf": [{"type": "integer"}, {"type": "integer", "minimum": 3}, {"const": "a"}]},
            "x",
            'integer or "a"',
        ),
        (
            {"oneOf": [{"$ref": "#/components/schemas/Colour"}, {"format": "uuid"}]},
            "x",
            "Colour or a string of the format uuid",
        ),
        ({"anyOf": [{"type": "integer"}, {"minLength": 3}]}, "x", None),
        ({"anyOf": [{"type": "integer"}, False]}, "x", None),
        ({"format": "date"}, "x", "a string of the format date"),
        ({"pattern": "^a$"}, "x", "a string that matches ^a$"),
        ({"minLength": 1}, "", "at least 1 character"),
        ({"maxLength": 2}, "abc", "at most 2 characters"),
        ({"minItems": 2}, [], "at least 2 items"),
        ({"maxItems": 0}, [1], "at most 0 items"),
        ({"minProperties": 1}, {}, "at least 1 member"),
        ({"maxProperties": 1}, {"a": 1, "b": 2}, "at most 1 member"),
        ({"uniqueItems": True}, [1, 1], "no item twice"),
        ({"minimum": 3}, 1, "at least 3"),
        ({"maximum": 3.5}, 4, "at most 3.5"),
        ({"exclusiveMinimum": 3}, 3, "more than 3"),
        ({"exclusiveMaximum": 3}, 3, "less than 3"),
        ({"multipleOf": 5}, 3, "a multiple of 5"),
        ({"required": ["a"]}, {}, None),
        ({"not": {"const": 1}}, 1, None),
        (False, 1, None),
    ],
)
def test_hints_say_what_is_expected(rule: Any, value: Any, words: str | None) -> None:
    found = flaw(rule, value)
    assert expected_hint(found.keyword, found.rule) == words


def test_long_hints_are_truncated() -> None:
    found = flaw({"pattern": "a" * 1000}, "x")
    assert len(expected_hint(found.keyword, found.rule) or "") < 310


def test_an_unknown_rule_has_no_hint() -> None:
    assert expected_hint("json", None) is None
    assert nearest_valid("json", None, "x") is None


@pytest.mark.parametrize(
    ("rule", "value", "name"),
    [
        ({"enum": ["green", "red"]}, "gren", "green"),
        ({"enum": ["Green", "red"]}, "GREEN", "Green"),
        ({"enum": ["green", "red"]}, "blue", None),
        ({"enum": ["green", 4]}, 5, None),
        ({"const": "green"}, "gren", "green"),
        ({"anyOf": [{"type": "null"}, {"enum": ["green"]}, {"const": "x"}]}, "grean", "green"),
        ({"type": "integer"}, "integr", None),
    ],
)
def test_the_nearest_valid_value(rule: Any, value: Any, name: str | None) -> None:
    found = flaw(rule, value)
    assert nearest_valid(found.keyword, found.rule, found.value) == name
