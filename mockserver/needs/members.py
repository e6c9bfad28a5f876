"""The members of replies, as JSON pointers in which `*` is every item of an array."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from mockserver.call import MAX_JOURNALLED_BODY
from mockserver.formats.json_pointer import format_pointer
from mockserver.needs.cut_json import parse_start

_LONGEST_CHARACTER: Final = 4  # bytes in UTF-8


def list_members(value: Any, tokens: tuple[str, ...] = ()) -> Iterator[str]:
    """The members in a JSON value, outer ones first; the same member of several items comes several times."""
    if isinstance(value, list):
        for item in value:
            yield from list_members(item, (*tokens, "*"))
    elif isinstance(value, dict):
        for name, member in value.items():
            yield format_pointer((*tokens, name))
            yield from list_members(member, (*tokens, name))


def members_of(bodies: Iterable[str]) -> list[str]:
    """The members of several bodies, each once; a body that is not JSON has none."""
    return list(dict.fromkeys(pointer for body in bodies for pointer in list_members(parse(body))))


def parse(body: str) -> Any:
    """The JSON value of a body, or of the start of it that the journal has kept; None if it is not JSON."""
    try:
        return json.loads(body)
    except ValueError:
        start = parse_start(body) if is_cut(body) else None
        return start and start.value


def is_cut(body: str) -> bool:
    """Whether the journal may have kept only the start of the body."""
    return len(body) > MAX_JOURNALLED_BODY // _LONGEST_CHARACTER and len(body.encode()) >= MAX_JOURNALLED_BODY


def keep_members(value: Any, pointers: Iterable[str], tokens: tuple[str, ...] = ()) -> Any:
    """The value with only these members and what leads to them; of an array, its first item."""
    kept = {*pointers}
    if isinstance(value, list):
        return [keep_members(item, kept, (*tokens, "*")) for item in value[:1]]
    if isinstance(value, dict):
        return {
            name: keep_members(member, kept, (*tokens, name))
            for name, member in value.items()
            if _leads_to(format_pointer((*tokens, name)), kept)
        }
    return value


def _leads_to(pointer: str, kept: Iterable[str]) -> bool:
    return any(f"{one}/".startswith(f"{pointer}/") for one in kept)


def is_json(body: str) -> bool:
    """Whether the body is whole JSON."""
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
