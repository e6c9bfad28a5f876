"""PostgreSQL under the store: for worlds that outlive a process, and replicas that share them."""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import chain, islice
from selectors import EVENT_READ, DefaultSelector
from typing import Any, Final

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from mockserver.errors import StoreUnavailableError
from mockserver.storage.store import FILL, SCHEMA, put_statement
from mockserver.storage.transactions import Document, Kind, TransactionStack

_MOST_CONNECTIONS: Final = 16
_PATIENCE: Final = 2.0  # seconds that a call waits for a connection before the vendor is out of order
_BATCH: Final = 5_000  # documents that are copied at a time
_AT_ONCE: Final = 16  # documents that one statement writes
_COPY: Final = FILL.partition(" VALUES")[0].replace("INSERT INTO", "COPY") + " FROM STDIN"
_SETTING_UP: Final = 4_700_000_001  # the lock that one replica holds while it makes the tables
_SESSION: Final = (
    # A fake must survive a killed process, not a power cut.
    "SET synchronous_commit = off",
    # Every statement of the store is a few index searches, whatever the planner believes of a table that was
    # filled a moment ago; compiled and parallel plans only delay them.
    *(f"SET enable_{plan} = off" for plan in ("seqscan", "bitmapscan", "hashjoin", "mergejoin")),
    "SET jit = off",
    "SET max_parallel_workers_per_gather = 0",
)
_GONE_AT_COMMIT: Final = "the connection was lost while what was done was being kept"


