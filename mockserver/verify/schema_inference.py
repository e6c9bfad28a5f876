"""Schema inference: derives a schema and an invented example from observed values."""

import re
from collections.abc import Sequence
from typing import Any, Final

_VOLATILE_TEXT: Final = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a UUID
    r"|\d{4}-\d\d-\d\d([T ].*)?"  # a date or a timestamp
    r"|[^@\s]+@[^@\s]+"  # an e-mail address
    r"|\+?\d[\d .-]{3,}"  # a phone or account number
    r"|(?=.*\d)[0-9a-f]{8,}"  # a hexadecimal id
    r"|(?=(.*\d){3})[\w-]{16,}"  # another id
    r"|\w+://.*"  # a URL
    r"|.{61,}|.*\s.*\s.*\s.*",  # prose
    re.IGNORECASE | re.DOTALL,
)
_MAX_CODE: Final = 9_999
_MAX_PROPERTIES: Final = 50
_MAX_DEPTH: Final = 5
_SAMPLES: Final = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "null": None, "array": []}


def is_volatile(value: Any) -> bool:
    """Whether the value is data (an id, time, address, number or prose) rather than a constant word."""
    if value is None or isinstance(value, str):
        return value is not None and _VOLATILE_TEXT.fullmatch(value) is not None
    return not isinstance(value, int) or abs(value) > _MAX_CODE


def json_type(value: Any) -> str:
    """The JSON type of a value."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    kinds = {int: "integer", float: "number", str: "string", list: "array"}
    return kinds.get(type(value), "object")


def infer_schema(values: Sequence[Any], depth: int = 0) -> dict[str, Any]:
    """A schema that all values conform to; it describes shapes only, no values."""
    kinds = sorted({json_type(value) for value in values})
    if "number" in kinds:
        kinds = [one for one in kinds if one != "integer"]
    if kinds in ([], ["null"]):
        return {}  # only null was observed, so the type is unknown
    found: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds}
    objects = [value for value in values if isinstance(value, dict)]
    items = [item for value in values if isinstance(value, list) for item in value]
    if depth < _MAX_DEPTH:
        if items:
            found["items"] = infer_schema(items, depth + 1)
        found |= _members(objects, depth)
    return found


def _members(objects: list[dict[str, Any]], depth: int) -> dict[str, Any]:
    names = list(dict.fromkeys(name for value in objects for name in value))
    if not names:
        return {}
    if any(is_volatile(name) for name in names) or len(names) > _MAX_PROPERTIES:
        return {
            "additionalProperties": infer_schema(
                [one for value in objects for one in value.values()], depth + 1
            )
        }
    described = {
        name: infer_schema([one[name] for one in objects if name in one], depth + 1) for name in names
    }
    return {"properties": described}


def make_example(described: dict[str, Any]) -> Any:
    """A value that conforms to a schema made by `infer_schema`."""
    kinds = described.get("type", "null")
    first = kinds if isinstance(kinds, str) else kinds[0]
    if first == "object":
        return {name: make_example(one) for name, one in described.get("properties", {}).items()}
    return _SAMPLES[first]
