"""Stores by their URLs: `memory:`, `sqlite:///worlds.db`, `postgresql://…`."""

import sqlite3
from pathlib import Path
from typing import Final

from mockserver.errors import InvalidStoreError, StoreUnavailableError
from mockserver.storage.sqlite import SQLite
from mockserver.storage.store import Engine, Row, Store

_FORMS: Final = "memory:, sqlite:///worlds.db or postgresql://user:password@host/database"
_VERSION: Final = 1
"""Of the rows that this release writes. A release that writes others counts one further and migrates."""


def open_store(url: str) -> Store:
    """The store of this URL. Raises `InvalidStoreError`."""
    store = Store(_engine(url))
    with store.transaction():
        store.lock("")
        found = store.get("", "_schema", "version")
        version = int(found.body or 0) if found else _VERSION
        if found is None:
            store.put("", "_schema", Row("version", "", 0, str(_VERSION).encode()))
    if version != _VERSION:
        store.close()
        what = f"the store was written by another release of mockserver (schema {version}, not {_VERSION})"
        raise InvalidStoreError(f"{what}; serve it with that one, or name another --store")
    return store


def shares(url: str) -> bool:
    """Whether several processes can stand on this store."""
    return url != "memory:"


def _engine(url: str) -> Engine:
    scheme, separator, rest = url.partition("://")
    if url == "memory:":
        return SQLite()
    if scheme == "sqlite" and separator and rest.startswith("/") and rest != "/":
        return _file(rest.removeprefix("/"))
    if scheme in ("postgresql", "postgres") and separator:
        return _postgres(url)
    raise InvalidStoreError(f"{url} is no store; write {_FORMS}")


def _file(path: str) -> Engine:
    try:
        return SQLite(path)
    except sqlite3.Error as error:
        fix = "name a file that can be written"
        raise InvalidStoreError(f"the store {Path(path)} cannot be opened ({error}); {fix}") from error


def _postgres(url: str) -> Engine:
    try:
        # An optional driver: whoever keeps worlds in memory does without it.
        from mockserver.storage.postgres import Postgres
    except ModuleNotFoundError as missing:
        fix = "pip install 'audience-mockserver[postgres]'"
        raise InvalidStoreError(
            f"{missing.name} is not installed, and PostgreSQL needs it; {fix}"
        ) from missing
    try:
        return Postgres(url)
    except (StoreUnavailableError, ValueError) as trouble:
        fix = "start it, or fix the URL"
        raise InvalidStoreError(f"the store {_public(url)} cannot be opened ({trouble}); {fix}") from trouble


def _public(url: str) -> str:
    """The URL without the password: it stands in messages."""
    scheme, _, rest = url.partition("://")
    who, at, where = rest.rpartition("@")
    return f"{scheme}://{who.partition(':')[0]}{at}{where}"
