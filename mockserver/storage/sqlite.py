"""The engine for SQLite files."""

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from typing import Any, Final, NoReturn, TypeVar

from mockserver.errors import StoreUnavailableError, WouldBlockError
from mockserver.storage import sqlite_file
from mockserver.storage.engine import INSERT, SCHEMA, put_statement
from mockserver.storage.no_waiting import NoWaiting, ThreadState
from mockserver.storage.transactions import Document, SpaceKind, TransactionStack

_BUSY_TIMEOUT: Final = 30.0  # seconds that writers wait for another process's transaction on the same file
_BRIEF_TIMEOUT: Final = 5.0  # as long as that lasts inside `waiting_briefly`
_END_TIMEOUT: Final = 0.5  # seconds that closing waits for a call: the server has waited for it before
_BUSY_GAP: Final = 1.0  # seconds without a try, after which the file may have been free in between
_RETRY_INTERVAL: Final = 0.002  # seconds
_MAX_ROWS_PER_INSERT = 16

_Result = TypeVar("_Result")


class SQLite:
    """One connection, used by one thread at a time: a call's transaction has it from start to end."""

    is_local = True

    def __init__(self, path: str, *, durable: bool = False) -> None:
        """Opens the file, or creates it. `durable`: what is committed survives a power cut.

        Raises `StoreUnavailableError`, and `InvalidStoreError` for another program's file.
        """
        self._path = path
        self._durable = durable
        self._lock = _Lock()
        self._busy = _BusySince()
        self._is_suspect = False
        with self._translated():
            self._connection = sqlite_file.connect(path, exists=False)
        self._transactions = TransactionStack(
            self._run, self._put, "BEGIN IMMEDIATE", lambda: self._connection.in_transaction
        )
        try:
            self._attempt(lambda: sqlite_file.check_is_store(self._connection))
            self._prepare()
            for statement in SCHEMA:
                self._run(statement.format(text="TEXT", blob="BLOB"))
            self._files = sqlite_file.OpenFiles(path, self._connection)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        """Sets the connection up."""
        # With the default of 4 KiB, every commit that frees pages walks the page table of a large database:
        # at 100,000 people a reset took a millisecond instead of 50 microseconds.
        self._connection.execute("PRAGMA page_size = 16384")
        # SQLite fails immediately while another process switches the same new file to WAL.
        self._run("PRAGMA journal_mode = WAL")
        # NORMAL survives a killed process, not a power cut: it leaves the flush to the operating system.
        self._run(f"PRAGMA synchronous = {'FULL' if self._durable else 'NORMAL'}")
        # Else savepoints are written to the folder of temporary files, which another program may have filled.
        self._run("PRAGMA temp_store = MEMORY")

    def check_intact(self) -> None:
        """Reads the whole file. Raises `InvalidStoreError` if it is damaged."""
        with self._lock:
            self._attempt(lambda: sqlite_file.check_intact(self._connection))

    def select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows of a SELECT, without buffered documents."""
        with self._lock:
            return self._attempt(lambda: self._connection.execute(statement, values).fetchall())

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
            with self._translated():
                self._connection.executemany(INSERT, rows)

    def lock(self, name: str) -> None:
        """Waits for other threads: a SQLite transaction already has exclusive access."""
        with self._lock:
            pass

    def transaction(self) -> "_Transaction":
        """A transaction, rolled back on an exception; inside another one, a savepoint."""
        return _Transaction(self)

    def no_waiting(self, seconds: float) -> NoWaiting:
        """A block in which this thread raises `WouldBlockError` instead of waiting."""
        return NoWaiting(self._lock.local)

    def brief_waits(self, since: float) -> AbstractContextManager[None]:
        """No effect: a file has one lock, for which one thread waits."""
        return nullcontext()

    @property
    def may_wait(self) -> bool:
        """Whether this thread may wait."""
        return self._lock.local.waits

    @contextmanager
    def waiting_briefly(self) -> Iterator[None]:
        """A block in which this thread waits a few seconds at most for another process."""
        before, self._lock.local.patience = self._lock.local.patience, _BRIEF_TIMEOUT
        try:
            yield
        finally:
            self._lock.local.patience = before

    def enter(self) -> None:
        """Begins a transaction; other threads wait until it ends. Raises `StoreUnavailableError`."""
        self._acquire()
        try:
            if not self._transactions.depth:
                self._check_file()
            self._transactions.enter()
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
        """Closes the connection; the last one to the file moves its log into it.

        A call that has not ended keeps it open. Nothing is lost: the log stays beside the file.
        """
        if not self._lock.acquire_within(_END_TIMEOUT):
            return
        try:
            self._files.close(self._connection)
        finally:
            self._lock.release()

    def _acquire(self) -> None:
        """Takes the lock. Raises `WouldBlockError`; `StoreUnavailableError` if its owner waits in vain."""
        local = self._lock.local
        if local.patience >= _BUSY_TIMEOUT or not local.waits:
            self._lock.acquire()
            return
        while not self._lock.acquire_within(_RETRY_INTERVAL * 10):
            if self._busy.seconds() > local.patience:
                raise StoreUnavailableError("another process has locked the file", again=False)

    def _check_file(self) -> None:
        """Before a transaction: what earlier errors have left behind is gone, and the files are in place."""
        if self._is_suspect:
            self._reconnect()
        elif self._connection.in_transaction:
            self._run("ROLLBACK")
        self._files.check(self._connection)

    def _reconnect(self) -> None:
        """Opens the file again: a connection may keep damaged pages, a table or a mode that are history.

        Never another file of its name: writes to it would be lost once this one is back.
        """
        self._files.check_not_replaced()
        self._is_suspect = False  # for the statements that prepare it
        try:
            with self._translated():
                fresh = sqlite_file.connect(self._path, exists=True)
                self._files.close(self._connection)
                self._connection = fresh
                self._prepare()
                self._files = sqlite_file.OpenFiles(self._path, fresh)
        except BaseException:
            self._is_suspect = True
            raise

    def _run(self, statement: str, values: tuple[Any, ...] = ()) -> None:
        self._attempt(lambda: self._connection.execute(statement, values))

    def _put(self, documents: Collection[Document]) -> None:
        if len(documents) > _MAX_ROWS_PER_INSERT:
            self._attempt(lambda: self._connection.executemany(put_statement(1), documents))
        else:
            values = tuple(chain.from_iterable(documents))
            self._run(put_statement(len(documents)), values)

    def _attempt(self, work: Callable[[], _Result]) -> _Result:
        """The result of the work, tried until no other process writes to the file.

        Raises `WouldBlockError` in a thread that must not wait, and `StoreUnavailableError`.
        """
        if self._is_suspect and not self._transactions.depth:
            self._reconnect()
        while True:
            try:
                result = work()
            except sqlite3.Error as error:
                if sqlite_file.primary_code(error) != sqlite3.SQLITE_BUSY:
                    self._fail(error)
                local = self._lock.local
                self._busy.note()
                if not local.waits:
                    raise WouldBlockError("the store's file") from error
                if self._busy.seconds() > local.patience:
                    self._fail(error)
                time.sleep(_RETRY_INTERVAL)
            else:
                if self._busy.since:
                    self._busy.since = 0.0
                return result

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self._fail(error)

    def _fail(self, error: sqlite3.Error) -> NoReturn:
        """Raises `StoreUnavailableError` for an error of the file, and any other one as it is."""
        translated = sqlite_file.unavailable(error)
        if translated is None:
            raise error
        self._is_suspect = self._is_suspect or not sqlite_file.is_passing(error)
        raise translated from error


class _ThreadState(ThreadState):
    patience: float = _BUSY_TIMEOUT


class _BusySince:
    """Since when the file is locked by another process: all calls that wait for it share one deadline.

    Each would otherwise wait for its own, one after another.
    """

    def __init__(self) -> None:
        self.since = 0.0
        self._last = 0.0

    def note(self) -> None:
        """The file is locked now."""
        now = time.monotonic()
        if not self.since or now - self._last > _BUSY_GAP:
            self.since = now
        self._last = now

    def seconds(self) -> float:
        """How long it has been locked; 0 if it is not."""
        since = self.since
        return time.monotonic() - since if since else 0.0


class _Lock:
    """A reentrant lock; threads that must not wait for it get a `WouldBlockError`."""

    def __init__(self) -> None:
        self.local = _ThreadState()
        self._lock = threading.RLock()
        self.release = self._lock.release

    def acquire(self) -> None:
        """Takes the lock. Raises `WouldBlockError`."""
        if not self._lock.acquire(blocking=self.local.waits):
            raise WouldBlockError("the store")

    def acquire_within(self, seconds: float) -> bool:
        """Whether it could be taken within so long."""
        return self._lock.acquire(timeout=seconds)

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