class Postgres:
    """A pool of connections; a transaction has one to itself from start to end.

    Two calls on one world wait for each other by an advisory lock (`hold`), so that each sees what the other
    has done and nothing is lost; calls on different worlds do not.
    """

    is_local = False

    def __init__(self, url: str) -> None:
        """Raises `StoreUnavailableError` if nobody answers there."""
        self._pool: ConnectionPool[psycopg.Connection[tuple[Any, ...]]] = ConnectionPool(
            url,
            min_size=1,
            max_size=_MOST_CONNECTIONS,
            timeout=_PATIENCE,
            # The next call tries at once instead of waiting for a pool that waits longer from time to time.
            reconnect_timeout=0.0,
            kwargs={"autocommit": True},
            configure=_configure,
            check=_look_alive,
            open=False,
        )
        self._mine = _Mine()
        self._pool.open()
        try:
            self._set_up()
        except StoreUnavailableError:
            self.close()
            raise

    def select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows that a SELECT finds, but for what is kept back."""
        with self._session() as session:
            found = session.connection.execute(_dialect(statement), _written(values)).fetchall()
        return [_read(row) for row in found]

    def flush_and_select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows that a SELECT finds."""
        with self._session() as session:
            session.nesting.flush_all()
            return self.select(statement, values)

    def execute(self, statement: str, values: tuple[Any, ...]) -> None:
        """Runs a statement that changes something."""
        with self._session() as session:
            session.nesting.flush_all()
            session.connection.execute(_dialect(statement), _written(values))

    def put(self, document: Document) -> None:
        """Inserts the document or replaces the one of its key; it may be kept back."""
        with self._session() as session:
            session.nesting.put(document)

    def buffered(self, kind: Kind, id: str) -> Document | None:
        """The document of that kind and id, if this thread's transaction keeps it back."""
        session = self._mine.session
        return session.nesting.buffered(kind, id) if session else None

    def last_buffered(self, kind: Kind) -> Document | None:
        """Of the documents of that kind that are kept back the one that came last, if each was put once."""
        session = self._mine.session
        return session.nesting.last_buffered(kind) if session else None

    def flush(self, *kinds: Kind) -> None:
        """Writes what this thread's transaction keeps back of these kinds."""
        if self._mine.session:
            with self._session() as session:
                session.nesting.flush(kinds)

    def bulk_insert(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Inserts many documents that are not there yet. Who makes the rows may ask meanwhile."""
        rows = iter(rows)
        # While a COPY goes on its connection can do nothing else: what is copied has to be made before.
        while batch := [_written(row) for row in islice(rows, _BATCH)]:
            with self._session() as session:
                session.nesting.flush_all()
                with session.connection.cursor().copy(_COPY) as copy:
                    for row in batch:
                        copy.write_row(row)

    def lock(self, name: str) -> None:
        """Waits until no other transaction holds this name, and holds it to the end of this one."""
        with self._session() as session:
            session.connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or (on an exception) nothing; inside another one it is a savepoint."""
        with self._session() as session:
            session.nesting.enter()
            try:
                yield
            except BaseException:
                session.nesting.leave(good=False)
                raise
            session.nesting.leave(good=True)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Does this once what is written now can no longer be rolled back; at once outside transactions."""
        if self._mine.session is None:
            action()
        else:
            self._mine.session.nesting.after_commit(action)

    def close(self) -> None:
        """Lets go of the database."""
        self._pool.close()

    def _set_up(self) -> None:
        with self.transaction(), self._session() as session:
            session.connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SETTING_UP,))
            for statement in SCHEMA:
                session.connection.execute(_dialect(statement.format(text='TEXT COLLATE "C"', blob="BYTEA")))

    @contextmanager
    def _session(self) -> "Iterator[_Session]":
        """This thread's connection: that of its transaction, else one for the moment."""
        session = self._mine.session
        try:
            if session is not None:
                yield session
            else:
                with self._pool.connection() as connection:
                    session = self._mine.session = _Session(connection)
                    try:
                        yield session
                    finally:
                        self._mine.session = None
        except PoolTimeout as error:
            raise StoreUnavailableError("no connection to PostgreSQL is to be had", again=False) from error
        except psycopg.OperationalError as error:
            lost = session is not None and session.committing
            reason = _GONE_AT_COMMIT if lost else str(error).partition("\n")[0]
            raise StoreUnavailableError(reason, again=not lost) from error


class _Session:
    """One connection while it is this thread's."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.connection = connection
        self.committing = False
        self.nesting = TransactionStack(self._run, self._put, "BEGIN", self._is_open)

    def _run(self, statement: str) -> None:
        self.committing = statement == "COMMIT"
        self.connection.execute(statement)
        self.committing = False

    def _put(self, documents: Collection[Document]) -> None:
        if len(documents) > _AT_ONCE:
            rows = [_written(document) for document in documents]
            self.connection.cursor().executemany(_dialect(put_statement(1)), rows)
        else:
            values = _written(tuple(chain.from_iterable(documents)))
            self.connection.execute(_dialect(put_statement(len(documents))), values)

    def _is_open(self) -> bool:
        status = self.connection.info.transaction_status
        return status not in (psycopg.pq.TransactionStatus.IDLE, psycopg.pq.TransactionStatus.UNKNOWN)


class _Mine(threading.local):
    """What each thread has."""

    session: _Session | None = None


def _configure(connection: psycopg.Connection[Any]) -> None:
    for statement in _SESSION:
        connection.execute(statement)


def _look_alive(connection: psycopg.Connection[Any]) -> None:
    """Raises `psycopg.OperationalError` for a connection that is gone.

    A database that went away has closed it, or has said why: where nothing is to be read, none need be asked.
    """
    with DefaultSelector() as selector:
        selector.register(connection.fileno(), EVENT_READ)
        if selector.select(0):
            ConnectionPool.check_connection(connection)


@cache
def _dialect(statement: str) -> str:
    """With psycopg's placeholders. Every statement is put together from constants of ours."""
    return statement.replace("?", "%s")


def _written(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """PostgreSQL's texts have no character 0, which callers do send: 1 and a digit stand for 0 and for 1."""
    return tuple([_without_zero(value) if type(value) is str else value for value in values])


def _without_zero(text: str) -> str:
    if "\0" in text or "\1" in text:
        return text.replace("\1", "\0012").replace("\0", "\0011")
    return text


def _read(row: tuple[Any, ...]) -> tuple[Any, ...]:
    if any(type(value) is str and "\1" in value for value in row):
        return tuple([_with_zero(value) if type(value) is str else value for value in row])
    return row


def _with_zero(text: str) -> str:
    return text.replace("\0011", "\0").replace("\0012", "\1")
