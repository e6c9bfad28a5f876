"""SQLite under the store: in memory (the default) or a file."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from mockserver.world.store import SCHEMA

_PATIENCE = 30.0  # seconds that a writer waits for another process's transaction on the same file


class SQLite:
    """One connection, used by one thread at a time: a call's transaction holds it from start to end."""

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._after_commit: list[Callable[[], None]] = []
        self._connection = sqlite3.connect(
            path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        if path != ":memory:":
            # A fake's file must survive a killed process, not a power cut.
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
        for statement in SCHEMA:
            self._connection.execute(statement.format(blob="BLOB"))

    def query(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows that a SELECT finds."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def execute(self, statement: str, values: tuple[Any, ...]) -> None:
        """Runs a statement that changes something."""
        with self._lock:
            self._connection.execute(statement, values)

    def execute_many(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Runs it once for every row."""
        with self._lock:
            self._connection.executemany(statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or (on an exception) nothing; inside another one it is a savepoint."""
        with self._lock:
            nested = self._depth > 0
            to_do = len(self._after_commit)
            self._connection.execute("SAVEPOINT inner" if nested else "BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                self._connection.execute("RELEASE inner" if nested else "COMMIT")
            except BaseException:
                del self._after_commit[to_do:]
                self._undo(nested)
                raise
            finally:
                self._depth -= 1
            if not nested:
                self._settle()

    def _undo(self, nested: bool) -> None:
        if not self._connection.in_transaction:
            return  # a full disk, say, has already made SQLite undo everything
        if nested:
            self._connection.execute("ROLLBACK TO inner")
            self._connection.execute("RELEASE inner")
        else:
            self._connection.execute("ROLLBACK")

    def after_commit(self, action: Callable[[], None]) -> None:
        """Does this once what is written now can no longer be rolled back; at once outside transactions."""
        with self._lock:
            self._after_commit.append(action)
            if self._depth == 0:
                self._settle()

    def _settle(self) -> None:
        while self._after_commit:
            self._after_commit.pop(0)()

    def close(self) -> None:
        """Lets go of the database; what was in memory is gone."""
        with self._lock:
            self._connection.close()
