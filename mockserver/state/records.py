"""What vendors keep: records (JSON objects, listed in order) and indexes (ordered sets by key)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import orjson

from mockserver.storage.store import Cursor, Row, Space

__all__ = [
    "Cursor",
    "Index",
    "IndexEntry",
    "ListedRecord",
    "Record",
    "Records",
]  # all that a vendor needs of the store

Record = dict[str, Any]


class ListedRecord(NamedTuple):
    """A record and where it stands in its list."""

    id: str
    parent: str
    rank: int
    record: Record

    @property
    def cursor(self) -> Cursor:
        """Where the next page goes on."""
        return Cursor(self.rank, self.id)


class Records:
    """The records of one kind. Lists are within one `parent`, ordered by (rank, id)."""

    def __init__(self, space: Space, kind: str, serial: Callable[[], int]) -> None:
        self._space = space
        self._kind = kind
        self._serial = serial

    def get(self, id: str) -> Record | None:
        """A fresh copy of the record, or None."""
        row = self._space.get(self._kind, id)
        return _record(row) if row else None

    def has(self, id: str) -> bool:
        """Whether there is one."""
        return self._space.get(self._kind, id) is not None

    def add(self, id: str, record: Record, parent: str = "", rank: int | None = None) -> None:
        """Puts a record at the end of its list, or at a rank of its own."""
        rank = self._serial() if rank is None else rank
        self._space.put(self._kind, Row(id, parent, rank, orjson.dumps(record)))

    def update(self, id: str, record: Record) -> None:
        """Writes the record anew where it stands. Raises `KeyError` if it is not there."""
        row = self._space.get(self._kind, id)
        if row is None:
            raise KeyError(id)
        self._space.put(self._kind, Row(id, row.parent, row.rank, orjson.dumps(record)))

    def remove(self, id: str) -> bool:
        """Takes it away; False if it was not there."""
        return self._space.delete(self._kind, id)

    def page(
        self,
        parent: str = "",
        *,
        limit: int,
        after: Cursor | None = None,
        skip: int = 0,
        newest_first: bool = False,
    ) -> list[ListedRecord]:
        """At most `limit` records of the list, after a place and past `skip` more."""
        rows = self._space.page(
            self._kind, parent, limit=limit, after=after, skip=skip, newest_first=newest_first
        )
        return [_listed(row) for row in rows]

    def iterate(self, parent: str = "", *, newest_first: bool = False) -> Iterator[ListedRecord]:
        """Every record of the list; it may be changed meanwhile."""
        return map(_listed, self._space.iterate(self._kind, parent, newest_first=newest_first))

    def count(self, parent: str = "") -> int:
        """How many the list has."""
        return self._space.count(self._kind, parent)

    def bulk_insert(self, rows: Iterable[tuple[str, Record, str, int]]) -> None:
        """Many new records at once: (id, record, parent, rank)."""
        dumps = orjson.dumps
        self._space.bulk_insert(
            self._kind, (Row(id, parent, rank, dumps(record)) for id, record, parent, rank in rows)
        )


class IndexEntry(NamedTuple):
    """One target of a key, and where it stands."""

    target: str
    rank: int
    cursor: Cursor


_PRESENT = b"1"


class Index:
    """Keys with their targets, each key's ordered by (rank, target): for look-ups and memberships."""

    def __init__(self, space: Space, kind: str) -> None:
        self._space = space
        self._kind = kind

    def add(self, key: str, target: str, rank: int = 0) -> None:
        """Puts the target under the key; again is the same as once."""
        self._space.put(self._kind, Row(_id(key, target), key, rank, _PRESENT))

    def remove(self, key: str, target: str) -> bool:
        """Takes the target from the key; False if it was not there."""
        return self._space.delete(self._kind, _id(key, target))

    def has(self, key: str, target: str) -> bool:
        """Whether the target is under the key."""
        return self._space.get(self._kind, _id(key, target)) is not None

    def find(self, key: str, limit: int = 100) -> list[str]:
        """The first targets of the key."""
        return [entry.target for entry in self.page(key, limit=limit)]

    def page(
        self,
        key: str,
        *,
        limit: int,
        after: Cursor | None = None,
        skip: int = 0,
        newest_first: bool = False,
    ) -> list[IndexEntry]:
        """At most `limit` targets of the key, after a place and past `skip` more."""
        rows = self._space.page(
            self._kind, key, limit=limit, after=after, skip=skip, newest_first=newest_first
        )
        return [_entry(row) for row in rows]

    def cursor(self, key: str, target: str, rank: int) -> Cursor:
        """Where the target stands under the key, also if it has gone: a caller's page goes on from there."""
        return Cursor(rank, _id(key, target))

    def iterate(self, key: str, *, newest_first: bool = False) -> Iterator[IndexEntry]:
        """Every target of the key; it may be changed meanwhile."""
        return map(_entry, self._space.iterate(self._kind, key, newest_first=newest_first))

    def count(self, key: str) -> int:
        """How many targets the key has."""
        return self._space.count(self._kind, key)

    def bulk_insert(self, rows: Iterable[tuple[str, str, int]]) -> None:
        """Many new targets at once: (key, target, rank)."""
        self._space.bulk_insert(
            self._kind, (Row(_id(key, target), key, rank, _PRESENT) for key, target, rank in rows)
        )


def _record(row: Row) -> Record:
    record: Record = orjson.loads(row.body or b"null")
    return record


def _listed(row: Row) -> ListedRecord:
    return ListedRecord(row.id, row.parent, row.rank, orjson.loads(row.body or b"null"))


def _id(key: str, target: str) -> str:
    # The length says where the key ends: no separator is safe from what callers may send in either.
    return f"{len(key)}:{key}{target}"


def _entry(row: Row) -> IndexEntry:
    return IndexEntry(row.id[len(_id(row.parent, "")) :], row.rank, row.cursor)
