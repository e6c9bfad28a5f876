"""Storage of an audience's rows: those that its files have added and not removed.

A row is a set of identifiers; equal sets are one row. Removal deletes every row that shares an identifier
with a row of the file. Rows, and the holders of each identifier, are hash indexes of 64 buckets per audience,
so a file of 100,000 rows writes about a hundred records.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from mockserver.state.hash_index import HashIndex
from mockserver.state.world import World

_KIND: Final = "drawer"
_SIZE: Final = "size"
_BUCKETS: Final = 64
_ROWS: Final = "rows"
_HOLDERS: Final = "holders"

Identifiers = dict[str, str]


def add_rows(world: World, audience_id: int, rows: Iterable[Identifiers]) -> None:
    """Adds the rows that the audience does not have yet."""
    table = _RowTable(world, audience_id)
    for row in rows:
        table.add(_row_id(row), [_key(type, hash) for type, hash in row.items()])
    table.flush()


def remove_rows(world: World, audience_id: int, rows: Iterable[Identifiers]) -> None:
    """Removes every row that has one of these identifiers."""
    table = _RowTable(world, audience_id)
    for row in rows:
        for type, hash in row.items():
            table.remove_holders(_key(type, hash))
    table.flush()


def delete_all(world: World, audience_id: int) -> None:
    """Removes all rows of the audience."""
    world.records(_KIND).clear(str(audience_id))
    world.records(_SIZE).remove(str(audience_id))


def count_rows(world: World, audience_id: int) -> int:
    """The number of rows."""
    stored = world.records(_SIZE).get(str(audience_id))
    return stored["rows"] if stored else 0


def contains(world: World, audience_id: int, type: str, hash: str) -> bool:
    """Whether a row has this identifier."""
    return _index(world, audience_id, _HOLDERS).has(_key(type, hash))


class _RowTable:
    """The rows of an audience while a file is applied; `flush` writes each changed bucket once."""

    def __init__(self, world: World, audience_id: int) -> None:
        self._world = world
        self._audience = str(audience_id)
        self._size = count_rows(world, audience_id)
        self._rows = _index(world, audience_id, _ROWS)
        self._holders = _index(world, audience_id, _HOLDERS)

    def add(self, id: str, keys: list[str]) -> None:
        """Adds a row with the keys of its identifiers, unless it exists."""
        if self._rows.has(id):
            return
        self._rows.update(id, lambda _: keys)
        self._size += 1
        for key in keys:
            self._holders.add(key, id, is_new=True)

    def remove_holders(self, key: str) -> None:
        """Removes the rows that have the identifier."""
        for id in self._holders.find(key):
            for other in self._rows.find(id):
                self._holders.remove(other, id)
            self._rows.update(id, lambda _: [])
            self._size -= 1

    def flush(self) -> None:
        """Writes the changed buckets and the number of rows."""
        self._rows.flush()
        self._holders.flush()
        self._world.records(_SIZE).add(self._audience, {"rows": self._size}, rank=0)


def _index(world: World, audience_id: int, name: str) -> HashIndex:
    def bucket_of(key: str) -> str:
        number = int(key.rpartition("/")[2][:2], 16) % _BUCKETS
        return f"{audience_id}/{name}/{number}"

    return HashIndex(world.records(_KIND), bucket_of=bucket_of, parent=str(audience_id), deferred=True)


def _row_id(row: Identifiers) -> str:
    identity = "/".join(f"{type}:{row[type]}" for type in sorted(row))
    return blake2b(identity.encode(), digest_size=12).hexdigest()


def _key(type: str, hash: str) -> str:
    return f"{type}/{hash}"
