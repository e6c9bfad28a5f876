"""The interface between the store and its databases, and the table that all of them use."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import cache
from itertools import chain
from typing import Any, Final, Protocol

from mockserver.errors import InvalidStoreError
from mockserver.storage.transactions import Document, SpaceKind

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS docs (space {text} NOT NULL, kind {text} NOT NULL, id {text} NOT NULL,"
    " parent {text} NOT NULL, rank BIGINT NOT NULL, body {blob}, PRIMARY KEY (space, kind, id))",
    "CREATE INDEX IF NOT EXISTS docs_in_order ON docs (space, kind, parent, rank, id)",
)
"""The table and its index; an engine fills in its types for bytes and for text sorted by code point."""

INSERT = "INSERT INTO docs (space, kind, id, parent, rank, body) VALUES (?, ?, ?, ?, ?, ?)"


# ruff: noqa: S608 - built from the constants here alone
@cache
def put_statement(count: int) -> str:
    """Inserts this many documents, or replaces those with the same key."""
    documents = ", ".join(["(?, ?, ?, ?, ?, ?)"] * count)
    return (
        f"INSERT INTO docs (space, kind, id, parent, rank, body) VALUES {documents} "
        "ON CONFLICT (space, kind, id) DO UPDATE "
        "SET parent = excluded.parent, rank = excluded.rank, body = excluded.body"
    )


_TRIAL: Final = ("_trial", "_trial")
_DRAFTS: Final[tuple[Document, ...]] = tuple((*_TRIAL, id, "", 0, b"draft") for id in ("a", "B", "01"))
_KEPT: Final[tuple[Document, ...]] = (
    (*_TRIAL, "01", "02", 2**53 + 1, b"\x00\xff"),
    (*_TRIAL, "B", "b", 0, b""),
    (*_TRIAL, "a", "A", -1, None),
)
"""In order of their code points; a column of another type or collation does not keep one of them."""
_READ_TRIAL: Final = (
    "SELECT space, kind, id, parent, rank, body FROM docs WHERE space = ? AND kind = ? ORDER BY id"
)


class _Cursor(Protocol):
    def fetchall(self) -> list[Any]: ...


def check_keeps_documents(run: Callable[[str, tuple[Any, ...]], _Cursor]) -> None:
    """Puts a few documents into the table and reads them; to be rolled back afterwards.

    Raises `InvalidStoreError` if it does not keep them as they are, and the database's error if it takes
    none: another program's table may have our columns.
    """
    for documents in (_DRAFTS, _KEPT):
        run(put_statement(len(documents)), tuple(chain.from_iterable(documents)))
    if tuple(run(_READ_TRIAL, _TRIAL).fetchall()) != _KEPT:
        raise InvalidStoreError("its table 'docs' changes the documents that it takes")


def takes_no_documents(error: object) -> InvalidStoreError:
    """The refusal of a table, for the database's error."""
    return InvalidStoreError(f"its table 'docs' takes no documents: {error}")


class Engine(Protocol):
    """A database: statements with `?` placeholders, nested transactions, and a write buffer."""

    is_local: bool
    """Whether it answers without waiting for another process."""

    def select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows of a SELECT, without buffered documents."""

    def flush_and_select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows of a SELECT after the write buffer was flushed."""

    def put(self, document: Document) -> None:
        """Inserts the document or replaces the one with its key; it may stay in the write buffer."""

    def buffered(self, kind: SpaceKind, id: str) -> Document | None:
        """The buffered document of that kind and id, if there is one."""

    def flush(self, *kinds: SpaceKind) -> None:
        """Writes the buffered documents of these kinds, so that `select` finds them."""

    def execute(self, statement: str, values: tuple[Any, ...]) -> None:
        """Runs a statement that changes something."""

    def bulk_insert(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Inserts many new documents: (space, kind, id, parent, rank, body)."""

    def lock(self, name: str) -> None:
        """Takes a named lock for the rest of the transaction; others that want the same name wait."""

    def transaction(self) -> AbstractContextManager[None]:
        """A transaction, rolled back on an exception; inside another one, a savepoint."""

    def no_waiting(self, seconds: float) -> AbstractContextManager[None]:
        """A block in which this thread raises `WouldBlockError` instead of waiting for another one."""

    def brief_waits(self, since: float) -> AbstractContextManager[None]:
        """A block in which this thread waits 0.1 s for a lock at most, and then raises `WouldBlockError`."""

    def waiting_briefly(self) -> AbstractContextManager[None]:
        """A block in which this thread waits a few seconds at most for another process."""

    @property
    def may_wait(self) -> bool:
        """Whether this thread may wait."""

    def after_commit(self, action: Callable[[], None]) -> None:
        """Runs the action after the outermost commit; immediately outside transactions."""

    def close(self) -> None:
        """Closes the database."""
