"""SQLite under the store: in memory (the default) or a file."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mockserver.world.store import SCHEMA

_PATIENCE = 30.0  # seconds that a writer waits for another process's transaction on the same file
_PAUSE = 0.005
_PRIMARY = 0xFF  # of an error's code: the rest tells kinds of it apart


class SQLite:
    """One connection, used by one thread at a time: a call's transaction holds it from start to end."""

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.RLock()
        self._levels: list[_Level] = []
        self._after_commit: list[Callable[[], None]] = []
        self._connection = sqlite3.connect(
            path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        # With the usual 4 KiB a large database walks the table of its pages at every commit that frees some:
        # a reset took a millisecond at 100,000 people instead of 50 microseconds.
        self._connection.execute("PRAGMA page_size = 16384")
        if path != ":memory:":
            # A fake's file must survive a killed process, not a power cut.
            self._write_ahead()
            self._connection.execute("PRAGMA synchronous = NORMAL")
        for statement in SCHEMA:
            self._connection.execute(statement.format(blob="BLOB"))

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

    def query(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows that a SELECT finds."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def execute(self, statement: str, values: tuple[Any, ...]) -> None:
        """Runs a statement that changes something."""
        with self._lock:
            self._open_savepoints()
            self._connection.execute(statement, values)

    def execute_many(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Runs it once for every row."""
        with self._lock:
            self._open_savepoints()
            self._connection.executemany(statement, rows)

    def transaction(self) -> "_Transaction":
        """Everything inside happens, or (on an exception) nothing; inside another one it is a savepoint."""
        return _Transaction(self)

    def enter(self) -> None:
        """Begins a transaction or, within one, a savepoint: that one in earnest when something is written."""
        self._lock.acquire()
        try:
            if not self._levels:
                self._connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._lock.release()
            raise
        self._levels.append(_Level(not self._levels, len(self._after_commit)))

    def leave(self, good: bool) -> None:
        """Ends the innermost one: keeps what was written in it, or undoes it."""
        level = self._levels[-1]
        try:
            if good and level.opened:
                self._connection.execute(f"RELEASE s{len(self._levels)}" if self._levels[1:] else "COMMIT")
            elif not good:
                self._undo(level)
        except BaseException:
            self._undo(level)
            raise
        finally:
            self._levels.pop()
            try:
                if good and not self._levels:
                    self._settle()
            finally:
                self._lock.release()

    def _open_savepoints(self) -> None:
        for depth, level in enumerate(self._levels, 1):
            if not level.opened:
                self._connection.execute(f"SAVEPOINT s{depth}")
                level.opened = True

    def _undo(self, level: "_Level") -> None:
        del self._after_commit[level.to_do :]
        if not level.opened or not self._connection.in_transaction:
            return  # nothing was written, or a full disk, say, has already made SQLite undo everything
        depth = len(self._levels)
        if depth > 1:
            self._connection.execute(f"ROLLBACK TO s{depth}")
            self._connection.execute(f"RELEASE s{depth}")
        else:
            self._connection.execute("ROLLBACK")

    def after_commit(self, action: Callable[[], None]) -> None:
        """Does this once what is written now can no longer be rolled back; at once outside transactions."""
        with self._lock:
            self._after_commit.append(action)
            if not self._levels:
                self._settle()

    def _settle(self) -> None:
        while self._after_commit:
            self._after_commit.pop(0)()

    def close(self) -> None:
        """Lets go of the database; what was in memory is gone."""
        with self._lock:
            self._connection.close()


@dataclass(slots=True)
class _Level:
    """One open transaction or savepoint, and how much was to do after the commit when it began."""

    opened: bool
    to_do: int


class _Transaction:
    """The `with` of a transaction: a class, since a generator costs a call several microseconds."""

    __slots__ = ("_engine",)

    def __init__(self, engine: SQLite) -> None:
        self._engine = engine

    def __enter__(self) -> None:
        self._engine.enter()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._engine.leave(good=kind is None)
