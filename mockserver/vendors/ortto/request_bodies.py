"""Request bodies as Go's decoder reads them: member names in any case, and no fractions for integers."""

from functools import lru_cache
from typing import Any, Final

from mockserver.contract.operation import Operation
from mockserver.contract.schema import Schema
from mockserver.contract.validation import Violation
from mockserver.formats.json_pointer import format_pointer
from mockserver.formats.lenient_json import replace_invalid
from mockserver.vendors.ortto.go_json import MAX_INT

_MAX_DEPTH: Final = 6
_COMBINED: Final = ("allOf", "anyOf", "oneOf")


def decode_body(operation: Operation, body: Any) -> tuple[Any, list[Violation]]:
    """The body with the contract's member names, and a violation for each number that is not an int."""
    schema = operation.body.json_schema if operation.body else None
    if schema is None or not isinstance(body, dict):
        return body, []
    found: list[Violation] = []
    return _decode(body, _struct(schema), (), found), found


def decode_text(raw: bytes) -> bytes:
    """The text with U+FFFD for invalid characters; Go reads no byte order mark."""
    return replace_invalid(raw)


class _Struct:
    """The members of an object that Go decodes into a struct, with the structs of their values.

    Objects with patterns are maps, whose keys Go takes as they are.
    """

    def __init__(self, node: Any, components: dict[str, Any], depth: int = 0) -> None:
        self.names: dict[str, str] = {}
        self.structs: dict[str, _Struct] = {}
        self.integers: dict[str, Any] = {}
        for part in _parts(node, components):
            members = {} if "patternProperties" in part else part.get("properties", {})
            for name, member in members.items():
                self.names[name.lower()] = name
                self._add(name, member, components, depth)

    def _add(self, name: str, member: Any, components: dict[str, Any], depth: int) -> None:
        for part in _parts(member, components):
            kinds = part.get("type", ())
            if kinds == "integer" or "integer" in kinds:
                self.integers[name] = part
            below = part.get("items") if "array" in kinds else part
            if depth < _MAX_DEPTH and isinstance(below, dict) and name not in self.structs:
                struct = _Struct(below, components, depth + 1)
                if struct.names:
                    self.structs[name] = struct


def _parts(node: Any, components: dict[str, Any]) -> list[dict[str, Any]]:
    """The schema and those that it combines, with references resolved."""
    if not isinstance(node, dict):
        return []
    parts = [node]
    if "$ref" in node:
        parts += _parts(components.get(node["$ref"].rpartition("/")[2]), components)
    for keyword in _COMBINED:
        for one in node.get(keyword, ()):
            parts += _parts(one, components)
    return parts


@lru_cache(64)
def _struct(schema: Schema) -> _Struct:
    return _Struct(schema.schema, schema.components)


def _decode(
    given: dict[str, Any], struct: _Struct, where: tuple[Any, ...], found: list[Violation]
) -> dict[str, Any]:
    decoded: dict[str, Any] = {}
    for sent, value in given.items():
        # An exact name counts more than one in another case.
        name = (
            sent
            if sent in struct.structs or sent in struct.integers
            else struct.names.get(sent.lower(), sent)
        )
        if name != sent and name in given:
            continue
        if name in struct.integers and _is_no_int(value):
            pointer = format_pointer([*map(str, where), name])
            message = f"{value!r} is not an integer of 64 bits"
            found.append(Violation("body", pointer, "type", message, value, struct.integers[name]))
        below = struct.structs.get(name)
        decoded[name] = value if below is None else _decode_below(value, below, (*where, name), found)
    return decoded


def _decode_below(value: Any, struct: _Struct, where: tuple[Any, ...], found: list[Violation]) -> Any:
    if isinstance(value, dict):
        return _decode(value, struct, where, found)
    if isinstance(value, list):
        return [
            _decode(item, struct, (*where, number), found) if isinstance(item, dict) else item
            for number, item in enumerate(value)
        ]
    return value


def _is_no_int(value: Any) -> bool:
    return type(value) is float or (type(value) is int and not -MAX_INT - 1 <= value <= MAX_INT)
