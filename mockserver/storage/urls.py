"""Opens stores by URL: `memory:`, `sqlite:///worlds.db`, `postgresql://…`."""

from typing import Final, Literal

from mockserver.errors import InvalidStoreError, StoreUnavailableError
from mockserver.storage.layout import ROOT_SPACE, SCHEMA
from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Row, Store
from mockserver.storage.store_url import StoreURL

_FORMATS: Final = "memory:, sqlite:///worlds.db or postgresql://user:password@host/database"
_SQLITE: Final = "sqlite:///"
_SCHEMA_VERSION: Final = 1
"""The version of the stored format. A release that changes the format increments it and migrates."""


Durability = Literal["fast", "safe"]
"""Whether an answered call survives the end of the process (fast), or a power cut too (safe)."""


def open_store(url: str, durability: Durability = "fast") -> Store:
    """Opens the store of this URL. Raises `InvalidStoreError`."""
    store = _open(url, durability == "safe")
    try:
        version = _schema_version(store)
    except StoreUnavailableError as error:
        store.close()
        raise unusable_store(url, error) from None
    except ValueError:
        store.close()
        damage = StoreUnavailableError("the document of its version is damaged", again=False)
        raise unusable_store(url, damage) from None
    if version != _SCHEMA_VERSION:
        store.close()
        what = f"another release of mockserver wrote the store (schema {version}, not {_SCHEMA_VERSION})"
        raise InvalidStoreError(f"{what}; use that release, or another --store")
    return store


def unusable_store(url: str, error: StoreUnavailableError) -> InvalidStoreError:
    """The refusal of a store that opens, but cannot be read or written at start-up."""
    return _refusal(StoreURL.read(url), error, "correct the cause, or use another --store")


def _schema_version(store: Store) -> int:
    """The version of the store's format, written if it is new. Raises `StoreUnavailableError`."""
    root = store.space(ROOT_SPACE)
    with store.transaction():
        store.lock(ROOT_SPACE)
        row = root.get(SCHEMA, "version")
        if row is None:
            root.put(SCHEMA, Row("version", "", 0, str(_SCHEMA_VERSION).encode()))
    return int(row.body or 0) if row else _SCHEMA_VERSION


def settle(url: str) -> None:
    """Leaves a SQLite store in its one file, unless a process uses it."""
    if url.startswith(_SQLITE):
        from mockserver.storage import sqlite_file

        sqlite_file.settle(url.removeprefix(_SQLITE))


def is_shareable(url: str) -> bool:
    """Whether several processes can use this store."""
    return url != "memory:"


def _open(url: str, durable: bool) -> Store:
    scheme, separator, _rest = url.partition("://")
    if url == "memory:":
        return MemoryStore()
    if url.startswith(_SQLITE) and url != _SQLITE:
        return _open_sqlite(url.removeprefix(_SQLITE), durable)
    if scheme in ("postgresql", "postgres") and separator:
        return _open_postgres(url, durable)
    raise InvalidStoreError(f"unsupported store URL {StoreURL.read(url).shown!r} (supported: {_FORMATS})")


def _open_sqlite(path: str, durable: bool) -> Store:
    # Imported here because a server with worlds in memory starts without it.
    import sqlite3

    from mockserver.storage.sql_store import SqlStore
    from mockserver.storage.sqlite import SQLite
    from mockserver.storage.sqlite_file import create_private_file

    try:
        create_private_file(path)
        engine = SQLite(path, durable=durable)
        try:
            engine.check_intact()
        except BaseException:
            engine.close()
            raise
        return SqlStore(engine)
    except (sqlite3.Error, StoreUnavailableError, InvalidStoreError, OSError, ValueError) as error:
        raise _refusal(StoreURL.read(path), error, "use a file that can be written") from error


def _refusal(store: StoreURL, error: Exception, fix: str) -> InvalidStoreError:
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())
    return InvalidStoreError(f"cannot open the store {store.shown} ({store.hide(reason)}); {fix}")


def _open_postgres(url: str, durable: bool) -> Store:
    try:
        # Imported here because the driver is optional.
        from psycopg import Error
        from psycopg.conninfo import conninfo_to_dict

        from mockserver.storage.postgres import Postgres
        from mockserver.storage.sql_store import SqlStore
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
        return SqlStore(Postgres(url, durable=durable))
    except InvalidStoreError as error:
        raise _refusal(read, error, "use another database") from None
    except (StoreUnavailableError, Error, ValueError) as error:
        # The driver's error quotes the URL, and a traceback would show it.
        raise _refusal(read, error, "start the database, or correct the URL") from None
