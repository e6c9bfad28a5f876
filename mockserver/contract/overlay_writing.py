"""The overlay that turns one document into another."""

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.formats.json_path import format_json_path, quote
from mockserver.formats.json_pointer import json_equal

Tokens = tuple[str, ...]


def write_overlay(title: str, actions: list[dict[str, Any]]) -> dict[str, Any]:
    """The document of an overlay."""
    return {"overlay": "1.0.0", "info": {"title": title, "version": "1.0.0"}, "actions": actions}


def actions_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The actions that turn the old document into the new one."""
    return list(_mapping(old, old, new, ()))


def _mapping(
    root: Any, old: Mapping[str, Any], new: Mapping[str, Any], tokens: Tokens
) -> Iterator[dict[str, Any]]:
    for name in old:
        if name not in new:
            yield _remove(root, (*tokens, name))
    update = {}
    for name, value in new.items():
        below = (*tokens, name)
        if name not in old:
            update[name] = value
        elif isinstance(old[name], dict) and isinstance(value, dict):
            yield from _mapping(root, old[name], value, below)
        elif isinstance(old[name], list) and isinstance(value, list):
            yield from _sequence(root, old[name], value, below)
        elif not json_equal(old[name], value):
            if isinstance(old[name], dict | list) or isinstance(value, dict | list):
                yield _remove(root, below)  # an update would merge the two
            update[name] = value
    if update:
        yield {"target": format_json_path(root, tokens), "update": update}


def _sequence(root: Any, old: list[Any], new: list[Any], tokens: Tokens) -> Iterator[dict[str, Any]]:
    gone = [one for one in old if not any(json_equal(one, other) for other in new)]
    added = [one for one in new if not any(json_equal(one, other) for other in old)]
    if len(old) == len(new) and all(isinstance(one, dict) for one in (*gone, *added)):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _mapping(root, before, after, (*tokens, str(index))) if before != after else ()
        return
    target = format_json_path(root, tokens)
    if all(isinstance(one, str) for one in gone):
        yield from ({"target": f"{target}[?@ == {quote(one)}]", "remove": True} for one in gone)
        yield from ({"target": target, "update": one} for one in added)
        return
    yield _remove(root, tokens)
    yield {"target": format_json_path(root, tokens[:-1]), "update": {tokens[-1]: new}}


def _remove(root: Any, tokens: Tokens) -> dict[str, Any]:
    return {"target": format_json_path(root, tokens), "remove": True}
