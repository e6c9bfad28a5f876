"""The first difference between two replies: a header, or a part of the body by its JSON pointer."""

import json
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any, Final, NamedTuple

import orjson

from mockserver.formats.bounded_text import clip
from mockserver.formats.json_pointer import MISSING, format_pointer, json_equal

_MAX_SHOWN: Final = 200
NOTHING: Final = "nothing"


class Difference(NamedTuple):
    """A place, and what is there in both; None: only digests are known of it."""

    place: str
    recorded: str | None
    replayed: str | None


def differing_header(recorded: Mapping[str, str], replayed: Mapping[str, str]) -> Difference | None:
    """The first header that differs, by name."""
    for name in sorted({*recorded, *replayed}):
        if recorded.get(name) != replayed.get(name):
            return Difference(f"header {name}", shown(recorded.get(name)), shown(replayed.get(name)))
    return None


def differing_part(recorded: str, replayed: str) -> Difference | None:
    """The first part of two bodies that differs."""
    if recorded == replayed:
        return None
    one, other = _parse(recorded), _parse(replayed)
    if one is MISSING or other is MISSING:
        return _differing_text(recorded, replayed)
    found = _first(one, other, ())
    if found is None:
        return Difference(
            "body (the order of its members)", clip(recorded, _MAX_SHOWN), clip(replayed, _MAX_SHOWN)
        )
    place, before, after = found
    return Difference(format_pointer(place) or "body", shown(before), shown(after))


def differing_digest(recorded: Mapping[str, str], replayed: Mapping[str, str]) -> Difference | None:
    """The first part of two bodies of which only digests are known."""
    if recorded.get("") == replayed.get(""):
        return None
    pointers = [*recorded, *(one for one in replayed if one not in recorded)]
    differing = [one for one in pointers if one and recorded.get(one) != replayed.get(one)]
    # The deepest says most.
    pointer = max(differing, key=lambda one: one.count("/"), default="")
    return Difference(pointer or "body", None if pointer in recorded else NOTHING, None)


def shown(value: Any) -> str:
    """A value as a message shows it."""
    if value is None or value is MISSING:
        return NOTHING if value is MISSING else "null"
    return clip(json.dumps(value, ensure_ascii=False), _MAX_SHOWN)


def _first(one: Any, other: Any, place: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any, Any] | None:
    if isinstance(one, dict) and isinstance(other, dict):
        names = [*one, *(name for name in other if name not in one)]
        pairs = [(name, one.get(name, MISSING), other.get(name, MISSING)) for name in names]
    elif isinstance(one, list) and isinstance(other, list):
        pairs = [(at, *pair) for at, pair in enumerate(zip_longest(one, other, fillvalue=MISSING))]
    else:
        same = one is not MISSING and other is not MISSING and json_equal(one, other)
        return None if same else (place, one, other)
    for name, before, after in pairs:
        found = _first(before, after, (*place, name))
        if found is not None:
            return found
    return None


def _differing_text(recorded: str, replayed: str) -> Difference:
    at = next((i for i, pair in enumerate(zip(recorded, replayed, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(recorded), len(replayed)) if at is None else at
    start = max(0, at - 20)
    parts = [clip(text[start:], _MAX_SHOWN) or NOTHING for text in (recorded, replayed)]
    return Difference(f"body at character {at}", *parts)


def _parse(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return MISSING
