"""The document store: a few operations on documents, on any database.

A row belongs to a *space* (a world, seed data, a snapshot, a journal) and has a kind and an id. Its place in
a list is given by its `parent` and, within that, by (rank, id). A space may have a *base*: it then stores
only its differences from the base, and a row without a body (a tombstone) hides the base's row of the same
kind and id. The cost of a fork, a reset or a snapshot thus depends on the differences, not on the size of the
base. A base never changes once a space uses it.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from mockserver.storage.engine import Engine
from mockserver.storage.page_query import PageQuery, base_statement, own_statement, page_statement
from mockserver.storage.scalar_query import (
    ScalarQuery,
    combine,
    first_base_rank_query,
    first_own_rank_query,
    last_rank_query,
)

_COPY_SPACE = (
    "INSERT INTO docs (space, kind, id, parent, rank, body) "
    "SELECT ?, kind, id, parent, rank, body FROM docs WHERE space = ?"
)
_GET = "SELECT parent, rank, body FROM docs WHERE space = ? AND kind = ? AND id = ?"
_GET_WITH_BASE = "SELECT space, parent, rank, body FROM docs WHERE space IN (?, ?) AND kind = ? AND id = ?"
_DELETE_SPACE = "DELETE FROM docs WHERE space = ?"
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
_PAGE_SIZE = 500


class Row(NamedTuple):
    """One document and its place in a list; `body` is bytes, or None for a tombstone."""

    id: str
    parent: str
    rank: int
    body: bytes | None

    @property
    def cursor(self) -> "Cursor":
        """Where the next page starts."""
        return Cursor(self.rank, self.id)


class Cursor(NamedTuple):
    """A position in a list; a page starts after it."""

    rank: int
    id: str


class Store:
    """The operations on documents, on any engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.is_local = engine.is_local
        self._frozen_counts: dict[str, dict[tuple[str, str], int]] = {}
        self.transaction = engine.transaction
        self.after_commit = engine.after_commit
        self.lock = engine.lock
        self.close = engine.close

    def space(self, name: str, base: str | None = None) -> "Space":
        """The space of that name, with a base if one is given."""
        return Space(self, name, base)

    def delete_space(self, space: str) -> None:
        """Deletes all own rows of the space; if it has a base, this resets it."""
        self._engine.execute(_DELETE_SPACE, (space,))
        self._frozen_counts.pop(space, None)

    def copy(self, source: str, target: str) -> None:
        """Copies the space's own rows (its differences from its base) to another, empty space."""
        self._engine.execute(_COPY_SPACE, (target, source))

    def get(self, space: str, kind: str, id: str) -> Row | None:
        """The space's own row, which may be a tombstone."""
        buffered = self._engine.buffered((space, kind), id)
        if buffered:
            return Row(*buffered[2:])
        found = self._engine.select(_GET, (space, kind, id))
        return Row(id, *found[0]) if found else None

    def get_with_base(self, space: str, base: str, kind: str, id: str) -> Row | None:
        """The space's own row, which may be a tombstone, else the base's."""
        buffered = self._engine.buffered((space, kind), id)
        if buffered:
            return Row(*buffered[2:])
        self._engine.flush((base, kind))
        found = self._engine.select(_GET_WITH_BASE, (space, base, kind, id))
        if not found:
            return None
        own = found[0] if found[0][0] == space else found[-1]
        return Row(id, *own[1:])

    def put(self, space: str, kind: str, row: Row) -> None:
        """Inserts the row or replaces the one with its id."""
        self._engine.put((space, kind, *row))

    def delete(self, space: str, kind: str, id: str) -> None:
        """Deletes the space's own row."""
        self._engine.execute(_DELETE, (space, kind, id))

    def bulk_insert(self, space: str, kind: str, rows: Iterable[Row]) -> None:
        """Inserts many new rows."""
        self._engine.bulk_insert((space, kind, *row) for row in rows)

    def delete_below_rank(self, space: str, kind: str, parent: str, rank: int) -> None:
        """Deletes the own rows of a list whose rank is smaller."""
        self._engine.execute(_DELETE_BELOW_RANK, (space, kind, parent, rank))

    def trim_to_size(self, space: str, kind: str, parent: str, max_bytes: int) -> None:
        """Deletes the first own rows of a list so that the bodies of the rest have at most `max_bytes`.

        The very last row stays, however large.
        """
        self._engine.flush((space, kind))
        if self._fetch_int(_LIST_BYTES, (space, kind, parent)) > max_bytes:
            rank = self._fetch_int(_LAST_RANK_BEYOND, (space, kind, parent, max_bytes))
            self.delete_below_rank(space, kind, parent, rank + 1)

    def size(self, space: str) -> int:
        """The approximate size of the space's own rows in bytes; reads all of them."""
        return int(self._engine.flush_and_select(_SPACE_BYTES, (space,))[0][0])

    def fetch(self, *queries: ScalarQuery) -> tuple[Any, ...]:
        """The results of several queries, in one statement."""
        return self.fetch_combined(combine(*queries))

    def fetch_combined(self, query: ScalarQuery) -> tuple[Any, ...]:
        """The results of a combined query."""
        self._engine.flush(*query.reads)
        return self._engine.select(query.statement, query.values)[0]

    def last_buffered_rank(self, space: str, kind: str) -> int | None:
        """The rank of the row of that kind that was put last, if it is still buffered.

        Works only for kinds whose rows are put once each.
        """
        buffered = self._engine.last_buffered((space, kind))
        return buffered[4] if buffered else None

    def last_rank(self, space: str, kind: str, parent: str = "") -> int:
        """The greatest rank among the space's own rows of a list, tombstones included; 0 without any."""
        return int(self.fetch(last_rank_query(space, kind, parent))[0] or 0)

    def page(self, query: PageQuery) -> list[Row]:
        """The rows of a page in order, own rows and the base's together."""
        self._engine.flush(*query.reads())
        if query.base is not None and query.skip == 0 and self._engine.is_local:
            return self._merged_page(query)
        statement = page_statement(query.base is not None, query.after is not None, query.newest_first)
        return list(map(Row._make, self._engine.select(statement, query.values())))

    def _merged_page(self, query: PageQuery) -> list[Row]:
        """A page read by one statement for the own rows and one for the base's: half the time in SQLite."""
        form = (query.after is not None, query.newest_first)
        own_values, base_values = query.own_and_base_values()
        own = list(map(Row._make, self._engine.select(own_statement(*form), own_values)))
        rows = list(map(Row._make, self._engine.select(base_statement(*form), base_values)))
        if not own or not rows:
            return own or rows
        rows += own
        rows.sort(key=_sort_key, reverse=query.newest_first)
        return rows[: query.limit]

    def count(self, space: str, base: str | None, kind: str, parent: str) -> int:
        """The number of rows in the list. The base's rows are counted once, since a base does not change."""
        self._engine.flush((space, kind), (base or space, kind))
        own = self._fetch_int(_COUNT, (space, kind, parent))
        if base is None:
            return own
        frozen = self._frozen_counts.setdefault(base, {})
        in_base = frozen.get((kind, parent))
        if in_base is None:
            in_base = frozen[kind, parent] = self._fetch_int(_COUNT, (base, kind, parent))
        # Nothing can be hidden in an empty list, and checking costs a search for each own row.
        hidden = self._fetch_int(_COUNT_HIDDEN, (space, kind, base, parent)) if in_base else 0
        return own + in_base - hidden

    def _fetch_int(self, statement: str, values: tuple[Any, ...]) -> int:
        return int(self._engine.select(statement, values)[0][0])


