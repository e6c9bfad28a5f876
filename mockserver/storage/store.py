"""The one store: documents in a narrow table, straight SQL, few verbs.

A row belongs to a *space* (a world, a frozen base, a snapshot, a journal), has a kind and an id, and stands
in a list: within its `parent`, ordered by (rank, id). A space may stand on a base: it then holds only what
differs from it, and a row without a body hides the base's row of the same kind and id. So a fork, a reset
and a snapshot cost what differs, however large the base is. A base never changes once something stands on it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, NamedTuple, Protocol

from mockserver.storage.page_query import PageQuery, below_statement, own_statement, page_statement
from mockserver.storage.transactions import Document, Kind

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS docs (space {text} NOT NULL, kind {text} NOT NULL, id {text} NOT NULL,"
    " parent {text} NOT NULL, rank BIGINT NOT NULL, body {blob}, PRIMARY KEY (space, kind, id))",
    "CREATE INDEX IF NOT EXISTS docs_in_order ON docs (space, kind, parent, rank, id)",
)
"""The tables; an engine fills in its names for bytes and for text that is ordered by its code points."""

FILL = "INSERT INTO docs (space, kind, id, parent, rank, body) VALUES (?, ?, ?, ?, ?, ?)"
_COPY = (
    "INSERT INTO docs (space, kind, id, parent, rank, body) "
    "SELECT ?, kind, id, parent, rank, body FROM docs WHERE space = ?"
)
_GET = "SELECT parent, rank, body FROM docs WHERE space = ? AND kind = ? AND id = ?"
_GET_THROUGH = "SELECT space, parent, rank, body FROM docs WHERE space IN (?, ?) AND kind = ? AND id = ?"
_DROP = "DELETE FROM docs WHERE space = ?"
_DELETE = "DELETE FROM docs WHERE space = ? AND kind = ? AND id = ?"
_TRIM = "DELETE FROM docs WHERE space = ? AND kind = ? AND parent = ? AND rank < ?"
_BYTES = "SELECT coalesce(sum(length(body)), 0) FROM docs WHERE space = ? AND kind = ? AND parent = ?"
_SIZE = "SELECT coalesce(sum(length(body) + length(id)), 0) FROM docs WHERE space = ?"
_BEYOND = (
    "SELECT coalesce(max(rank), -1) FROM (SELECT rank, sum(length(body)) OVER (ORDER BY rank DESC) AS bytes,"
    " row_number() OVER (ORDER BY rank DESC) AS place FROM docs WHERE space = ? AND kind = ? AND parent = ?)"
    " AS newest_first WHERE bytes > ? AND place > 1"
)
_COUNT = "SELECT count(*) FROM docs WHERE space = ? AND kind = ? AND parent = ? AND body IS NOT NULL"
_HIDDEN = (
    # A subquery for each own row keeps every planner from walking the base, which is the large one.
    "SELECT count(*) FROM docs own WHERE own.space = ? AND own.kind = ? AND (SELECT below.parent "
    "FROM docs below WHERE below.space = ? AND below.kind = own.kind AND below.id = own.id) = ?"
)
_LAST = "(SELECT max(rank) FROM docs WHERE space = ? AND kind = ? AND parent = ?)"
_FIRST_OWN = (
    "(SELECT rank FROM docs WHERE space = ? AND kind = ? AND parent = ? AND body IS NOT NULL"
    " ORDER BY rank, id LIMIT 1)"
)
_FIRST_BELOW = (
    "(SELECT rank FROM docs WHERE space = ? AND kind = ? AND parent = ? AND NOT EXISTS"
    " (SELECT 1 FROM docs own WHERE own.space = ? AND own.kind = docs.kind AND own.id = docs.id)"
    " ORDER BY rank, id LIMIT 1)"
)
_PAGE_SIZE = 500


@cache
def put_statement(count: int) -> str:
    """Inserts this many documents, or replaces those with the same key."""
    documents = ", ".join(["(?, ?, ?, ?, ?, ?)"] * count)
    return (
        f"INSERT INTO docs (space, kind, id, parent, rank, body) VALUES {documents} "
        "ON CONFLICT (space, kind, id) DO UPDATE "
        "SET parent = excluded.parent, rank = excluded.rank, body = excluded.body"
    )


class Row(NamedTuple):
    """One document and where it stands; `body` is bytes, None where it hides a row of the base."""

    id: str
    parent: str
    rank: int
    body: bytes | None

    @property
    def cursor(self) -> "Cursor":
        """Where the next page goes on."""
        return Cursor(self.rank, self.id)


class Cursor(NamedTuple):
    """A place in a list; a page goes on after it."""

    rank: int
    id: str


class Engine(Protocol):
    """What a database has to do: run statements with `?` placeholders, and transactions that nest."""

    is_local: bool
    """Whether a statement costs hardly more than what it does, so that two simple ones beat one."""

    def select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows that a SELECT finds, but for what is kept back; they may be shared, so change none."""

    def flush_and_select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows that a SELECT finds."""

    def put(self, document: Document) -> None:
        """Inserts the document or replaces the one of its kind and id; it may be kept back for a while."""

    def buffered(self, kind: Kind, id: str) -> Document | None:
        """The document of that kind and id, if it is kept back."""

    def last_buffered(self, kind: Kind) -> Document | None:
        """Of the documents of that kind that are kept back the one that came last, if each was put once."""

    def flush(self, *kinds: Kind) -> None:
        """Writes what is kept back of these kinds: for `look` to find."""

    def execute(self, statement: str, values: tuple[Any, ...]) -> None:
        """Runs a statement that changes something."""

    def bulk_insert(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Inserts many documents that are not there yet: (space, kind, id, parent, rank, body)."""

    def lock(self, name: str) -> None:
        """Keeps every other transaction that holds the same name waiting until this one ends."""

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside happens, or (on an exception) nothing; inside another one it is a savepoint."""

    def after_commit(self, action: Callable[[], None]) -> None:
        """Does this once what is written now can no longer be rolled back; at once outside transactions."""

    def close(self) -> None:
        """Lets go of the database."""


class ScalarQuery(NamedTuple):
    """A question with one value for its answer; several can be asked in one statement."""

    statement: str
    values: tuple[Any, ...]
    reads: tuple[Kind, ...]
    """What it asks about: of that nothing may be kept back."""


def body_of(space: str, kind: str, id: str) -> ScalarQuery:
    """The body of the space's own row; None if it has none."""
    statement = "(SELECT body FROM docs WHERE space = ? AND kind = ? AND id = ?)"
    return ScalarQuery(statement, (space, kind, id), ((space, kind),))


