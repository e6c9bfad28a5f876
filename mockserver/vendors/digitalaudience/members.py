"""The rows that an audience has: what its files have put in and not taken out again.

A row is the set of its identifiers: the same set twice is one row. Leaving takes every row that shares an
identifier with one of the file's.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final

from mockserver.world.world import World

_KIND: Final = "member"
_HOLDERS: Final = "holder"

Identifiers = dict[str, str]


def join(world: World, audience_id: int, rows: Iterable[Identifiers]) -> None:
    """Adds the rows that the audience does not have yet."""
    records, new = world.records(_KIND), {}
    for row in rows:
        id = _id(audience_id, row)
        if id not in new and not records.has(id):
            new[id] = sorted(_keys(audience_id, row))
    first = world.take_serials(len(new)) - len(new) + 1
    records.fill(
        (id, {"keys": keys}, str(audience_id), rank) for rank, (id, keys) in enumerate(new.items(), first)
    )
    world.index(_HOLDERS).fill((key, id, 0) for id, keys in new.items() for key in keys)


def leave(world: World, audience_id: int, rows: Iterable[Identifiers]) -> None:
    """Takes out every row that has one of these identifiers."""
    holders = world.index(_HOLDERS)
    for row in rows:
        for key in _keys(audience_id, row):
            for entry in holders.walk(key):
                _remove(world, entry.target)


def clear(world: World, audience_id: int) -> None:
    """Takes out all rows."""
    for row in world.records(_KIND).walk(str(audience_id)):
        _remove(world, row.id, row.record["keys"])


def count(world: World, audience_id: int) -> int:
    """How many rows there are."""
    return world.records(_KIND).count(str(audience_id))


def has(world: World, audience_id: int, type: str, hash: str) -> bool:
    """Whether a row has this identifier."""
    return bool(world.index(_HOLDERS).find(_key(audience_id, type, hash), limit=1))


def _remove(world: World, id: str, keys: Sequence[str] | None = None) -> None:
    if keys is None:
        record = world.records(_KIND).get(id)
        keys = record["keys"] if record else ()
    for key in keys:
        world.index(_HOLDERS).drop(key, id)
    world.records(_KIND).remove(id)


def _id(audience_id: int, row: Identifiers) -> str:
    identity = "/".join(f"{type}:{row[type]}" for type in sorted(row))
    return f"{audience_id}/{blake2b(identity.encode(), digest_size=12).hexdigest()}"


def _keys(audience_id: int, row: Identifiers) -> list[str]:
    return [_key(audience_id, type, hash) for type, hash in row.items()]


def _key(audience_id: int, type: str, hash: str) -> str:
    return f"{audience_id}/{type}/{hash}"
