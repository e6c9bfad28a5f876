"""JSON Schemas of callers: the violated rule is named, nothing is fetched, and no pattern takes long."""

import socketserver
from typing import Any

import pytest

from mockserver.contract.caller_schema import CallerSchema
from tests.loopback import opened


def test_violations_have_place_keyword_and_rule() -> None:
    size, schema = {"enum": ["S", "M"]}, {"required": ["a"]}
    assert CallerSchema(schema).violations({"a": 1}) == []
    (missing,) = CallerSchema(schema).violations({})
    assert (missing.pointer, missing.keyword, missing.value, missing.rule) == ("", "required", {}, schema)
    (wrong,) = CallerSchema({"properties": {"sizes": {"items": size}}}).violations({"sizes": ["S", "L"]})
    assert (wrong.pointer, wrong.keyword, wrong.rule) == ("/sizes/1", "enum", size)


@pytest.mark.parametrize("schema", [{"type": "text"}, {"pattern": "("}, {"$schema": "urn:unknown"}, 5])
def test_an_invalid_schema_is_refused(schema: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        CallerSchema(schema)


def test_nothing_is_fetched() -> None:
    asked: list[object] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.append(self.client_address)

    with opened(socketserver.TCPServer(("127.0.0.1", 0), Handler)) as url:
        for reference in (f"{url}/schema.json", "file:///etc/hostname"):
            with pytest.raises(ValueError, match=r"is another document; put its schemas into \$defs"):
                CallerSchema({"$ref": reference})
    assert asked == []


def test_a_pattern_that_needs_too_many_steps_does_not_match() -> None:
    schema = CallerSchema({"pattern": r"^(?:(a+)\1?)+c$|^a+b$"})
    assert schema.violations("a" * 10 + "b") == []
    for length in (14, 60):  # 14 would match by the second half, after more steps than are allowed
        assert [one.keyword for one in schema.violations("a" * length + "b")] == ["pattern"]


def test_a_value_may_be_nested_deeper_than_a_schema() -> None:
    value: Any = 1
    schema: Any = {}
    for _ in range(1_000):
        value, schema = {"a": value}, {"properties": {"a": schema}}
    with pytest.raises(ValueError, match=r"Recursion limit"):
        CallerSchema(schema)
    deep = CallerSchema({"type": ["integer", "object"], "properties": {"a": {"$ref": "#"}}})
    assert deep.violations(value) == []
    assert [one.keyword for one in CallerSchema({"maxProperties": 0}).violations(value)] == ["nesting"]
