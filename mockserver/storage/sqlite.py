"""The engine for SQLite files."""

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable
from itertools import chain
from typing import Any, Final, TypeVar

from mockserver.errors import StoreUnavailableError, WouldBlockError
from mockserver.storage.engine import INSERT, SCHEMA, put_statement
from mockserver.storage.no_waiting import NoWaiting, ThreadState
from mockserver.storage.transactions import Document, SpaceKind, TransactionStack

_BUSY_TIMEOUT: Final = 30.0  # seconds that a writer waits for another process's transaction on the same file
_RETRY_INTERVAL: Final = 0.002  # seconds
_MAX_ROWS_PER_INSERT = 16
_PRIMARY_CODE: Final = 0xFF  # mask: the higher bits of an extended error code refine it

_Result = TypeVar("_Result")


class SQLite:
    """One connection, used by one thread at a time: a call's transaction has it from start to end."""

    is_local = True

    def __init__(self, path: str) -> None:
        self._lock = _Lock()
        self._connection = sqlite3.connect(
            # The engine waits for other processes itself: a thread that must not wait is told at once.
            path,
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        self._transactions = TransactionStack(
            self._run, self._put, "BEGIN IMMEDIATE", lambda: self._connection.in_transaction
        )
        # With the default of 4 KiB, every commit that frees pages walks the page table of a large database:
        # at 100,000 people a reset took a millisecond instead of 50 microseconds.
        self._connection.execute("PRAGMA page_size = 16384")
        # SQLite fails immediately while another process switches the same new file to WAL.
        self._run("PRAGMA journal_mode = WAL")
        # A fake's file must survive a killed process, not a power cut.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        for statement in SCHEMA:
            self._run(statement.format(text="TEXT", blob="BLOB"))

    def select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows of a SELECT, without buffered documents."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def flush_and_select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows of a SELECT after the write buffer was flushed."""
        with self._lock:
            self._transactions.flush_all()
            return self.select(statement, values)

    def execute(self, statement: str, values: tuple[Any, ...]) -> None:
        """Runs a statement that changes something."""
        with self._lock:
            self._transactions.flush_all()
            self._run(statement, values)

    def put(self, document: Document) -> None:
        """Inserts the document or replaces the one with its key; it may stay in the write buffer."""
        with self._lock:
            self._transactions.put(document)

    def buffered(self, kind: SpaceKind, id: str) -> Document | None:
        """The buffered document of that kind and id, if there is one."""
        with self._lock:
            return self._transactions.buffered(kind, id)

    def flush(self, *kinds: SpaceKind) -> None:
        """Writes the buffered documents of these kinds."""
        with self._lock:
            self._transactions.flush(kinds)

    def bulk_insert(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Inserts many new documents; the iterable may query the store."""
        with self._lock:
            self._transactions.flush_all()
            self._connection.executemany(INSERT, rows)

    def lock(self, name: str) -> None:
        """Waits for other threads: a SQLite transaction already has exclusive access."""
        with self._lock:
            pass

    def transaction(self) -> "_Transaction":
        """A transaction, rolled back on an exception; inside another one, a savepoint."""
        return _Transaction(self)

    def no_waiting(self) -> NoWaiting:
        """A block in which this thread raises `WouldBlockError` instead of waiting."""
        return NoWaiting(self._lock.local)

    @property
    def may_wait(self) -> bool:
        """Whether this thread may wait."""
        return self._lock.local.waits

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
        """Closes the connection."""
        with self._lock:
            self._connection.close()

    def _run(self, statement: str, values: tuple[Any, ...] = ()) -> None:
        self._when_free(lambda: self._connection.execute(statement, values))

    def _put(self, documents: Collection[Document]) -> None:
        if len(documents) > _MAX_ROWS_PER_INSERT:
            self._when_free(lambda: self._connection.executemany(put_statement(1), documents))
        else:
            values = tuple(chain.from_iterable(documents))
            self._run(put_statement(len(documents)), values)

    def _when_free(self, work: Callable[[], _Result]) -> _Result:
        """The result of the work, tried until no other process writes to the file."""
        deadline = None
        while True:
            try:
                return work()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY:
                    raise
                if not self._lock.local.waits:
                    raise WouldBlockError("the store's file") from error
                deadline = deadline or time.monotonic() + _BUSY_TIMEOUT
                if time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY_INTERVAL)


class _Lock:
    """A reentrant lock; threads that must not wait for it get a `WouldBlockError`."""

    def __init__(self) -> None:
        self.local = ThreadState()
        self._lock = threading.RLock()
        self.release = self._lock.release

    def acquire(self) -> None:
        """Takes the lock. Raises `WouldBlockError`."""
        if not self._lock.acquire(blocking=self.local.waits):
            raise WouldBlockError("the store")

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class _Transaction:
    """Context manager of a transaction: a class, since a generator costs several microseconds a call."""

    __slots__ = ("_engine",)

    def __init__(self, engine: SQLite) -> None:
        self._engine = engine

    def __enter__(self) -> None:
        self._engine.enter()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._engine.leave(commit=kind is None)
