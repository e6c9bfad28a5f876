"""SQLite under the store: in memory (the default) or a file."""

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable
from itertools import chain
from typing import Any

from mockserver.errors import StoreUnavailableError
from mockserver.storage.store import FILL, SCHEMA, put_statement
from mockserver.storage.transactions import Document, Kind, TransactionStack

_PATIENCE = 30.0  # seconds that a writer waits for another process's transaction on the same file
_PAUSE = 0.005
_AT_ONCE = 16  # documents that one statement writes
_MOST_FOUND, _MOST_ROWS = 256, 50  # results that are remembered, and rows of one
_PRIMARY = 0xFF  # of an error's code: the rest tells kinds of it apart


class SQLite:
    """One connection, used by one thread at a time: a call's transaction holds it from start to end."""

    is_local = True

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        self._alone = path == ":memory:"
        self._nesting = TransactionStack(
            self._run, self._put, "BEGIN IMMEDIATE", lambda: self._connection.in_transaction, self._alone
        )
        # What was found since something was last written: of a file another process may have written since.
        self._found: dict[tuple[str, tuple[Any, ...]], list[tuple[Any, ...]]] = {}
        # With the usual 4 KiB a large database walks the table of its pages at every commit that frees some:
        # a reset took a millisecond at 100,000 people instead of 50 microseconds.
        self._connection.execute("PRAGMA page_size = 16384")
        if path != ":memory:":
            # A fake's file must survive a killed process, not a power cut.
            self._write_ahead()
            self._connection.execute("PRAGMA synchronous = NORMAL")
        for statement in SCHEMA:
            self._connection.execute(statement.format(text="TEXT", blob="BLOB"))

    def _write_ahead(self) -> None:
        # While another process turns the same new file to this mode SQLite does not wait but refuses at once.
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE)

    def select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows that a SELECT finds, but for what is kept back."""
        with self._lock:
            known = self._found.get((statement, values))
            if known is not None:
                return known
            found = self._connection.execute(statement, values).fetchall()
            if self._alone and len(found) <= _MOST_ROWS:
                if len(self._found) >= _MOST_FOUND:
                    self._found.clear()
                self._found[statement, values] = found
            return found

    def flush_and_select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows that a SELECT finds."""
        with self._lock:
            self._nesting.flush_all()
            return self.select(statement, values)

    def execute(self, statement: str, values: tuple[Any, ...]) -> None:
        """Runs a statement that changes something."""
        with self._lock:
            self._nesting.flush_all()
            self._found.clear()
            self._connection.execute(statement, values)

    def put(self, document: Document) -> None:
        """Inserts the document or replaces the one of its key; it may be kept back."""
        with self._lock:
            self._nesting.put(document)

    def buffered(self, kind: Kind, id: str) -> Document | None:
        """The document of that kind and id, if it is kept back."""
        with self._lock:
            return self._nesting.buffered(kind, id)

    def last_buffered(self, kind: Kind) -> Document | None:
        """Of the documents of that kind that are kept back the one that came last, if each was put once."""
        with self._lock:
            return self._nesting.last_buffered(kind)

    def flush(self, *kinds: Kind) -> None:
        """Writes what is kept back of these kinds."""
        with self._lock:
            self._nesting.flush(kinds)

    def bulk_insert(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Inserts many documents that are not there yet."""
        with self._lock:
            self._nesting.flush_all()
            self._connection.executemany(FILL, rows)
            self._found.clear()  # who makes the rows may ask meanwhile

    def lock(self, name: str) -> None:
        """Nothing more to do: who is in a transaction has the whole database to itself."""

    def transaction(self) -> "_Transaction":
        """Everything inside happens, or (on an exception) nothing; inside another one it is a savepoint."""
        return _Transaction(self)

    def enter(self) -> None:
        """Begins a transaction, and keeps every other thread out of the database."""
        self._lock.acquire()
        try:
            self._nesting.enter()
        except sqlite3.OperationalError as error:
            self._lock.release()
            raise StoreUnavailableError(str(error), again=False) from error
        except BaseException:
            self._lock.release()
            raise

    def leave(self, good: bool) -> None:
        """Ends the innermost transaction."""
        try:
            self._nesting.leave(good)
        finally:
            self._lock.release()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Does this once what is written now can no longer be rolled back; at once outside transactions."""
        with self._lock:
            self._nesting.after_commit(action)

    def close(self) -> None:
        """Lets go of the database; what was in memory is gone."""
        with self._lock:
            self._connection.close()

    def _run(self, statement: str) -> None:
        self._found.clear()
        self._connection.execute(statement)

    def _put(self, documents: Collection[Document]) -> None:
        self._found.clear()
        if len(documents) > _AT_ONCE:
            self._connection.executemany(put_statement(1), documents)
        else:
            values = tuple(chain.from_iterable(documents))
            self._connection.execute(put_statement(len(documents)), values)


class _Transaction:
    """The `with` of a transaction: a class, since a generator costs a call several microseconds."""

    __slots__ = ("_engine",)

    def __init__(self, engine: SQLite) -> None:
        self._engine = engine

    def __enter__(self) -> None:
        self._engine.enter()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._engine.leave(good=kind is None)
