"""What was seen, without its values: the schema of values, an example made up, and what is volatile."""

import re
from collections.abc import Sequence
from typing import Any, Final

_VOLATILE: Final = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a UUID
    r"|\d{4}-\d\d-\d\d([T ].*)?"  # a date or a moment
    r"|[^@\s]+@[^@\s]+"  # an e-mail address
    r"|\+?\d[\d .-]{3,}"  # a number of some kind
    r"|(?=.*\d)[0-9a-f]{8,}"  # a hexadecimal id
    r"|(?=(.*\d){3})[\w-]{16,}"  # another one
    r"|\w+://.*"  # an address
    r"|.{61,}|.*\s.*\s.*\s.*",  # prose
    re.IGNORECASE | re.DOTALL,
)
_LARGEST_CODE: Final = 9_999
_MOST_MEMBERS: Final = 50
_DEEPEST: Final = 5
_SAMPLES: Final = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "null": None, "array": []}


def volatile(value: Any) -> bool:
    """Whether the value is one of many: an id, a moment, an address, a number or prose, and not a word."""
    if value is None or isinstance(value, str):
        return value is not None and _VOLATILE.fullmatch(value) is not None
    return not isinstance(value, int) or abs(value) > _LARGEST_CODE


def kind(value: Any) -> str:
    """The JSON type of a value."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    kinds = {int: "integer", float: "number", str: "string", list: "array"}
    return kinds.get(type(value), "object")


def schema(values: Sequence[Any], depth: int = 0) -> dict[str, Any]:
    """A schema that all of the values fit and that tells nothing of them but their shape."""
    kinds = sorted({kind(value) for value in values})
    if "number" in kinds:
        kinds = [one for one in kinds if one != "integer"]
    if kinds in ([], ["null"]):
        return {}  # what it is when it is something, nobody has seen
    found: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds}
    objects = [value for value in values if isinstance(value, dict)]
    items = [item for value in values if isinstance(value, list) for item in value]
    if depth < _DEEPEST:
        if items:
            found["items"] = schema(items, depth + 1)
        found |= _members(objects, depth)
    return found


def _members(objects: list[dict[str, Any]], depth: int) -> dict[str, Any]:
    names = list(dict.fromkeys(name for value in objects for name in value))
    if not names:
        return {}
    if any(volatile(name) for name in names) or len(names) > _MOST_MEMBERS:
        return {
            "additionalProperties": schema([one for value in objects for one in value.values()], depth + 1)
        }
    described = {name: schema([one[name] for one in objects if name in one], depth + 1) for name in names}
    return {"properties": described}


def example(described: dict[str, Any]) -> Any:
    """A value that fits a schema that `schema` has made."""
    kinds = described.get("type", "null")
    first = kinds if isinstance(kinds, str) else kinds[0]
    if first == "object":
        return {name: example(one) for name, one in described.get("properties", {}).items()}
    return _SAMPLES[first]
