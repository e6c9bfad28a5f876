"""Opens stores by URL: `memory:`, `sqlite:///worlds.db`, `postgresql://…`."""

import os
import sqlite3
from typing import Final

from mockserver.errors import InvalidStoreError, StoreUnavailableError
from mockserver.storage.layout import ROOT_SPACE, SCHEMA
from mockserver.storage.memory import MemoryStore
from mockserver.storage.sql_store import SqlStore
from mockserver.storage.sqlite import SQLite
from mockserver.storage.store import Row, Store
from mockserver.storage.store_url import StoreURL

_FORMATS: Final = "memory:, sqlite:///worlds.db or postgresql://user:password@host/database"
_SCHEMA_VERSION: Final = 1
"""The version of the stored format. A release that changes the format increments it and migrates."""


def open_store(url: str) -> Store:
    """Opens the store of this URL. Raises `InvalidStoreError`."""
    store = _open(url)
    root = store.space(ROOT_SPACE)
    with store.transaction():
        store.lock(ROOT_SPACE)
        row = root.get(SCHEMA, "version")
        version = int(row.body or 0) if row else _SCHEMA_VERSION
        if row is None:
            root.put(SCHEMA, Row("version", "", 0, str(_SCHEMA_VERSION).encode()))
    if version != _SCHEMA_VERSION:
        store.close()
        what = f"another release of mockserver wrote the store (schema {version}, not {_SCHEMA_VERSION})"
        raise InvalidStoreError(f"{what}; use that release, or another --store")
    return store


def is_shareable(url: str) -> bool:
    """Whether several processes can use this store."""
    return url != "memory:"


def _open(url: str) -> Store:
    scheme, separator, rest = url.partition("://")
    if url == "memory:":
        return MemoryStore()
    if scheme == "sqlite" and separator and rest.startswith("/") and rest != "/":
        return _open_sqlite(rest.removeprefix("/"))
    if scheme in ("postgresql", "postgres") and separator:
        return _open_postgres(url)
    raise InvalidStoreError(f"unsupported store URL {StoreURL.read(url).shown!r} (supported: {_FORMATS})")


def _open_sqlite(path: str) -> Store:
    try:
        _create_private_file(path)
        return SqlStore(SQLite(path))
    except (sqlite3.Error, OSError, ValueError) as error:
        shown, reason = StoreURL.read(path).shown, getattr(error, "strerror", None) or error
        fix = "use a file that can be written"
        raise InvalidStoreError(f"cannot open the store {shown} ({reason}); {fix}") from error


def _create_private_file(path: str) -> None:
    """Creates the file, unless it exists, for its owner only; SQLite gives its other files the same mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _open_postgres(url: str) -> Store:
    try:
        # Imported here because the driver is optional.
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

        from mockserver.storage.postgres import Postgres
    except ModuleNotFoundError as missing:
        fix = "pip install 'audience-mockserver[postgres]'"
        raise InvalidStoreError(
            f"PostgreSQL needs {missing.name}, which is not installed; {fix}"
        ) from missing
    read = StoreURL.read(url)
    if "@" in read.password:
        fix = "write each @ in the user name and the password as %40"
        raise InvalidStoreError(f"cannot open the store {read.shown} (it has more than one @); {fix}")
    try:
        conninfo_to_dict(url)  # the connection pool would log what is wrong, with a part of the URL
        return SqlStore(Postgres(url))
    except (StoreUnavailableError, ProgrammingError, ValueError) as error:
        reason = read.hide(str(error).strip().partition("\n")[0])
        fix = "start the database, or correct the URL"
        # The driver's error quotes the URL, and a traceback would show it.
        raise InvalidStoreError(f"cannot open the store {read.shown} ({reason}); {fix}") from None
