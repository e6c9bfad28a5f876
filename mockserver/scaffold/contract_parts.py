"""Parts of a contract made from a document: parameters, headers, bodies with examples."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from mockserver.contract.operation import is_json, is_parsed
from mockserver.contract.sample_value import Sampler, fits
from mockserver.contract.schema import Schema
from mockserver.formats.json_pointer import MISSING
from mockserver.resources.shapes import without_unknown
from mockserver.scaffold.schema_reading import SchemaReader
from mockserver.scaffold.source_operations import SourceContent, SourceReply

_SCALARS: Final = frozenset({"string", "integer", "number", "boolean"})
_SCALAR_WORDS: Final = (
    *("enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum"),
    *("exclusiveMinimum", "exclusiveMaximum", "multipleOf", "default"),
)
_LIST_WORDS: Final = ("minItems", "maxItems", "uniqueItems")
_VALUE_WORDS: Final = ("default", "example")
_MAX_CHECKS: Final = 4_000
"""The examples of schemas that are checked; further ones are left out."""


class ContractParts:
    """Makes the parts; `notes` are what no contract can keep."""

    def __init__(self, components: dict[str, Any], notes: list[str]) -> None:
        self.components = components
        self._reader = SchemaReader(components)
        self._sampler = Sampler(components)
        self._samples: dict[bytes, Any] = {}
        self._checks = 0
        self.notes = notes

    def parameter(self, operation: str, node: Mapping[str, Any]) -> dict[str, Any] | None:
        """The parameter, if its text can be read; None if it is left out."""
        schema = self._text_schema(node["schema"], node["in"])
        if schema is None and node["in"] == "path":
            schema = {"type": "string"}
        if schema is None:
            self.notes.append(f"{operation}: the parameter {node['name']} (an object)")
            return None
        found = {name: value for name, value in node.items() if name not in ("schema", "example")}
        rule = Schema(schema, self.components)
        example = {"example": node["example"]} if "example" in node and fits(rule, node["example"]) else {}
        return {**found, "schema": schema, **example}

    def headers(self, reply: SourceReply) -> dict[str, Any]:
        """The headers whose text can be read; none is required, since the fake may not send it."""
        schemas = {name: self._text_schema(one["schema"], "header") for name, one in reply.headers.items()}
        plain = {name: one for name, one in schemas.items() if one is not None and one["type"] != "array"}
        return {name: {**reply.headers[name], "schema": one} for name, one in plain.items()}

    def content(self, where: str, media_type: str, content: SourceContent) -> dict[str, Any]:
        """Schema and example of a body."""
        if not is_json(media_type) and (not is_parsed(media_type) or content.schema is True):
            return {"schema": content.schema} if isinstance(content.schema, dict) else {}
        example = self.example(content)
        if example is MISSING:
            self.notes.append(f"{where}: the schema of {media_type} (no value that fits it was found)")
            return {"schema": {}, "example": {}}
        return {"schema": content.schema, "example": example}

    def request_content(self, where: str, media_type: str, content: SourceContent) -> dict[str, Any]:
        """Schema and example of a request: an example of the project's own has no read-only members."""
        found = self.content(where, media_type, content)
        example = found.get("example")
        members = self._reader.members(content.schema).items()
        read_only = {name for name, one in members if isinstance(one, dict) and one.get("readOnly")}
        if isinstance(example, dict) and content.example is MISSING and read_only:
            shorter = {name: value for name, value in example.items() if name not in read_only}
            if fits(Schema(found["schema"], self.components), shorter):
                found["example"] = shorter
        return found

    def example(self, content: SourceContent) -> Any:
        """The documented example if it fits, else one made from the schema; `MISSING` if there is none."""
        rule = Schema(content.schema, self.components)
        if content.example is not MISSING and fits(rule, content.example):
            known = without_unknown(content.example, rule)
            return known if fits(rule, known) else content.example
        return self.sample(content.schema)

    def sample(self, schema: Any) -> Any:
        """A value of the schema; `MISSING` if none is found."""
        key = orjson.dumps(schema)
        if key not in self._samples:
            self._samples[key] = self._sampler.sample(schema)
        return self._samples[key]

    def prune(self, node: Any) -> None:
        """Removes defaults and examples that do not fit their schema, at all depths."""
        waiting = [node]
        while waiting:
            one = waiting.pop()
            if isinstance(one, list):
                waiting += one
            elif isinstance(one, dict):
                self._prune_values(one)
                waiting += [value for name, value in one.items() if name not in ("enum", "const", "examples")]

    def _prune_values(self, schema: dict[str, Any]) -> None:
        for word in _VALUE_WORDS:
            # A property of this name is a schema, and stays.
            if (
                word in schema
                and not self._is_schema_map(schema, word)
                and not self._fits(schema, schema[word])
            ):
                del schema[word]
        if isinstance(schema.get("examples"), list):
            fitting = [one for one in schema["examples"] if self._fits(schema, one)]
            if fitting:
                schema["examples"] = fitting
            else:
                del schema["examples"]

    def _is_schema_map(self, node: Mapping[str, Any], word: str) -> bool:
        """Whether the node is the `properties` of a schema, one of which has this name."""
        value = node[word]
        others = [one for name, one in node.items() if name != word]
        looks_like_schema = isinstance(value, dict) and bool({"type", "$ref", "properties"} & value.keys())
        return looks_like_schema and all(isinstance(one, dict | bool) for one in others)

    def _fits(self, schema: dict[str, Any], value: Any) -> bool:
        self._checks += 1
        return self._checks <= _MAX_CHECKS and fits(Schema(schema, self.components), value)

    def _text_schema(self, schema: Any, where: str) -> dict[str, Any] | None:
        """The schema of a parameter's text, of one type; None if it describes an object."""
        flat = self._reader.flat(schema)
        kinds = self._reader.types(flat)
        if kinds == {"array"}:
            items = self._text_schema(flat.get("items", True), "")
            if items is None or items["type"] == "array" or where == "cookie":
                return None
            return {"type": "array", "items": items, **_picked(flat, _LIST_WORDS)}
        if kinds & {"object", "array"} or self._reader.members(schema):
            return None
        if len(kinds) != 1 or not kinds <= _SCALARS:
            values = flat.get("enum", ())
            texts = {"enum": [*values]} if values and all(isinstance(one, str) for one in values) else {}
            return {"type": "string", **texts}
        found = {"type": next(iter(kinds)), **_picked(flat, _SCALAR_WORDS)}
        if "enum" in found:
            found["enum"] = [one for one in found["enum"] if one is not None]
        if where == "path" and found.get("format") in ("password", "binary"):
            del found["format"]
        if "default" in found and not fits(Schema(found, self.components), found["default"]):
            del found["default"]
        return found


def _picked(flat: Mapping[str, Any], words: tuple[str, ...]) -> dict[str, Any]:
    return {name: flat[name] for name in words if name in flat}
