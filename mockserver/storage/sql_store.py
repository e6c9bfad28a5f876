"""The store on a database: every operation as SQL, on any engine."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from math import inf
from typing import Any

from mockserver.storage import sql_reads
from mockserver.storage.engine import Engine
from mockserver.storage.layout import PROBE, ROOT_SPACE
from mockserver.storage.page_query import PageQuery, page_statement
from mockserver.storage.reads import LastRank, Read
from mockserver.storage.store import Cursor, Row, Space, Store

_PROBE_BYTES = 64 * 1024
_PAGE_OF_SPACE = 5_000
_DOCUMENTS = (
    "SELECT kind, id, parent, rank, body FROM docs WHERE space = ? AND (kind, id) > (?, ?)"
    " ORDER BY kind, id LIMIT ?"
)
_COPY_SPACE = (
    "INSERT INTO docs (space, kind, id, parent, rank, body) "
    "SELECT ?, kind, id, parent, rank, body FROM docs WHERE space = ?"
)
_GET = "SELECT parent, rank, body FROM docs WHERE space = ? AND kind = ? AND id = ?"
_GET_WITH_BASE = "SELECT space, parent, rank, body FROM docs WHERE space IN (?, ?) AND kind = ? AND id = ?"
_DELETE_SPACE = "DELETE FROM docs WHERE space = ?"
_DISCARD = "DELETE FROM docs WHERE space = ? AND substr(kind, 1, ?) = ? AND substr(id, 1, ?) = ?"
_DELETE = "DELETE FROM docs WHERE space = ? AND kind = ? AND id = ?"
_DELETE_BELOW_RANK = "DELETE FROM docs WHERE space = ? AND kind = ? AND parent = ? AND rank < ?"
_LIST_BYTES = "SELECT coalesce(sum(length(body)), 0) FROM docs WHERE space = ? AND kind = ? AND parent = ?"
_SPACE_BYTES = "SELECT coalesce(sum(length(body) + length(id)), 0) FROM docs WHERE space = ?"
_LAST_RANK_BEYOND = (
    "SELECT coalesce(max(rank), -1) FROM (SELECT rank, sum(length(body)) OVER (ORDER BY rank DESC) AS bytes,"
    " row_number() OVER (ORDER BY rank DESC) AS place FROM docs WHERE space = ? AND kind = ? AND parent = ?)"
    " AS newest_first WHERE bytes > ? AND place > 1"
)
_COUNT = "SELECT count(*) FROM docs WHERE space = ? AND kind = ? AND parent = ? AND body IS NOT NULL"
_COUNT_HIDDEN = (
    # A subquery for each own row keeps every planner from scanning the base, which is the large one.
    "SELECT count(*) FROM docs own WHERE own.space = ? AND own.kind = ? AND (SELECT below.parent "
    "FROM docs below WHERE below.space = ? AND below.kind = own.kind AND below.id = own.id) = ?"
)
# ruff: noqa: S608 - the statements are built from the constants here alone
_COUNT_ALL = "SELECT count(*) FROM docs WHERE space = ? AND kind = ? AND body IS NOT NULL"
_COUNT_ALL_HIDDEN = (
    "SELECT count(*) FROM docs own WHERE own.space = ? AND own.kind = ? AND EXISTS (SELECT 1 "
    "FROM docs below WHERE below.space = ? AND below.kind = own.kind AND below.id = own.id)"
)
_SCAN = "SELECT id, parent, rank, body FROM docs WHERE space = ? AND kind = ? AND id > ?"
_SCAN_OWN = f"{_SCAN} ORDER BY id LIMIT ?"
_OWN_KINDS = "SELECT DISTINCT kind FROM docs WHERE space = ?"
_SCAN_SEEN = f"{_SCAN} AND body IS NOT NULL ORDER BY id LIMIT ?"
_SCAN_WITH_BASE = (
    f"SELECT id, parent, rank, body FROM (SELECT * FROM ({_SCAN_SEEN}) AS own UNION ALL "
    f"SELECT * FROM ({_SCAN} AND NOT EXISTS (SELECT 1 FROM docs own WHERE own.space = ? "
    "AND own.kind = docs.kind AND own.id = docs.id) ORDER BY id LIMIT ?) AS below) AS both_parts "
    "ORDER BY id LIMIT ?"
)


class SqlStore(Store):
    """Documents in one table of a database."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self.is_local: bool = engine.is_local
        self._frozen_counts: dict[str, dict[tuple[str, str], int]] = {}

    def space(self, name: str, base: str | None = None) -> Space:
        """The space of that name, with a base if one is given."""
        return SqlSpace(self, self._engine, name, base)

    def delete_space(self, space: str) -> None:
        """Deletes all own rows of the space; if it has a base, this resets it."""
        self._engine.execute(_DELETE_SPACE, (space,))
        self._frozen_counts.pop(space, None)

    def discard(self, space: str, kinds: str, ids: str = "") -> None:
        """Deletes the own rows whose kind and id start with these texts, tombstones included."""
        self._engine.execute(_DISCARD, (space, len(kinds), kinds, len(ids), ids))
        self._frozen_counts.pop(space, None)

    def copy(self, source: str, target: str) -> None:
        """Copies the space's own rows (its differences from its base) to another, empty space."""
        self._engine.execute(_COPY_SPACE, (target, source))

    def documents(self, space: str) -> Iterator[tuple[str, Row]]:
        """The space's own rows with their kinds, tombstones included, in order of (kind, id)."""
        last = ("", "")
        while True:
            rows = self._engine.flush_and_select(_DOCUMENTS, (space, *last, _PAGE_OF_SPACE))
            for kind, *row in rows:
                yield kind, Row(*row)
            if len(rows) < _PAGE_OF_SPACE:
                return
            last = rows[-1][:2]

    def size(self, space: str) -> int:
        """The approximate size of the space's own rows in bytes; reads all of them."""
        return int(self._engine.flush_and_select(_SPACE_BYTES, (space,))[0][0])

    def version(self, space: str) -> int | None:
        """None: other processes may use the database."""
        return None

    def prepare(self, *reads: Read) -> Callable[[], tuple[Any, ...]]:
        """A function that reads these values, in one statement."""
        query = sql_reads.select(*reads)

        def read() -> tuple[Any, ...]:
            self._engine.flush(*query.reads)
            return self._engine.select(query.statement, query.values)[0]

        return read

    def transaction(self) -> AbstractContextManager[None]:
        """A transaction, rolled back on an exception; inside another one, a savepoint."""
        return self._engine.transaction()

    def lock(self, name: str) -> None:
        """Takes a named lock for the rest of the transaction."""
        self._engine.lock(name)

    def no_waiting(self, seconds: float = inf) -> AbstractContextManager[None]:
        """A block in which this thread raises `WouldBlockError` instead of waiting for another one."""
        return self._engine.no_waiting(seconds)

    def brief_waits(self, since: float) -> AbstractContextManager[None]:
        """A block in which this thread waits 0.1 s for a lock at most, and then raises `WouldBlockError`."""
        return self._engine.brief_waits(since)

    @property
    def may_wait(self) -> bool:
        """Whether this thread may wait."""
        return self._engine.may_wait

    def check(self) -> None:
        """Writes something. Raises `StoreUnavailableError` if that is not possible now."""
        page, mark = (ROOT_SPACE, PROBE, "page"), (ROOT_SPACE, PROBE, "mark")
        with self._engine.waiting_briefly(), self._engine.transaction():
            # A document in new pages: replacing one needs no room, and would succeed on a full disk.
            self._engine.put((*page, "", 0, bytes(_PROBE_BYTES)))
            self._engine.execute(_DELETE, page)
            self._engine.put((*mark, "", 0, b"1"))

    def after_commit(self, action: Callable[[], None]) -> None:
        """Runs the action after the outermost commit; immediately outside transactions."""
        self._engine.after_commit(action)

    def close(self) -> None:
        """Closes the database."""
        self._engine.close()

    def count_in_base(self, base: str, kind: str, parent: str) -> int:
        """The number of rows in a list of a base, counted once: a base does not change."""
        frozen = self._frozen_counts.setdefault(base, {})
        count = frozen.get((kind, parent))
        if count is None:
            count = frozen[kind, parent] = int(self._engine.select(_COUNT, (base, kind, parent))[0][0])
        return count


