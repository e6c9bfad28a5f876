"""The rows that an audience has: what its files have put in and not taken out again.

A row is the set of its identifiers: the same set twice is one row. Leaving takes every row that shares an
identifier with one of the file's. Rows, and the holders of each identifier, lie in a fixed number of drawers
for each audience, and a drawer is one document: a file of 100,000 rows moves a hundred of them.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from mockserver.state.records import Record
from mockserver.state.world import World

_KIND, _SIZE = "drawer", "size"
_DRAWERS: Final = 64
_ROWS: Final = "rows"
_HOLDERS: Final = "holders"

Identifiers = dict[str, str]


def add_rows(world: World, audience_id: int, rows: Iterable[Identifiers]) -> None:
    """Adds the rows that the audience does not have yet."""
    roll = _Roll(world, audience_id)
    for row in rows:
        roll.add(_id(row), [_key(type, hash) for type, hash in row.items()])
    roll.write()


def remove_rows(world: World, audience_id: int, rows: Iterable[Identifiers]) -> None:
    """Takes out every row that has one of these identifiers."""
    roll = _Roll(world, audience_id)
    for row in rows:
        for type, hash in row.items():
            roll.remove_holders(_key(type, hash))
    roll.write()


def delete_all(world: World, audience_id: int) -> None:
    """Takes out all rows."""
    for row in world.records(_KIND).iterate(str(audience_id)):
        world.records(_KIND).remove(row.id)
    world.records(_SIZE).remove(str(audience_id))


def count(world: World, audience_id: int) -> int:
    """How many rows there are."""
    kept = world.records(_SIZE).get(str(audience_id))
    return kept["rows"] if kept else 0


def contains(world: World, audience_id: int, type: str, hash: str) -> bool:
    """Whether a row has this identifier."""
    key = _key(type, hash)
    return key in _Roll(world, audience_id).drawer(_HOLDERS, key)


class _Roll:
    """An audience's drawers while one file is worked through: each is read and written once."""

    def __init__(self, world: World, audience_id: int) -> None:
        self._world = world
        self._audience = str(audience_id)
        self._size = count(world, audience_id)
        self._open: dict[str, Record] = {}

    def drawer(self, kind: str, key: str) -> Record:
        """The drawer that a row or an identifier lies in."""
        number = int(key.rpartition("/")[2][:2], 16) % _DRAWERS
        id = f"{self._audience}/{kind}/{number}"
        if id not in self._open:
            self._open[id] = self._world.records(_KIND).get(id) or {}
        return self._open[id]

    def add(self, id: str, keys: list[str]) -> None:
        """Puts the row in, unless it is there."""
        rows = self.drawer(_ROWS, id)
        if id in rows:
            return
        rows[id] = keys
        self._size += 1
        for key in keys:
            self.drawer(_HOLDERS, key).setdefault(key, []).append(id)

    def remove_holders(self, key: str) -> None:
        """Takes out the rows that have the identifier."""
        for id in self.drawer(_HOLDERS, key).get(key, []).copy():
            for other in self.drawer(_ROWS, id).pop(id):
                self._forget(other, id)
            self._size -= 1

    def write(self) -> None:
        """Keeps what was changed."""
        for id, drawer in self._open.items():
            self._world.records(_KIND).add(id, drawer, self._audience, rank=0)
        self._world.records(_SIZE).add(self._audience, {"rows": self._size}, rank=0)

    def _forget(self, key: str, id: str) -> None:
        drawer = self.drawer(_HOLDERS, key)
        drawer[key].remove(id)
        if not drawer[key]:
            del drawer[key]


def _id(row: Identifiers) -> str:
    identity = "/".join(f"{type}:{row[type]}" for type in sorted(row))
    return blake2b(identity.encode(), digest_size=12).hexdigest()


def _key(type: str, hash: str) -> str:
    return f"{type}/{hash}"