def _sort_key(row: Row) -> tuple[int, str]:
    return row.rank, row.id


class Space:
    """One space with its base: where a world's records are stored."""

    def __init__(self, store: Store, name: str, base: str | None = None) -> None:
        self.store = store
        self.name = name
        self.base = base

    def get(self, kind: str, id: str) -> Row | None:
        """The space's own row, else the base's; None if there is none or it is hidden."""
        if self.base is None:
            row = self.store.get(self.name, kind, id)
        else:
            row = self.store.get_with_base(self.name, self.base, kind, id)
        return row if row is not None and row.body is not None else None

    def put(self, kind: str, row: Row) -> None:
        """Inserts the row or replaces the one with its id."""
        self.store.put(self.name, kind, row)

    def delete(self, kind: str, id: str) -> bool:
        """Deletes the row, or hides the base's; False if it does not exist."""
        if self.get(kind, id) is None:
            return False
        if self.base is not None and self.store.get(self.base, kind, id) is not None:
            self.store.put(self.name, kind, Row(id, "", 0, None))
        else:
            self.store.delete(self.name, kind, id)
        return True

    def bulk_insert(self, kind: str, rows: Iterable[Row]) -> None:
        """Inserts many new rows."""
        self.store.bulk_insert(self.name, kind, rows)

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
        return self.store.page(
            PageQuery(self.name, self.base, kind, parent, limit, after, skip, newest_first)
        )

    def iterate(self, kind: str, parent: str = "", *, newest_first: bool = False) -> Iterator[Row]:
        """Every row that the list has at the start, read in pages; the list may change meanwhile."""
        rows = self.page(kind, parent, limit=_PAGE_SIZE, newest_first=newest_first)
        if len(rows) < _PAGE_SIZE:
            yield from rows
            return
        # Stop at the row that is last now: a caller that moves each row to the end would never finish.
        (last,) = self.page(kind, parent, limit=1, newest_first=not newest_first)
        while rows:
            for row in rows:
                if row.cursor < last.cursor if newest_first else row.cursor > last.cursor:
                    return
                yield row
            rows = self.page(kind, parent, limit=_PAGE_SIZE, after=rows[-1].cursor, newest_first=newest_first)

    def first_rank_queries(self, kind: str, parent: str = "") -> list[ScalarQuery]:
        """Queries for the smallest rank of the list, own and base's: much cheaper than its first page."""
        base = [first_base_rank_query(self.name, self.base, kind, parent)] if self.base is not None else []
        return [first_own_rank_query(self.name, kind, parent), *base]

    def count(self, kind: str, parent: str = "") -> int:
        """The number of rows in the list."""
        return self.store.count(self.name, self.base, kind, parent)