class SqlSpace(Space):
    """One space in a database."""

    def __init__(self, store: SqlStore, engine: Engine, name: str, base: str | None) -> None:
        super().__init__(store, name, base)
        self._sql_store = store
        self._engine = engine

    def get(self, kind: str, id: str) -> Row | None:
        """The space's own row, else the base's; None if there is none or it is hidden."""
        row = self._own(self.name, kind, id) if self.base is None else self._own_or_base(kind, id)
        return row if row is not None and row.body is not None else None

    def put(self, kind: str, row: Row) -> None:
        """Inserts the row or replaces the one with its id."""
        self._engine.put((self.name, kind, *row))

    def delete(self, kind: str, id: str) -> bool:
        """Deletes the row, or hides the base's; False if it does not exist."""
        if self.get(kind, id) is None:
            return False
        if self.base is not None and self._own(self.base, kind, id) is not None:
            self.put(kind, Row(id, "", 0, None))
        else:
            self._engine.execute(_DELETE, (self.name, kind, id))
        return True

    def bulk_insert(self, kind: str, rows: Iterable[Row]) -> None:
        """Inserts many new rows; the iterable may use the store."""
        self._engine.bulk_insert((self.name, kind, *row) for row in rows)

    def page(
        self,
        kind: str,
        parent: str = "",
        *,
        limit: int,
        after: Cursor | None = None,
        skip: int = 0,
        newest_first: bool = False,
    ) -> list[Row]:
        """At most `limit` rows of the list in order of (rank, id), after a cursor and `skip` further rows."""
        query = PageQuery(self.name, self.base, kind, parent, limit, after, skip, newest_first)
        self._engine.flush(*query.reads())
        statement = page_statement(self.base is not None, after is not None, newest_first)
        return list(map(Row._make, self._engine.select(statement, query.values())))

    def count(self, kind: str, parent: str = "") -> int:
        """The number of rows in the list."""
        self._engine.flush((self.name, kind), (self.base or self.name, kind))
        own = self._fetch_int(_COUNT, (self.name, kind, parent))
        if self.base is None:
            return own
        in_base = self._sql_store.count_in_base(self.base, kind, parent)
        # Nothing can be hidden in an empty list, and checking costs a search for each own row.
        hidden = self._fetch_int(_COUNT_HIDDEN, (self.name, kind, self.base, parent)) if in_base else 0
        return own + in_base - hidden

    def scan(self, kind: str, *, after: str = "", limit: int) -> list[Row]:
        """At most `limit` rows of the kind in order of their ids, in any list, after the id `after`."""
        own = (self.name, kind, after)
        if self.base is None:
            return self._rows(kind, _SCAN_SEEN, (*own, limit))
        below = (self.base, kind, after, self.name)
        return self._rows(kind, _SCAN_WITH_BASE, (*own, limit, *below, limit, limit))

    def count_all(self, kind: str) -> int:
        """The number of rows of the kind, in all lists."""
        self._engine.flush((self.name, kind), (self.base or self.name, kind))
        own = self._fetch_int(_COUNT_ALL, (self.name, kind))
        if self.base is None:
            return own
        hidden = self._fetch_int(_COUNT_ALL_HIDDEN, (self.name, kind, self.base))
        return own + self._fetch_int(_COUNT_ALL, (self.base, kind)) - hidden

    def own(self, kind: str, *, after: str = "", limit: int) -> list[Row]:
        """At most `limit` of the space's own rows in order of their ids, tombstones included."""
        return self._rows(kind, _SCAN_OWN, (self.name, kind, after, limit))

    def own_kinds(self) -> set[str]:
        """The kinds of which the space has own rows, tombstones included."""
        return {kind for (kind,) in self._engine.flush_and_select(_OWN_KINDS, (self.name,))}

    def _rows(self, kind: str, statement: str, values: tuple[Any, ...]) -> list[Row]:
        self._engine.flush((self.name, kind), (self.base or self.name, kind))
        return list(map(Row._make, self._engine.select(statement, values)))

    def delete_below_rank(self, kind: str, parent: str, rank: int) -> None:
        """Deletes the own rows of a list whose rank is smaller, tombstones included."""
        self._engine.execute(_DELETE_BELOW_RANK, (self.name, kind, parent, rank))

    def trim_to_size(self, kind: str, parent: str, max_bytes: int) -> None:
        """Deletes the first own rows of a list so that the bodies of the rest have at most `max_bytes`."""
        self._engine.flush((self.name, kind))
        if self._fetch_int(_LIST_BYTES, (self.name, kind, parent)) > max_bytes:
            rank = self._fetch_int(_LAST_RANK_BEYOND, (self.name, kind, parent, max_bytes))
            self.delete_below_rank(kind, parent, rank + 1)

    def last_rank(self, kind: str, parent: str = "") -> int:
        """The greatest rank among the own rows of a list, tombstones included; 0 without any."""
        return int(self.store.fetch(LastRank(self.name, kind, parent))[0] or 0)

    def _own(self, space: str, kind: str, id: str) -> Row | None:
        """A space's own row, which may be a tombstone."""
        buffered = self._engine.buffered((space, kind), id)
        if buffered:
            return Row(*buffered[2:])
        found = self._engine.select(_GET, (space, kind, id))
        return Row(id, *found[0]) if found else None

    def _own_or_base(self, kind: str, id: str) -> Row | None:
        """The space's own row, which may be a tombstone, else the base's."""
        buffered = self._engine.buffered((self.name, kind), id)
        if buffered:
            return Row(*buffered[2:])
        self._engine.flush((self.base or "", kind))
        found = self._engine.select(_GET_WITH_BASE, (self.name, self.base, kind, id))
        if not found:
            return None
        own = found[0] if found[0][0] == self.name else found[-1]
        return Row(id, *own[1:])

    def _fetch_int(self, statement: str, values: tuple[Any, ...]) -> int:
        return int(self._engine.select(statement, values)[0][0])
