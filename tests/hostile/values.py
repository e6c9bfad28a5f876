"""Draws values for schemas: mostly of the right shape, with the scalars that break programs."""

import json
import random
from collections.abc import Mapping
from typing import Any, Final

from mockserver.contract.operation import Operation
from mockserver.contract.schema import Schema

TEXTS: Final = (
    "", " ", "a", "\0", "null", "0", "-1", "é" * 20, "\u202e", "\U0001f600", "x" * 300, "a@b.example",
    "a@" + "a." * 2_000 + "@", "+31612345678", "%00", "../..", "{{x}}", "$where", "[" * 500, '"', "1e999",
    "0001-01-01", "9999-12-31", "2024-02-29", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-13:59", "0001-01-01T00:00:00+13:59", "1969-12-31T23:59:59Z", "2016-12-31T23:59:60Z",
    "99999999999999999999", "MTAwMDAwMDA", "eyJhIjoxfQ==", "====", "00000000-0000-0000-0000-000000000000",
    "f" * 24, "0" * 24,
)  # fmt: skip
NUMBERS: Final = (
    0, 1, -1, 2, 10, 50, 100, 101, 1_000, 255, 2**31 - 1, 2**31, 2**53, 2**63 - 1, -(2**63), 2**64 - 1, 0.5,
    -0.0, 1e308, 5e-324, 1e22, 253_402_300_799, 253_402_300_800, -62_135_596_801,
)  # fmt: skip
_MAX_DEPTH: Final = 6


class Sampler:
    """Draws values; the same seed draws the same."""

    def __init__(self, seed: int, wrong: float = 0.04) -> None:
        self.random = random.Random(seed)
        self._ids: list[Any] = []
        self._wrong = wrong

    def learn(self, reply: bytes) -> None:
        """Remembers the ids in a reply, so that later calls reach what exists."""
        try:
            waiting = [json.loads(reply)]
        except ValueError:
            return
        while waiting:
            one = waiting.pop()
            if isinstance(one, dict):
                waiting += one.values()
                ids = [value for name, value in one.items() if name.lower().endswith(("id", "cursor", "key"))]
                self._ids += [value for value in ids if isinstance(value, str | int)]
            elif isinstance(one, list):
                waiting += one[:5]
        del self._ids[:-200]

    def value(self, schema: Schema) -> Any:
        """A value for the schema: about one part in 25 is wrong."""
        return self._value(schema.schema, schema.components, 0)

    def rule(self, rule: Any, components: Mapping[str, Any]) -> Any:
        """A value for a part of a schema."""
        return self._value(rule, components, 2)

    def call(self, operation: Operation) -> tuple[str, dict[str, Any], bytes]:
        """Path, query parameters and body of a call of the operation."""
        path, query = operation.path, {}
        for one in operation.parameters:
            value = self._known(one.name) or self.value(one.schema)
            if one.location == "path":
                text = value if isinstance(value, str) else json.dumps(value)
                path = path.replace(f"{{{one.name}}}", _path_text(text))
            elif one.location == "query" and (one.required or self.random.random() < 0.7):
                query[one.name] = value
        if self.random.random() < 0.1:
            query[self.random.choice(TEXTS)[:50]] = "x"
        schema = operation.body.json_schema if operation.body else None
        return path, query, self._body(schema) if schema else b""

    def _known(self, name: str) -> Any:
        is_id = name.lower().endswith(("id", "cursor", "key", "after", "before"))
        return self.random.choice(self._ids) if is_id and self._ids and self.random.random() < 0.6 else None

    def _body(self, schema: Schema) -> bytes:
        draw = self.random.random()
        if draw < 0.02:
            return b"[" * 5_000
        if draw < 0.04:
            return b'{"a":' * 150 + b"1" + b"}" * 150
        return json.dumps(self.value(schema)).encode()

    def _value(self, rule: Any, components: Mapping[str, Any], depth: int) -> Any:
        if not isinstance(rule, Mapping) or self.random.random() < self._wrong or depth > 40:
            return self._any(depth)
        if "$ref" in rule:
            name = str(rule["$ref"]).rpartition("/")[2]
            return self._value(components.get(name), components, depth + 1)
        for word in ("oneOf", "anyOf"):
            if word in rule and "properties" not in rule:
                return self._value(self.random.choice(rule[word]), components, depth + 1)
        if "allOf" in rule and "properties" not in rule:
            parts = [self._value(one, components, depth + 1) for one in rule["allOf"]]
            objects = [one for one in parts if isinstance(one, dict)]
            return {name: one for part in objects for name, one in part.items()} if objects else parts[0]
        if "const" in rule:
            return rule["const"]
        if "enum" in rule:
            return self.random.choice(rule["enum"])
        return self._typed(rule, components, depth)

    def _typed(self, rule: Mapping[str, Any], components: Mapping[str, Any], depth: int) -> Any:
        kinds = rule.get("type", "object" if "properties" in rule else "string")
        kind = self.random.choice(kinds) if isinstance(kinds, list) else kinds
        if kind == "object":
            return self._object(rule, components, depth)
        if kind == "array":
            number = self.random.choice((0, 1, 2, 3, 40)) if depth < _MAX_DEPTH else 0
            return [self._value(rule.get("items"), components, depth + 1) for _ in range(number)]
        if kind in ("integer", "number"):
            bounds = [rule[word] for word in ("minimum", "maximum", "default") if word in rule]
            return self.random.choice([*bounds, *NUMBERS])
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind == "null":
            return None
        examples = [one for one in (rule.get("example"), *rule.get("examples", ())) if isinstance(one, str)]
        return self.random.choice([*examples, *examples, *TEXTS])

    def _object(self, rule: Mapping[str, Any], components: Mapping[str, Any], depth: int) -> Any:
        found = {}
        for name, one in rule.get("properties", {}).items():
            if name in rule.get("required", ()) or (depth < _MAX_DEPTH and self.random.random() < 0.5):
                found[name] = self._known(name) or self._value(one, components, depth + 1)
        more = rule.get("additionalProperties")
        if more and depth < _MAX_DEPTH:
            found[self.random.choice(TEXTS)[:60]] = self._value(more, components, depth + 1)
        return found

    def _any(self, depth: int) -> Any:
        draw = self.random.random()
        if draw < 0.5:
            return self.random.choice(TEXTS)
        if draw < 0.8:
            return self.random.choice(NUMBERS)
        if draw < 0.9 or depth > _MAX_DEPTH:
            return self.random.choice((None, True, False, [], {}))
        return [self._any(depth + 1) for _ in range(3)]


def _path_text(text: str) -> str:
    """The text as one segment of a path; the test's client encodes the rest."""
    return (
        text.replace("/", "-").replace("?", "-").replace("#", "-").replace("%", "-").replace("\0", "")[:600]
        or "x"
    )
