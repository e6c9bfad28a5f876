"""The store on SQLite: in memory (the default) or in a file."""

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable
from itertools import chain
from typing import Any

from mockserver.errors import StoreUnavailableError
from mockserver.storage.engine import INSERT, SCHEMA, put_statement
from mockserver.storage.transactions import Document, SpaceKind, TransactionStack

_BUSY_TIMEOUT = 30.0  # seconds that a writer waits for another process's transaction on the same file
_RETRY_INTERVAL = 0.005  # seconds
_MAX_ROWS_PER_INSERT = 16
_MAX_CACHED_RESULTS, _MAX_CACHED_ROWS = 256, 50  # rows of one result
_PRIMARY_CODE = 0xFF  # mask: the higher bits of an extended error code refine it


class SQLite:
    """One connection, used by one thread at a time: a call's transaction has it from start to end."""

    is_local = True

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            path, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        self._in_memory = path == ":memory:"
        self._transactions = TransactionStack(
            self._run, self._put, "BEGIN IMMEDIATE", lambda: self._connection.in_transaction, self._in_memory
        )
        # Results of SELECTs since the last write; in memory only, since another process may write to a file.
        self._cache: dict[tuple[str, tuple[Any, ...]], list[tuple[Any, ...]]] = {}
        # With the default of 4 KiB, every commit that frees pages walks the page table of a large database:
        # at 100,000 people a reset took a millisecond instead of 50 microseconds.
        self._connection.execute("PRAGMA page_size = 16384")
        if path != ":memory:":
            # A fake's file must survive a killed process, not a power cut.
            self._enable_wal()
            self._connection.execute("PRAGMA synchronous = NORMAL")
        for statement in SCHEMA:
            self._connection.execute(statement.format(text="TEXT", blob="BLOB"))

    def _enable_wal(self) -> None:
        # SQLite fails immediately, without waiting, while another process switches the same new file to WAL.
        deadline = time.monotonic() + _BUSY_TIMEOUT
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if (
                    error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY
                    or time.monotonic() > deadline
                ):
                    raise
                time.sleep(_RETRY_INTERVAL)

    def select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows of a SELECT, without buffered documents."""
        with self._lock:
            cached = self._cache.get((statement, values))
            if cached is not None:
                return cached
            found = self._connection.execute(statement, values).fetchall()
            if self._in_memory and len(found) <= _MAX_CACHED_ROWS:
                if len(self._cache) >= _MAX_CACHED_RESULTS:
                    self._cache.clear()
                self._cache[statement, values] = found
            return found

    def flush_and_select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows of a SELECT after the write buffer was flushed."""
        with self._lock:
            self._transactions.flush_all()
            return self.select(statement, values)

    def execute(self, statement: str, values: tuple[Any, ...]) -> None:
        """Runs a statement that changes something."""
        with self._lock:
            self._transactions.flush_all()
            self._cache.clear()
            self._connection.execute(statement, values)

    def put(self, document: Document) -> None:
        """Inserts the document or replaces the one with its key; it may stay in the write buffer."""
        with self._lock:
            self._transactions.put(document)

    def buffered(self, kind: SpaceKind, id: str) -> Document | None:
        """The buffered document of that kind and id, if there is one."""
        with self._lock:
            return self._transactions.buffered(kind, id)

    def last_buffered(self, kind: SpaceKind) -> Document | None:
        """The last buffered document of that kind, provided that each was put only once."""
        with self._lock:
            return self._transactions.last_buffered(kind)

    def flush(self, *kinds: SpaceKind) -> None:
        """Writes the buffered documents of these kinds."""
        with self._lock:
            self._transactions.flush(kinds)

    def bulk_insert(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Inserts many new documents; the iterable may query the store."""
        with self._lock:
            self._transactions.flush_all()
            self._connection.executemany(INSERT, rows)
            self._cache.clear()  # after, not before: making the rows may have queried the store

    def lock(self, name: str) -> None:
        """No-op: a SQLite transaction already has exclusive access."""

    def transaction(self) -> "_Transaction":
        """A transaction, rolled back on an exception; inside another one, a savepoint."""
        return _Transaction(self)

    def enter(self) -> None:
        """Begins a transaction; other threads wait until it ends. Raises `StoreUnavailableError`."""
        self._lock.acquire()
        try:
            self._transactions.enter()
        except sqlite3.OperationalError as error:
            self._lock.release()
            raise StoreUnavailableError(str(error), again=False) from error
        except BaseException:
            self._lock.release()
            raise

    def leave(self, commit: bool) -> None:
        """Ends the innermost transaction."""
        try:
            self._transactions.leave(commit)
        finally:
            self._lock.release()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Runs the action after the outermost commit; immediately outside transactions."""
        with self._lock:
            self._transactions.after_commit(action)

    def close(self) -> None:
        """Closes the connection; a database in memory is lost."""
        with self._lock:
            self._connection.close()

    def _run(self, statement: str) -> None:
        self._cache.clear()
        self._connection.execute(statement)

    def _put(self, documents: Collection[Document]) -> None:
        self._cache.clear()
        if len(documents) > _MAX_ROWS_PER_INSERT:
            self._connection.executemany(put_statement(1), documents)
        else:
            values = tuple(chain.from_iterable(documents))
            self._connection.execute(put_statement(len(documents)), values)


class _Transaction:
    """Context manager of a transaction: a class, since a generator costs several microseconds a call."""

    __slots__ = ("_engine",)

    def __init__(self, engine: SQLite) -> None:
        self._engine = engine

    def __enter__(self) -> None:
        self._engine.enter()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._engine.leave(commit=kind is None)
