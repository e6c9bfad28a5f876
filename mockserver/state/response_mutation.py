"""Simulates an unannounced API change: removes, renames, nulls or retypes one field of a reply."""

from collections.abc import Iterator
from typing import Any

import orjson

from mockserver.formats.json_pointer import MISSING, child_key, parse_pointer


def mutate_field(body: bytes, field: str, change: str, to: str | None) -> bytes | None:
    """The JSON body with the field removed, renamed (to `to`), nulled or retyped; None without such a field.

    `field` is a JSON pointer, in which `*` matches every item or member.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    *tokens, last = parse_pointer(field)
    found = [(holder, key) for holder in _descend(value, tokens) for key in _keys(holder, last)]
    if not found:
        return None
    # From the end, so that removing an item does not move those still to be changed.
    for holder, key in reversed(found):
        _change(holder, key, change, to)
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE if body.endswith(b"\n") else 0)


def find_values(value: Any, pointer: str) -> list[Any]:
    """The values at a JSON pointer, in which `*` matches every item or member."""
    return list(_descend(value, parse_pointer(pointer)))


def _descend(value: Any, tokens: list[str]) -> Iterator[Any]:
    if not tokens:
        yield value
        return
    for key in _keys(value, tokens[0]):
        yield from _descend(value[key], tokens[1:])


def _keys(holder: Any, name: str) -> list[Any]:
    if name == "*" and isinstance(holder, dict | list):
        return list(holder if isinstance(holder, dict) else range(len(holder)))
    key = child_key(holder, name)
    return [] if key is MISSING else [key]


def _change(holder: Any, key: Any, change: str, to: str | None) -> None:
    if change == "removed" or (change == "renamed" and isinstance(holder, list)):
        del holder[key]
    elif change == "renamed":
        holder[to or f"{key}_"] = holder.pop(key)
    elif change == "nulled":
        holder[key] = None
    else:
        holder[key] = _retyped(holder[key])


def _retyped(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str):
        return int(value) if value.isdecimal() and len(value) < 16 else {"value": value}
    if isinstance(value, list):
        return {str(number): one for number, one in enumerate(value)}
    if isinstance(value, dict):
        return list(value.values())
    return orjson.dumps(value).decode()
