"""The interface of every store: a few operations on documents.

A document belongs to a *space* (a world, seed data, a snapshot, a journal) and has a kind and an id. Its
place in a list is given by its `parent` and, within that, by (rank, id). A space may have a *base*: it then
has only its differences from the base, and a document without a body (a tombstone) hides the base's document
of the same kind and id. The cost of a fork, a reset or a snapshot thus depends on the differences, not on the
size of the base. A base never changes once a space uses it, but for kinds that it did not have.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from math import inf
from typing import Any, NamedTuple, Protocol

from mockserver.storage.decoded import DecodedBodies
from mockserver.storage.reads import FirstBaseRank, FirstRank, Read

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


class LazyBody(Protocol):
    """A body that is encoded when it is needed, and does not change; `len` is roughly the bytes it holds."""

    def __len__(self) -> int: ...

    def encode(self) -> bytes:
        """The body; the same bytes at every call."""

    def encode_whole(self) -> bytes:
        """The body with all that only this object knows, for a store that keeps nothing but bytes."""


def in_id_order(read: Callable[..., list[Row]], kind: str, after: str = "") -> Iterator[Row]:
    """Every row that `Space.scan` or `Space.own` (`read`) has of the kind after an id, read in pages."""
    while rows := read(kind, after=after, limit=_PAGE_SIZE):
        yield from rows
        after = rows[-1].id


class Space(ABC):
    """One space with its base: where a world's records are stored."""

    def __init__(self, store: "Store", name: str, base: str | None) -> None:
        self.store = store
        self.name = name
        self.base = base

    @abstractmethod
    def get(self, kind: str, id: str) -> Row | None:
        """The space's own row, else the base's; None if there is none or it is hidden."""

    @abstractmethod
    def put(self, kind: str, row: Row) -> None:
        """Inserts the row or replaces the one with its id."""

    def put_lazily(self, kind: str, row: Row, body: LazyBody) -> None:
        """As `put`, with another body than the row's: a store in memory encodes it when it is read."""
        self.put(kind, row._replace(body=body.encode_whole()))

    def whole_body(self, kind: str, id: str) -> bytes | None:
        """The body of a row that was put lazily, with all that its object knows; None without the row."""
        row = self.get(kind, id)
        return row and row.body

    @abstractmethod
    def delete(self, kind: str, id: str) -> bool:
        """Deletes the row, or hides the base's; False if it does not exist."""

    @abstractmethod
    def bulk_insert(self, kind: str, rows: Iterable[Row]) -> None:
        """Inserts many new rows; the iterable may use the store."""

    @abstractmethod
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

    def page_lazily(self, kind: str, *, limit: int, after: Cursor) -> list[tuple[Cursor, LazyBody | bytes]]:
        """As `page`, with the bodies as they were put: those of `put_lazily` are not encoded in memory."""
        return [(row.cursor, row.body or b"") for row in self.page(kind, limit=limit, after=after)]

    @abstractmethod
    def count(self, kind: str, parent: str = "") -> int:
        """The number of rows in the list."""

    @abstractmethod
    def scan(self, kind: str, *, after: str = "", limit: int) -> list[Row]:
        """At most `limit` rows of the kind in order of their ids, in any list, after the id `after`."""

    @abstractmethod
    def count_all(self, kind: str) -> int:
        """The number of rows of the kind, in all lists."""

    @abstractmethod
    def own(self, kind: str, *, after: str = "", limit: int) -> list[Row]:
        """At most `limit` of the space's differences from its base, in order of their ids: its own rows.

        A tombstone is a row without a body.
        """

    @abstractmethod
    def own_kinds(self) -> set[str]:
        """The kinds of which the space has own rows, tombstones included."""

    @abstractmethod
    def delete_below_rank(self, kind: str, parent: str, rank: int) -> None:
        """Deletes the own rows of a list whose rank is smaller, tombstones included."""

    @abstractmethod
    def trim_to_size(self, kind: str, parent: str, max_bytes: int) -> None:
        """Deletes the first own rows of a list so that the bodies of the rest have at most `max_bytes`.

        The very last row stays, however large.
        """

    @abstractmethod
    def last_rank(self, kind: str, parent: str = "") -> int:
        """The greatest rank among the own rows of a list, tombstones included; 0 without any."""

    def iterate(self, kind: str, parent: str = "", *, newest_first: bool = False) -> Iterator[Row]:
        """Every row that the list has at the start, read in pages; the list may change meanwhile."""
        rows = self.page(kind, parent, limit=_PAGE_SIZE, newest_first=newest_first)
        if len(rows) < _PAGE_SIZE:
            yield from rows
            return
        # Stop at the row that is last now: a caller that moves each row to the end would never finish.
        # Another thread may have emptied the list since.
        last = (self.page(kind, parent, limit=1, newest_first=not newest_first) or rows[-1:])[0]
        while rows:
            for row in rows:
                if row.cursor < last.cursor if newest_first else row.cursor > last.cursor:
                    return
                yield row
            rows = self.page(kind, parent, limit=_PAGE_SIZE, after=rows[-1].cursor, newest_first=newest_first)

    def first_ranks(self, kind: str, parent: str = "") -> list[Read]:
        """The reads for the smallest rank of the list: the own one and the base's."""
        own = FirstRank(self.name, kind, parent)
        return [own] if self.base is None else [own, FirstBaseRank(self.name, self.base, kind, parent)]