def body_of_parent(space: str, kind: str, child_kind: str, child: str) -> ScalarQuery:
    """The body of the row that is named by the parent of another one."""
    # ruff: noqa: S608 - built from the constants here alone
    parent = "(SELECT parent FROM docs WHERE space = ? AND kind = ? AND id = ?)"
    statement = f"(SELECT body FROM docs WHERE space = ? AND kind = ? AND id = {parent})"
    return ScalarQuery(
        statement, (space, kind, space, child_kind, child), ((space, kind), (space, child_kind))
    )


def last_rank(space: str, kind: str, parent: str = "") -> ScalarQuery:
    """The greatest rank among the space's own rows of a list, hiding ones included; None if it has none."""
    return ScalarQuery(_LAST, (space, kind, parent), ((space, kind),))


def first_own_rank(space: str, kind: str, parent: str = "") -> ScalarQuery:
    """The smallest rank among the space's own rows of a list."""
    return ScalarQuery(_FIRST_OWN, (space, kind, parent), ((space, kind),))


def first_rank_below(space: str, base: str, kind: str, parent: str = "") -> ScalarQuery:
    """The smallest rank among the rows of a list that the base has and the space does not hide."""
    return ScalarQuery(_FIRST_BELOW, (base, kind, parent, space), ((space, kind), (base, kind)))


def combine(*scalars: ScalarQuery) -> ScalarQuery:
    """Several questions as one statement: a call asks the same few each time."""
    statement = "SELECT " + ", ".join([scalar.statement for scalar in scalars])
    values = tuple([value for scalar in scalars for value in scalar.values])
    reads = dict.fromkeys([kind for scalar in scalars for kind in scalar.reads])
    return ScalarQuery(statement, values, tuple(reads))


