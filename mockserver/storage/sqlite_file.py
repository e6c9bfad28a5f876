"""SQLite files: whether one is a store, what is wrong with it, and which errors are the file's own."""

import ctypes
import os
import sqlite3
import stat
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from mockserver.errors import InvalidStoreError, StoreUnavailableError
from mockserver.storage import engine

_PRIMARY_CODE: Final = 0xFF  # mask: the higher bits of an extended error code refine it
_REASONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: "another process has locked the file",
        sqlite3.SQLITE_LOCKED: "another connection has locked the file",
        sqlite3.SQLITE_PERM: "the file may not be used",
        sqlite3.SQLITE_NOMEM: "no memory is left",
        sqlite3.SQLITE_READONLY: "the file is read-only",
        sqlite3.SQLITE_IOERR: "the file cannot be read or written",
        sqlite3.SQLITE_CORRUPT: "the file is damaged",
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
        sqlite3.SQLITE_PROTOCOL: "the file's locks are in disorder",
        sqlite3.SQLITE_NOTADB: "the file is not a database",
    }
)
"""The errors that are the file's or the machine's, not this program's."""
_OF_THE_TABLE: Final = (
    "no such table: ",
    "no such column: ",
    "table docs has no column named ",
    "ON CONFLICT clause does not match ",
)
"""How the message begins if somebody has dropped or changed the table: every statement is a constant."""
_PASSING: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL})
"""The errors after which the same connection can go on."""
_Identity = tuple[int, int]
_COLUMNS: Final = frozenset({"space", "kind", "id", "parent", "rank", "body"})


def create_private_file(path: str) -> None:
    """Creates the file, unless it exists, for its owner only; SQLite gives its other files the same mode.

    Raises `InvalidStoreError` for what exists and cannot be a store, and `OSError`.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        # It is not opened here: closing it again would end the locks of this process's other connections.
        _check_usable(path)


def connect(path: str, *, exists: bool) -> sqlite3.Connection:
    """A connection to the file; with `exists`, to one that is not created."""
    return sqlite3.connect(
        f"file:{quote(path)}?mode=rw" if exists else path,
        # The engine waits for other processes itself: a thread that must not wait is told at once.
        timeout=0,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        uri=exists,
    )


def settle(path: str) -> None:
    """Has SQLite move the log of a file to it, as the last connection does, without waiting."""
    with suppress(sqlite3.Error):
        connection = connect(path, exists=True)
        with closing(connection):
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()


def check_is_store(connection: sqlite3.Connection) -> None:
    """Raises `InvalidStoreError` for another program's file, before anything in it is changed."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {row[1] for row in connection.execute("PRAGMA table_info(docs)")}
    if tables and not columns >= _COLUMNS:
        raise InvalidStoreError(f"it is another program's database, with the table {min(tables)!r}")
    if columns:
        _check_keeps_documents(connection)


def _check_keeps_documents(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        engine.check_keeps_documents(connection.execute)
    except sqlite3.Error as error:
        if primary_code(error) in _REASONS:
            raise
        raise engine.takes_no_documents(error) from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def check_intact(connection: sqlite3.Connection) -> None:
    """Reads the whole file. Raises `InvalidStoreError` if it is damaged."""
    (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise InvalidStoreError(f"the file is damaged: {' '.join(finding.split())}")


def identity(path: str) -> _Identity | None:
    """The identity of the file, which differs from another one of its name; None without a file."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path would cost more than the call
    except OSError:
        return None
    return found.st_dev, found.st_ino


class OpenFiles:
    """The files that a connection has open: the database, and the two that SQLite keeps beside it.

    SQLite would go on in a deleted one, and what it writes there would be lost when the server stops.
    """

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        self._path = path
        real_path = connection.execute("PRAGMA database_list").fetchone()[2]  # SQLite follows links
        self._log, self._index = f"{real_path}-wal", f"{real_path}-shm"
        self._identities = identity(path), identity(self._log), identity(self._index)

    def check_not_replaced(self) -> None:
        """Raises `StoreUnavailableError` if the database is gone, or one of the three is another file now."""
        if identity(self._path) != self._identities[0]:
            raise _is_gone(self._path)
        if self._are_replaced(identity(self._log), identity(self._index)):
            raise _is_gone(self._log)

    def check(self, connection: sqlite3.Connection) -> None:
        """Raises `StoreUnavailableError` if one of them is not in its place; each transaction asks."""
        found = identity(self._path), identity(self._log), identity(self._index)
        if found == self._identities:
            return
        names = self._path, self._log, self._index
        for name, before, now in zip(names, self._identities, found, strict=True):
            if before not in (None, now):
                self._rescue(connection, found)
                raise _is_gone(name)

    def close(self, connection: sqlite3.Connection) -> None:
        """Closes the connection: the last one to the database moves its log there, also a deleted one.

        Not if another process has made new files beside the database, which has what that one answered since:
        SQLite would overwrite it with this log, and delete the new one by its name.
        """
        if self._are_replaced(identity(self._log), identity(self._index)):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))  # open until the process ends
        else:
            connection.close()

    def _rescue(self, connection: sqlite3.Connection, found: tuple[_Identity | None, ...]) -> None:
        """Moves what is only in a deleted log to the database, so that the next start finds it.

        Not if a file was replaced: another process has opened the new one, and writes to the database itself.
        """
        if found[0] == self._identities[0] and not self._are_replaced(*found[1:]):
            with suppress(sqlite3.Error):  # the next call tries again
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _are_replaced(self, *others: _Identity | None) -> bool:
        """Whether there are other files in place of the log and the index."""
        pairs = zip(self._identities[1:], others, strict=True)
        return any(before is not None and now not in (None, before) for before, now in pairs)


def primary_code(error: sqlite3.Error) -> int:
    """The code of an error without what refines it; a text that cannot be decoded has none and is damage."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return sqlite3.SQLITE_CORRUPT if isinstance(error, sqlite3.OperationalError) else 0
    return code & _PRIMARY_CODE


def unavailable(error: sqlite3.Error) -> StoreUnavailableError | None:
    """The error as the store's; None for an error of this program."""
    code = primary_code(error)
    reason = _REASONS.get(code)
    if code == sqlite3.SQLITE_ERROR and str(error).startswith(_OF_THE_TABLE):
        reason = "the table was dropped or changed"
    return StoreUnavailableError(f"{reason}: {error}", again=False) if reason else None


def is_passing(error: sqlite3.Error) -> bool:
    """Whether the connection can go on once the cause is gone; else it must be opened again."""
    return primary_code(error) in _PASSING


def _is_gone(path: str) -> StoreUnavailableError:
    fix = "put it back, or restart the server"
    return StoreUnavailableError(f"the file {Path(path).name} was deleted or replaced; {fix}", again=False)


def _check_usable(path: str) -> None:
    found = Path(path).stat()
    if stat.S_ISDIR(found.st_mode):
        raise InvalidStoreError("it is a folder")
    if not stat.S_ISREG(found.st_mode):
        raise InvalidStoreError("it is not a regular file")
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        owner = f"user {found.st_uid}"
        with suppress(KeyError, NotImplementedError):
            owner = Path(path).owner()
        raise InvalidStoreError(f"it may not be read and written; it belongs to {owner}")
