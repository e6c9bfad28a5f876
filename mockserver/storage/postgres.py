"""The store on PostgreSQL: for worlds that outlive a process, and for servers that share them."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cache, partial
from itertools import chain, islice
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout

from mockserver.errors import StoreUnavailableError, WouldBlockError
from mockserver.storage import postgres_database
from mockserver.storage.engine import INSERT, SCHEMA, put_statement
from mockserver.storage.no_waiting import BRIEF_SECONDS, BriefWaits, NoWaiting, ThreadState
from mockserver.storage.postgres_database import with_placeholders
from mockserver.storage.transactions import Document, SpaceKind, TransactionStack

_MAX_CONNECTIONS: Final = 20  # as many as threads run calls, and some for what the server does besides
_CONNECTION_TIMEOUT: Final = (
    2.0  # seconds that a call waits for a connection before the vendor answers with an error
)
_RETRY_SECONDS: Final = 0.2  # until a call without a connection first has the pool try again to make one
_COPY_BATCH: Final = 5_000  # documents per COPY
_MAX_ROWS_PER_INSERT: Final = 16
_COPY: Final = INSERT.partition(" VALUES")[0].replace("INSERT INTO", "COPY") + " FROM STDIN"
_SCHEMA_LOCK: Final = 4_700_000_001  # advisory lock that a server holds while it creates the tables
_START_TIMEOUT: Final = 5  # seconds that the start waits for the database's first answer
_SESSION_SETTINGS: Final = (
    # Every statement of the store is a few index searches, whatever the planner estimates for a table that
    # has just been filled; compiled and parallel plans only delay them.
    *(f"SET enable_{plan} = off" for plan in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort")),
    "SET jit = off",
    "SET max_parallel_workers_per_gather = 0",
)
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_TRY_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
_LOST_AT_COMMIT: Final = "the connection was lost during COMMIT"


class Postgres:
    """A pool of connections; a transaction has one to itself from start to end.

    Calls on the same world are serialised by an advisory lock (`lock`), so that each sees what the other has
    done and no update is lost; calls on different worlds run in parallel.
    """

    is_local = False

    def __init__(self, url: str, *, durable: bool = False) -> None:
        """`durable`: what is committed survives a crash of the database.

        Raises `StoreUnavailableError` if the server does not respond, with its reason, and
        `InvalidStoreError` for a database that cannot hold a store.
        """
        patience = conninfo_to_dict(url).get("connect_timeout") or _START_TIMEOUT
        _try_to_connect(url, int(patience))
        self._pool: ConnectionPool[psycopg.Connection[tuple[Any, ...]]] = ConnectionPool(
            url,
            min_size=1,
            max_size=_MAX_CONNECTIONS,
            timeout=_CONNECTION_TIMEOUT,
            # `_connection` tries again, instead of the pool's exponential backoff.
            reconnect_timeout=0.0,
            kwargs={"autocommit": True, "connect_timeout": patience, "client_encoding": "utf8"},
            configure=partial(_configure, durable),
            open=False,
        )
        self._local = _ThreadState()
        self._pool.open()
        try:
            self._create_tables()
        except BaseException:
            self.close()
            raise

    def select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows of a SELECT, without buffered documents."""
        with self._session() as session:
            found = session.connection.execute(with_placeholders(statement), _encode(values)).fetchall()
        return [_decode(row) for row in found]

    def flush_and_select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows of a SELECT after the write buffer was flushed."""
        with self._session() as session:
            session.transactions.flush_all()
            return self.select(statement, values)

    def execute(self, statement: str, values: tuple[Any, ...]) -> None:
        """Runs a statement that changes something."""
        with self._session() as session:
            session.transactions.flush_all()
            session.connection.execute(with_placeholders(statement), _encode(values))

    def put(self, document: Document) -> None:
        """Inserts the document or replaces the one with its key; it may stay in the write buffer."""
        with self._session() as session:
            session.transactions.put(document)

    def buffered(self, kind: SpaceKind, id: str) -> Document | None:
        """The buffered document of that kind and id in this thread's transaction, if there is one."""
        session = self._local.session
        return session.transactions.buffered(kind, id) if session else None

    def flush(self, *kinds: SpaceKind) -> None:
        """Writes the buffered documents of these kinds of this thread's transaction."""
        if self._local.session:
            with self._session() as session:
                session.transactions.flush(kinds)

    def bulk_insert(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Inserts many new documents; the iterable may query the store."""
        rows = iter(rows)
        # A connection can do nothing else during a COPY: make the rows of a batch before it starts.
        while batch := [_encode(row) for row in islice(rows, _COPY_BATCH)]:
            with self._session() as session:
                session.transactions.flush_all()
                with session.connection.cursor().copy(_COPY) as copy:
                    for row in batch:
                        copy.write_row(row)

    def lock(self, name: str) -> None:
        """Takes the advisory lock of this name for the rest of the transaction. Raises `WouldBlockError`."""
        local = self._local
        with self._session() as session:
            if not local.waits:
                is_ours = bool(session.connection.execute(_TRY_LOCK, (name,)).fetchall()[0][0])
            elif local.waiting_since is not None and session.transactions.depth:
                is_ours = _lock_within(BRIEF_SECONDS, session.connection, name)
            else:
                session.connection.execute(_LOCK, (name,))
                is_ours = True
        if not is_ours:
            raise WouldBlockError(name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction, rolled back on an exception; inside another one, a savepoint."""
        with self._session() as session:
            session.transactions.enter()
            try:
                yield
            except BaseException:
                session.transactions.leave(commit=False)
                raise
            session.transactions.leave(commit=True)

    def no_waiting(self, seconds: float) -> NoWaiting:
        """A block in which this thread raises `WouldBlockError` instead of waiting for another one.

        So it does for any statement but COMMIT after that many seconds.
        """
        return NoWaiting(self._local, seconds)

    def brief_waits(self, since: float) -> BriefWaits:
        """A block in which this thread waits 0.1 s for a lock at most, and then raises `WouldBlockError`."""
        return BriefWaits(self._local, since)

    def waiting_briefly(self) -> AbstractContextManager[None]:
        """No effect: a connection is waited for briefly anyway."""
        return nullcontext()

    @property
    def may_wait(self) -> bool:
        """Whether this thread may wait."""
        return self._local.waits

    def after_commit(self, action: Callable[[], None]) -> None:
        """Runs the action after the outermost commit; immediately outside transactions."""
        if self._local.session is None:
            action()
        else:
            self._local.session.transactions.after_commit(action)

    def close(self) -> None:
        """Closes the pool."""
        self._pool.close()

    def _create_tables(self) -> None:
        with self.transaction(), self._session() as session:
            connection = session.connection
            postgres_database.check_encoding(connection)
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
            table, index = (one.format(text='TEXT COLLATE "C"', blob="BYTEA") for one in SCHEMA)
            connection.execute(with_placeholders(table))
            postgres_database.check_keeps_documents(connection)
            connection.execute(with_placeholders(index))

    @contextmanager
    def _connection(self) -> "Iterator[psycopg.Connection[tuple[Any, ...]]]":
        """A living connection of the pool, which is asked again while it has none.

        For it tries once to connect when it is asked, and would rest for a second after a dead connection.
        """
        deadline, pause = monotonic() + _CONNECTION_TIMEOUT, _RETRY_SECONDS
        while True:
            try:
                connection = self._pool.getconn(min(pause, deadline - monotonic()))
            except PoolTimeout:
                if monotonic() >= deadline:
                    raise
                is_full = self._pool.get_stats()["pool_size"] == _MAX_CONNECTIONS
                pause = _CONNECTION_TIMEOUT if is_full else 2 * pause  # queue up for those that are in use
                continue
            try:
                if _is_alive(connection):
                    with connection:
                        yield connection
                    return
                connection.close()
            finally:
                self._pool.putconn(connection)  # for a closed one it makes another

    @contextmanager
    def _session(self) -> "Iterator[_Session]":
        """This thread's session: that of its transaction, else a temporary one."""
        session = self._local.session
        if self._local.is_late():
            raise WouldBlockError(None)
        try:
            if session is not None:
                yield session
            else:
                with self._connection() as connection:
                    session = self._local.session = _Session(connection)
                    try:
                        yield session
                    finally:
                        self._local.session = None
        except PoolTimeout as error:
            raise StoreUnavailableError("no connection to PostgreSQL is available", again=False) from error
        except psycopg.Error as error:
            if not postgres_database.is_unavailable(error):
                raise
            is_undone = postgres_database.is_undone(error)
            lost = session is not None and session.committing and not is_undone
            reason = _LOST_AT_COMMIT if lost else postgres_database.first_line(error)
            again = not (lost or postgres_database.is_lasting(error))
            raise StoreUnavailableError(reason, again=again) from error


class _Session:
    """One connection while a thread uses it."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.connection = connection
        self.committing = False
        self.transactions = TransactionStack(self._run, self._put, "BEGIN", self._is_open)

    def _run(self, statement: str) -> None:
        self.committing = statement == "COMMIT"
        self.connection.execute(statement)
        self.committing = False

    def _put(self, documents: Collection[Document]) -> None:
        if len(documents) > _MAX_ROWS_PER_INSERT:
            rows = [_encode(document) for document in documents]
            self.connection.cursor().executemany(with_placeholders(put_statement(1)), rows)
        else:
            values = _encode(tuple(chain.from_iterable(documents)))
            self.connection.execute(with_placeholders(put_statement(len(documents))), values)

    def _is_open(self) -> bool:
        status = self.connection.info.transaction_status
        return status not in (psycopg.pq.TransactionStatus.IDLE, psycopg.pq.TransactionStatus.UNKNOWN)


class _ThreadState(ThreadState):
    """The session of each thread."""

    session: _Session | None = None


def _lock_within(seconds: float, connection: psycopg.Connection[Any], name: str) -> bool:
    """Takes an advisory lock, unless another transaction holds it so long; the transaction fails then."""
    connection.execute(f"SET LOCAL lock_timeout = {int(seconds * 1000)}")
    try:
        connection.execute(_LOCK, (name,))
    except psycopg.errors.LockNotAvailable:
        return False
    connection.execute("SET LOCAL lock_timeout TO DEFAULT")
    return True


def _try_to_connect(url: str, seconds: int) -> None:
    """Raises `StoreUnavailableError` with the reason, which the pool would only log."""
    try:
        psycopg.connect(url, connect_timeout=seconds, client_encoding="utf8").close()
    except psycopg.OperationalError as error:
        raise StoreUnavailableError(_reason(str(error)), again=False) from error


def _reason(message: str) -> str:
    """The line of a driver's message that says why; the others name the addresses that were tried."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    fatal = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
    failed = [line for line in lines if "failed: " in line]
    return [*fatal, *(line.rpartition("failed: ")[2] for line in failed), *lines, "no reason given"][0]


def _configure(durable: bool, connection: psycopg.Connection[Any]) -> None:
    # Without waiting for the disk, a crash of the database loses the last answered calls; see `Durability`.
    connection.execute(f"SET synchronous_commit = {'on' if durable else 'off'}")
    for statement in _SESSION_SETTINGS:
        connection.execute(statement)


def _is_alive(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has not closed the connection.

    A closed connection has something to read (the end, or a message); only then is a query worth its time.
    """
    try:
        # If the process may open no more files, the first statement finds out.
        with suppress(OSError), DefaultSelector() as selector:
            selector.register(connection.fileno(), EVENT_READ)
            if selector.select(0):
                ConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    return True


@cache
def _encode(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Escapes character 0, which callers send and PostgreSQL's texts cannot hold.

    Character 1 is the escape: it and a digit stand for 0 ("1") and for itself ("2").
    """
    return tuple([_escape_nul(value) if type(value) is str else value for value in values])


def _escape_nul(text: str) -> str:
    if "\0" in text or "\1" in text:
        return text.replace("\1", "\0012").replace("\0", "\0011")
    return text


def _decode(row: tuple[Any, ...]) -> tuple[Any, ...]:
    if any(type(value) is str and "\1" in value for value in row):
        return tuple([_unescape_nul(value) if type(value) is str else value for value in row])
    return row


def _unescape_nul(text: str) -> str:
    return text.replace("\0011", "\0").replace("\0012", "\1")