class Store:
    """The verbs, on any engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.is_local = engine.is_local
        self._frozen_counts: dict[str, dict[tuple[str, str], int]] = {}
        self.transaction = engine.transaction
        self.after_commit = engine.after_commit
        self.lock = engine.lock
        self.close = engine.close

    def space(self, name: str, base: str | None = None) -> "Space":
        """The space of that name, standing on the base if one is given."""
        return Space(self, name, base)

    def delete_space(self, space: str) -> None:
        """Forgets all rows of the space: for one that stands on a base this is the reset."""
        self._engine.execute(_DROP, (space,))
        self._frozen_counts.pop(space, None)

    def copy(self, source: str, target: str) -> None:
        """Copies the space's own rows (its differences from its base) to another, empty space."""
        self._engine.execute(_COPY, (target, source))

    def get(self, space: str, kind: str, id: str) -> Row | None:
        """The space's own row, hiding ones included."""
        kept = self._engine.buffered((space, kind), id)
        if kept:
            return Row(*kept[2:])
        found = self._engine.select(_GET, (space, kind, id))
        return Row(id, *found[0]) if found else None

    def get_with_base(self, space: str, base: str, kind: str, id: str) -> Row | None:
        """The space's own row, hiding ones included, else the base's."""
        kept = self._engine.buffered((space, kind), id)
        if kept:
            return Row(*kept[2:])
        self._engine.flush((base, kind))
        found = self._engine.select(_GET_THROUGH, (space, base, kind, id))
        if not found:
            return None
        own = found[0] if found[0][0] == space else found[-1]
        return Row(id, *own[1:])

    def put(self, space: str, kind: str, row: Row) -> None:
        """Inserts the row or replaces the one of its id."""
        self._engine.put((space, kind, *row))

    def delete(self, space: str, kind: str, id: str) -> None:
        """Forgets the space's own row."""
        self._engine.execute(_DELETE, (space, kind, id))

    def bulk_insert(self, space: str, kind: str, rows: Iterable[Row]) -> None:
        """Inserts many rows that are not there yet."""
        self._engine.bulk_insert((space, kind, *row) for row in rows)

    def delete_below_rank(self, space: str, kind: str, parent: str, below: int) -> None:
        """Forgets the own rows of a list whose rank is smaller."""
        self._engine.execute(_TRIM, (space, kind, parent, below))

    def trim_to_size(self, space: str, kind: str, parent: str, most: int) -> None:
        """Forgets the own rows of a list below its last ones, whose bodies have so many bytes together.

        The very last one stays, however large.
        """
        self._engine.flush((space, kind))
        if self._number(_BYTES, (space, kind, parent)) > most:
            rank = self._number(_BEYOND, (space, kind, parent, most))
            self.delete_below_rank(space, kind, parent, rank + 1)

    def size(self, space: str) -> int:
        """How many bytes the space's own rows have together, about: it reads them all."""
        return int(self._engine.flush_and_select(_SIZE, (space,))[0][0])

    def fetch(self, *scalars: ScalarQuery) -> tuple[Any, ...]:
        """The answers to several questions, in one statement."""
        return self.fetch_combined(combine(*scalars))

    def fetch_combined(self, question: ScalarQuery) -> tuple[Any, ...]:
        """The answers to questions that were put together."""
        self._engine.flush(*question.reads)
        return self._engine.select(question.statement, question.values)[0]

    def last_buffered_rank(self, space: str, kind: str) -> int | None:
        """The rank of the row of that kind that was put last, if it is kept back and each is put once."""
        kept = self._engine.last_buffered((space, kind))
        return kept[4] if kept else None

    def last_rank(self, space: str, kind: str, parent: str = "") -> int:
        """The greatest rank among the space's own rows of a list, hiding ones included; else 0."""
        return int(self.fetch(last_rank(space, kind, parent))[0] or 0)

    def page(self, question: PageQuery) -> list[Row]:
        """The rows of a list in order, own and base's together."""
        self._engine.flush(*question.reads())
        if question.base is not None and question.skip == 0 and self._engine.is_local:
            return self._page_in_two(question)
        statement = page_statement(
            question.base is not None, question.after is not None, question.newest_first
        )
        return list(map(Row._make, self._engine.select(statement, question.values())))

    def _page_in_two(self, question: PageQuery) -> list[Row]:
        """The same by a statement for each part, which SQLite does in half the time."""
        sorts = (question.after is not None, question.newest_first)
        own, below = question.parts()
        rows = list(map(Row._make, self._engine.select(own_statement(*sorts), own)))
        both = list(map(Row._make, self._engine.select(below_statement(*sorts), below)))
        if not rows or not both:
            return rows or both
        both += rows
        both.sort(key=_place, reverse=question.newest_first)
        return both[: question.limit]

    def count(self, space: str, base: str | None, kind: str, parent: str) -> int:
        """How many rows the list has. The base's part is counted once: a base does not change."""
        self._engine.flush((space, kind), (base or space, kind))
        own = self._number(_COUNT, (space, kind, parent))
        if base is None:
            return own
        frozen = self._frozen_counts.setdefault(base, {})
        below = frozen.get((kind, parent))
        if below is None:
            below = frozen[kind, parent] = self._number(_COUNT, (base, kind, parent))
        # Nothing can be hidden in an empty list, and to look costs a search for each of the space's own rows.
        return own + below - (self._number(_HIDDEN, (space, kind, base, parent)) if below else 0)

    def _number(self, statement: str, values: tuple[Any, ...]) -> int:
        return int(self._engine.select(statement, values)[0][0])


