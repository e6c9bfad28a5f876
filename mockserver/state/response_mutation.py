"""Simulates an unannounced API change: removes, renames, nulls or retypes fields of a reply."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from mockserver.formats.json_pointer import MISSING, child_key, parse_pointer


class Mutation(NamedTuple):
    """A change of one field: removed, renamed (to `to`), nulled or retyped.

    `field` is a JSON pointer, in which `*` matches every item or member.
    """

    field: str
    change: str
    to: str | None = None


def mutate(body: bytes, mutations: Sequence[Mutation]) -> tuple[bytes, list[str]]:
    """The JSON body after the mutations, in their order, and the fields that it does not have."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body, [one.field for one in mutations]
    missing = [one.field for one in mutations if not _mutate(value, one)]
    if len(missing) == len(mutations):
        return body, missing
    option = orjson.OPT_APPEND_NEWLINE if body.endswith(b"\n") else 0
    return orjson.dumps(value, option=option), missing


def _mutate(value: Any, mutation: Mutation) -> bool:
    """Whether the value has the field, which is changed in it."""
    *tokens, last = parse_pointer(mutation.field)
    found = [(holder, key) for holder in _descend(value, tokens) for key in _keys(holder, last)]
    # From the end, so that removing an item does not move those still to be changed.
    for holder, key in reversed(found):
        _change(holder, key, mutation.change, mutation.to)
    return bool(found)


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