class Store(ABC):
    """Documents in spaces, with nested transactions and named locks. Used by any number of threads."""

    is_local: bool
    """Whether it answers without waiting for another process."""

    def __init__(self) -> None:
        self.decoded: DecodedBodies = DecodedBodies()

    @abstractmethod
    def space(self, name: str, base: str | None = None) -> Space:
        """The space of that name, with a base if one is given."""

    @abstractmethod
    def delete_space(self, space: str) -> None:
        """Deletes all own rows of the space; if it has a base, this resets it."""

    @abstractmethod
    def discard(self, space: str, kinds: str, ids: str = "") -> None:
        """Deletes the own rows whose kind and id start with these texts, tombstones included.

        The base's documents show again: this resets a part of the space.
        """

    @abstractmethod
    def copy(self, source: str, target: str) -> None:
        """Copies the space's own rows (its differences from its base) to another, empty space."""

    @abstractmethod
    def documents(self, space: str) -> Iterator[tuple[str, Row]]:
        """The space's own rows with their kinds, tombstones included, in order of (kind, id)."""

    @abstractmethod
    def size(self, space: str) -> int:
        """The approximate size of the space's own rows in bytes; reads all of them."""

    @abstractmethod
    def version(self, space: str) -> int | None:
        """A number that every change of the space's own documents replaces, but those of rate limits.

        A rolled back change counts, too. None if other processes can change the documents.
        """

    @abstractmethod
    def prepare(self, *reads: Read) -> Callable[[], tuple[Any, ...]]:
        """A function that reads these values as they are when it is called."""

    def fetch(self, *reads: Read) -> tuple[Any, ...]:
        """The values, read at once."""
        return self.prepare(*reads)()

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """A transaction, rolled back on an exception; inside another one, a savepoint."""

    @abstractmethod
    def lock(self, name: str) -> None:
        """Takes a named lock for the rest of the transaction; others that want the same name wait.

        Outside a transaction it waits until the lock is free. Raises `StoreUnavailableError` after a while.
        """

    @abstractmethod
    def no_waiting(self, seconds: float = inf) -> AbstractContextManager[None]:
        """A block in which this thread raises `WouldBlockError` where it would wait for another one's lock.

        Nothing has been written then: the error ends the outermost transaction. A store that waits for
        another process raises it also where it is used after that many seconds, except to commit.
        """

    @abstractmethod
    def brief_waits(self, since: float) -> AbstractContextManager[None]:
        """A block in which this thread waits 0.1 s for a lock at most, and then raises `WouldBlockError`.

        `since` is the monotonic time at which the call has begun to wait, for a store that gives up later.
        """

    @property
    @abstractmethod
    def may_wait(self) -> bool:
        """Whether this thread may wait, and thus do long work: False inside `no_waiting`."""

    @abstractmethod
    def check(self) -> None:
        """Raises `StoreUnavailableError` if nothing can be written now."""

    @abstractmethod
    def after_commit(self, action: Callable[[], None]) -> None:
        """Runs the action after the outermost commit; immediately outside transactions."""

    @abstractmethod
    def close(self) -> None:
        """Closes the store."""