def _place(row: Row) -> tuple[int, str]:
    return row.rank, row.id


class Space:
    """One space with its base below it: what a world's records are kept in."""

    def __init__(self, store: Store, name: str, base: str | None = None) -> None:
        self.store = store
        self.name = name
        self.base = base

    def get(self, kind: str, id: str) -> Row | None:
        """The row, the space's own before the base's."""
        if self.base is None:
            row = self.store.get(self.name, kind, id)
        else:
            row = self.store.get_with_base(self.name, self.base, kind, id)
        return row if row is not None and row.body is not None else None

    def put(self, kind: str, row: Row) -> None:
        """Inserts the row or replaces the one of its id."""
        self.store.put(self.name, kind, row)

    def delete(self, kind: str, id: str) -> bool:
        """Takes the row away, or hides the base's; False if there was none."""
        if self.get(kind, id) is None:
            return False
        if self.base is not None and self.store.get(self.base, kind, id) is not None:
            self.store.put(self.name, kind, Row(id, "", 0, None))
        else:
            self.store.delete(self.name, kind, id)
        return True

    def bulk_insert(self, kind: str, rows: Iterable[Row]) -> None:
        """Inserts many rows that are not there yet."""
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
        """At most `limit` rows of the list in order of (rank, id), after a place and past `skip` more."""
        return self.store.page(
            PageQuery(self.name, self.base, kind, parent, limit, after, skip, newest_first)
        )

    def iterate(self, kind: str, parent: str = "", *, newest_first: bool = False) -> Iterator[Row]:
        """Every row that the list has when the walk begins, read in pages: it may change meanwhile."""
        rows = self.page(kind, parent, limit=_PAGE_SIZE, newest_first=newest_first)
        if len(rows) < _PAGE_SIZE:
            yield from rows
            return
        # Whoever puts each row that it meets at the end again must not walk for ever.
        (last,) = self.page(kind, parent, limit=1, newest_first=not newest_first)
        while rows:
            for row in rows:
                if row.cursor < last.cursor if newest_first else row.cursor > last.cursor:
                    return
                yield row
            rows = self.page(kind, parent, limit=_PAGE_SIZE, after=rows[-1].cursor, newest_first=newest_first)

    def first_ranks(self, kind: str, parent: str = "") -> list[ScalarQuery]:
        """What to ask for the smallest rank of the list: much cheaper than its first page."""
        below = [first_rank_below(self.name, self.base, kind, parent)] if self.base is not None else []
        return [first_own_rank(self.name, kind, parent), *below]

    def count(self, kind: str, parent: str = "") -> int:
        """How many rows the list has."""
        return self.store.count(self.name, self.base, kind, parent)
