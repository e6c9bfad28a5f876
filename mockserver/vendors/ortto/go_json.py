"""Errors in the words of Go's encoding/json, in which Ortto rejects bodies (inferred from recorded texts)."""

import json
import re
from typing import Any, Final, NoReturn

from mockserver.contract.json_body import has_too_many_values
from mockserver.contract.operation import Operation
from mockserver.contract.schema import Schema
from mockserver.contract.validation import Violation
from mockserver.formats.json_pointer import parse_pointer
from mockserver.vendors.ortto.raw_json import RawJson

END: Final = "unexpected end of JSON input"
TOO_LARGE: Final = "http: request body too large"
_TOO_DEEP: Final = "exceeded max depth"

_WHERE: Final = (
    ("Expecting property name", "looking for beginning of object key string"),
    ("Illegal trailing comma", "looking for beginning of value"),
    ("Expecting ':'", "after object key"),
    ("Extra data", "after top-level value"),
    ("Invalid control character", "in string literal"),
    ("Invalid \\escape", "in string escape code"),
    ("Invalid \\u", "in \\u hexadecimal character escape"),
)
# A string that does not end is one, too: else each of its quotes would be tried as a start.
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
_LITERALS: Final = ("true", "false", "null")
_KINDS: Final = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
_TYPES: Final = {"integer": "int", "number": "float64", "boolean": "bool", "string": "string"}
MAX_INT: Final = (1 << 63) - 1


def syntax_error(raw: bytes) -> str:
    """Why a body is not JSON."""
    text = raw.decode("utf-8", "replace")
    try:
        json.loads(text, parse_constant=_reject_constant, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        return _say(text, error.msg, error.pos)
    except ValueError as error:  # a constant
        return f"invalid character {quote(str(error)[:1])} looking for beginning of value"
    except RecursionError:
        return _TOO_DEEP
    # Valid for Python's decoder: beyond this server's own limits, or not UTF-8.
    if "\ufffd" in text or "\\u" in text:
        return "invalid character '\\ufffd' in string literal"
    return TOO_LARGE if has_too_many_values(raw) else _TOO_DEEP


def _reject_constant(name: str) -> NoReturn:
    """Rejects NaN and Infinity, which Python's decoder accepts."""
    raise ValueError(name)


def _say(text: str, message: str, position: int) -> str:
    if message.startswith("Unterminated string"):
        return END
    if message.startswith("Illegal trailing comma"):
        position = _next(text, position + 1)
    char = text[position : position + 1]
    if message.startswith("Expecting value"):
        return _say_value(text, position)
    if not char:
        return END
    where = next((where for start, where in _WHERE if message.startswith(start)), "")
    if message.startswith("Invalid \\escape"):
        char = text[position + 1 : position + 2] or char
    if message.startswith("Illegal trailing comma") and char == "}":
        where = "looking for beginning of object key string"
    if not where:  # a comma is missing
        where = "after object key:value pair" if _is_in_object(text[:position]) else "after array element"
    return f"invalid character {quote(char)} {where}"


def _say_value(text: str, position: int) -> str:
    """The error where a value should begin: nothing is there, a wrong character, or a cut literal."""
    for literal in _LITERALS:
        length = next((n for n in range(len(literal), 0, -1) if text.startswith(literal[:n], position)), 0)
        if length:
            char = text[position + length : position + length + 1]
            expected = f"in literal {literal} (expecting {quote(literal[length : length + 1])})"
            return f"invalid character {quote(char)} {expected}" if char else END
    char = text[position : position + 1]
    return f"invalid character {quote(char)} looking for beginning of value" if char else END


def _next(text: str, position: int) -> int:
    while text[position : position + 1] in tuple(" \t\n\r"):
        position += 1
    return position


def _is_in_object(text: str) -> bool:
    """Whether the innermost open bracket of the text is one of an object."""
    closed = 0
    for char in reversed(_STRING.sub("", text)):
        if char in "]}":
            closed += 1
        elif char in "[{":
            if not closed:
                return char == "{"
            closed -= 1
    return False


def quote(char: str) -> str:
    """A character in quotes, as Go prints it."""
    if char == "'":
        return "'\\''"
    if char == '"':
        return "'\"'"
    return f"'{char}'" if char.isprintable() else f"'{char.encode('unicode_escape').decode()}'"


def type_error(operation: Operation, violation: Violation, raw: RawJson) -> str:
    """Why a value does not fit the type of its element."""
    tokens = parse_pointer(violation.pointer)
    root = _name(operation.body.json_schema) if operation.body and operation.body.json_schema else "Request"
    expected = _go_type(violation.rule)
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


def _go_type(rule: Any) -> str:
    """The Go type of an element with this schema."""
    if not isinstance(rule, dict):
        return "string"
    if "$ref" in rule:
        return str(rule["$ref"]).rpartition("/")[2]
    kinds = rule.get("type", "string")
    kind = next((one for one in kinds if one != "null"), "null") if isinstance(kinds, list) else kinds
    if kind == "array":
        return f"[]{_go_type(rule.get('items'))}"
    if kind == "object":
        return "struct" if "properties" in rule else "map[string]interface {}"
    return _TYPES.get(kind, kind)
