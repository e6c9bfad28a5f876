"""Storage of vendors: records (JSON objects in ordered lists) and indexes (ordered sets by key)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import orjson

from mockserver.errors import Problem
from mockserver.state.change_log import ChangeLog
from mockserver.storage.store import Cursor, Row, Space

__all__ = [
    "Cursor",
    "Index",
    "IndexEntry",
    "ListedRecord",
    "Record",
    "RecordView",
    "Records",
]  # all of the store that a vendor needs

Record = dict[str, Any]

RecordView = Mapping[str, Any]
"""A record that must not be changed, at any depth."""


class ListedRecord(NamedTuple):
    """A record with its place in its list."""

    id: str
    parent: str
    rank: int
    record: Record

    @property
    def cursor(self) -> Cursor:
        """Where the next page starts."""
        return Cursor(self.rank, self.id)


class Records:
    """The records of one kind. Lists are within one `parent`, ordered by (rank, id)."""

    def __init__(
        self, space: Space, kind: str, serial: Callable[[], int], log: ChangeLog | None = None
    ) -> None:
        """`log` gets every change."""
        self._space = space
        self._kind = kind
        self._serial = serial
        self._log = log

    def get(self, id: str) -> Record | None:
        """A fresh copy of the record, or None."""
        row = self._space.get(self._kind, id)
        return _record(row) if row else None

    def require(self, id: str, problem: str, /, **details: Any) -> Record:
        """A fresh copy of the record. Raises the problem if there is none."""
        record = self.get(id)
        if record is None:
            raise Problem(problem, **details)
        return record

    def view(self, id: str) -> RecordView | None:
        """The record for reading, or None: other readers share it, so it must not be changed."""
        row = self._space.get(self._kind, id)
        return self._space.store.decoded.decode(row.body or b"null") if row else None

    def has(self, id: str) -> bool:
        """Whether the record exists."""
        return self._space.get(self._kind, id) is not None

    def add(
        self, id: str, record: Record, parent: str = "", rank: int | None = None, *, is_new: bool = False
    ) -> None:
        """Inserts or replaces the record, at the end of its list or at the given rank.

        With `is_new` there is no record of this id, and the log does not look for one.
        """
        rank = self._serial() if rank is None else rank
        row = _new_row(Row, (id, parent, rank, orjson.dumps(record)))
        if self._log is not None:
            self._log.note(self._kind, id, None if is_new else self._space.get(self._kind, id), row)
        self._space.put(self._kind, row)

    def update(self, id: str, record: Record) -> None:
        """Replaces the record at its place. Raises `KeyError` if it does not exist."""
        row = self._space.get(self._kind, id)
        if row is None:
            raise KeyError(id)
        new = _new_row(Row, (id, row.parent, row.rank, orjson.dumps(record)))
        if self._log is not None:
            self._log.note(self._kind, id, row, new)
        self._space.put(self._kind, new)

    def remove(self, id: str) -> bool:
        """Removes the record; False if it does not exist."""
        return _delete(self._space, self._kind, id, self._log)

    def clear(self, parent: str = "") -> None:
        """Removes every record of the list."""
        for row in self._space.iterate(self._kind, parent):
            _delete(self._space, self._kind, row.id, self._log)

    def page(
        self,
        parent: str = "",
        *,
        limit: int,
        after: Cursor | None = None,
        skip: int = 0,
        newest_first: bool = False,
    ) -> list[ListedRecord]:
        """At most `limit` records of the list, after a cursor and `skip` further records."""
        rows = self._space.page(
            self._kind, parent, limit=limit, after=after, skip=skip, newest_first=newest_first
        )
        return [_listed(row) for row in rows]

    def view_page(
        self, parent: str = "", *, limit: int, skip: int = 0, newest_first: bool = False
    ) -> list[RecordView]:
        """As `page`, only for reading: other readers share the records, so they must not be changed."""
        decode = self._space.store.decoded.decode
        rows = self._space.page(self._kind, parent, limit=limit, skip=skip, newest_first=newest_first)
        return [decode(row.body or b"null") for row in rows]

    def iterate(self, parent: str = "", *, newest_first: bool = False) -> Iterator[ListedRecord]:
        """Every record of the list, which may change meanwhile."""
        return map(_listed, self._space.iterate(self._kind, parent, newest_first=newest_first))

    def count(self, parent: str = "") -> int:
        """The number of records in the list."""
        return self._space.count(self._kind, parent)

    def bulk_insert(self, rows: Iterable[tuple[str, Record, str, int]]) -> None:
        """Inserts many new records: (id, record, parent, rank)."""
        dumps = orjson.dumps
        new = (_new_row(Row, (id, parent, rank, dumps(record))) for id, record, parent, rank in rows)
        self._space.bulk_insert(self._kind, _noted(new, self._kind, self._log))


class IndexEntry(NamedTuple):
    """One target of a key, with its place."""

    target: str
    rank: int
    cursor: Cursor


_PRESENT = b"1"
_new_row = tuple.__new__  # as Row(…) in half the time: populations have a million rows


class Index:
    """Keys with their targets, those of a key ordered by (rank, target): for lookups and memberships."""

    def __init__(self, space: Space, kind: str, log: ChangeLog | None = None) -> None:
        """`log` gets every change."""
        self._space = space
        self._kind = kind
        self._log = log

    def add(self, key: str, target: str, rank: int = 0) -> None:
        """Adds the target to the key, or changes its rank."""
        row = _new_row(Row, (_id(key, target), key, rank, _PRESENT))
        if self._log is not None:
            self._log.note(self._kind, row.id, self._space.get(self._kind, row.id), row)
        self._space.put(self._kind, row)

    def remove(self, key: str, target: str) -> bool:
        """Removes the target from the key; False if the key does not have it."""
        return _delete(self._space, self._kind, _id(key, target), self._log)

    def has(self, key: str, target: str) -> bool:
        """Whether the key has the target."""
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
        """At most `limit` targets of the key, after a cursor and `skip` further targets."""
        rows = self._space.page(
            self._kind, key, limit=limit, after=after, skip=skip, newest_first=newest_first
        )
        return [_entry(row) for row in rows]

    def cursor(self, key: str, target: str, rank: int) -> Cursor:
        """The place of the target in the key, also after its removal: a caller's next page starts there."""
        return Cursor(rank, _id(key, target))

    def iterate(self, key: str, *, newest_first: bool = False) -> Iterator[IndexEntry]:
        """Every target of the key; the key may change meanwhile."""
        return map(_entry, self._space.iterate(self._kind, key, newest_first=newest_first))

    def count(self, key: str) -> int:
        """The number of targets of the key."""
        return self._space.count(self._kind, key)

    def bulk_insert(self, rows: Iterable[tuple[str, str, int]]) -> None:
        """Inserts many new targets: (key, target, rank)."""
        new = (  # the id as of `_id`
            _new_row(Row, (f"{len(key)}:{key}{target}", key, rank, _PRESENT)) for key, target, rank in rows
        )
        self._space.bulk_insert(self._kind, _noted(new, self._kind, self._log))


def _delete(space: Space, kind: str, id: str, log: ChangeLog | None) -> bool:
    before = space.get(kind, id) if log is not None else None
    if log is not None and before is not None:
        log.note(kind, id, before, None)
    return space.delete(kind, id)


def _noted(rows: Iterable[Row], kind: str, log: ChangeLog | None) -> Iterable[Row]:
    """The new rows, each logged on its way."""
    if log is None:
        return rows
    return map(partial(_note_new, kind, log), rows)


def _note_new(kind: str, log: ChangeLog, row: Row) -> Row:
    log.note(kind, row.id, None, row)
    return row


def _record(row: Row) -> Record:
    record: Record = orjson.loads(row.body or b"null")
    return record


def _listed(row: Row) -> ListedRecord:
    return ListedRecord(row.id, row.parent, row.rank, orjson.loads(row.body or b"null"))


def _id(key: str, target: str) -> str:
    # The length marks the end of the key: callers may send any separator in either.
    return f"{len(key)}:{key}{target}"


def _entry(row: Row) -> IndexEntry:
    return IndexEntry(row.id[len(_id(row.parent, "")) :], row.rank, row.cursor)
