"""Errors in the words of Go's encoding/json, in which Ortto rejects bodies (inferred from recorded texts)."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from mockserver.contract.json_body import has_too_many_values
from mockserver.contract.operation import Operation
from mockserver.contract.schema import Schema
from mockserver.contract.validation import Violation
from mockserver.formats.bounded_text import clip
from mockserver.formats.json_pointer import parse_pointer
from mockserver.vendors.ortto.go_scanner import TOO_DEEP, syntax_error
from mockserver.vendors.ortto.raw_json import RawJson

TOO_LARGE: Final = "http: request body too large"

_KINDS: Final = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
_TYPES: Final = {"integer": "int", "number": "float64", "boolean": "bool", "string": "string"}
_NUMBER: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|(-?\d[\d.eE+-]*)', re.DOTALL)
_MAX_QUOTED: Final = 300
MAX_INT: Final = (1 << 63) - 1


def decoding_error(raw: bytes) -> str:
    """Why Go does not decode a body that this server could not read."""
    wrong = syntax_error(raw)
    if wrong:
        return wrong
    # Valid JSON, beyond this server's own limits or those of a float64.
    for found in _NUMBER.finditer(raw):
        if found[1] and not math.isfinite(float(found[1])):
            number = clip(found[1].decode(), _MAX_QUOTED)
            return f"json: cannot unmarshal number {number} into Go value of type float64"
    return TOO_LARGE if has_too_many_values(raw) else TOO_DEEP


def type_error(operation: Operation, violation: Violation, raw: RawJson) -> str:
    """Why a value does not fit the type of its element."""
    tokens = parse_pointer(violation.pointer)
    schema = operation.body.json_schema if operation.body else None
    root = _name(schema) if schema else "Request"
    expected = _go_type(violation.rule, schema.components if schema else {})
    value = _KINDS.get(type(violation.value), "value")
    if expected == "int" and value == "number":
        sent = raw.follow(tokens)
        value = f"number {sent.text}" if sent else value
    path = ".".join(token for token in tokens if not token.isdecimal())
    if not path:
        return f"json: cannot unmarshal {value} into Go value of type {root}"
    return f"json: cannot unmarshal {value} into Go struct field {root}.{path} of type {expected}"


def _name(schema: Schema) -> str:
    """The name of the schema among the components."""
    node: Any = schema.schema
    return str(node["$ref"]).rpartition("/")[2] if isinstance(node, dict) and "$ref" in node else "Request"


def _go_type(rule: Any, components: Mapping[str, Any]) -> str:
    """The Go type of an element with this schema."""
    if not isinstance(rule, dict):
        return "string"
    if "$ref" in rule:
        name = str(rule["$ref"]).rpartition("/")[2]
        kind = _go_type(components.get(name), components)
        return name if kind == "struct" else kind
    kinds = rule.get("type", "string")
    kind = next((one for one in kinds if one != "null"), "null") if isinstance(kinds, list) else kinds
    if kind == "array":
        return f"[]{_go_type(rule.get('items'), components)}"
    if kind == "object":
        return "struct" if "properties" in rule else "map[string]interface {}"
    return _TYPES.get(kind, kind)
