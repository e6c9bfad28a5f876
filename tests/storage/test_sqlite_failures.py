"""A SQLite file that is full, locked, damaged or gone: nothing committed is lost, and it recovers."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from mockserver.errors import StoreUnavailableError, WouldBlockError
from mockserver.storage import sqlite as sqlite_module
from mockserver.storage.sql_store import SqlStore
from mockserver.storage.sqlite import SQLite
from mockserver.storage.store import Row
from tests.storage.test_transactions import ids, put

_PAGE = 16384
LARGE = bytes(range(256)) * 400  # several pages


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SQLite]:
    engine = SQLite(str(tmp_path / "store.db"))
    put(SqlStore(engine), "kept")
    yield engine
    engine.close()


@pytest.fixture
def store(engine: SQLite) -> SqlStore:
    return SqlStore(engine)


@contextmanager
def full(engine: SQLite) -> Iterator[None]:
    """The file may have no further page."""
    (pages,) = engine._connection.execute("PRAGMA page_count").fetchone()
    engine._connection.execute(f"PRAGMA max_page_count = {pages}")
    yield
    engine._connection.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def unwritable() -> Iterator[None]:
    """The system refuses to write to this process's files, but for their first bytes."""
    resource = pytest.importorskip("resource", reason="Windows has no such limits")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another connection writes to the file."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def _put_two(store: SqlStore) -> None:
    """A transaction that writes before it ends."""
    with store.transaction():
        put(store, "first", LARGE)
        with store.transaction():
            put(store, "second", LARGE)
            store.space("w/x").count("one")


def _bulk(store: SqlStore) -> None:
    store.space("w/x").bulk_insert("one", [Row(f"b{number}", "", 0, LARGE) for number in range(9)])


WRITES: list[Callable[[SqlStore], None]] = [
    lambda store: put(store, "alone", LARGE),
    _put_two,
    _bulk,
    lambda store: store.copy("w/x", "w/y"),
]


@pytest.mark.parametrize("write", WRITES)
def test_a_full_file(engine: SQLite, store: SqlStore, write: Callable[[SqlStore], None]) -> None:
    put(store, "large", LARGE)
    with full(engine):
        with pytest.raises(StoreUnavailableError, match="the disk is full"):
            write(store)
        with pytest.raises(StoreUnavailableError, match="the disk is full"):
            store.check()
        assert ids(store) == ["kept", "large"], "it can be read, and nothing is half there"
    store.check()
    write(store)


@pytest.mark.parametrize("write", WRITES)
def test_a_commit_that_cannot_be_written(
    tmp_path: Path, store: SqlStore, write: Callable[[SqlStore], None]
) -> None:
    put(store, "large", LARGE)
    with unwritable():
        for _ in range(2):
            with pytest.raises(StoreUnavailableError, match="cannot be read or written"):
                write(store)
            with pytest.raises(StoreUnavailableError, match="cannot be read or written"):
                store.check()
    assert ids(store) == ["kept", "large"]
    store.check()
    write(store)
    again = SqlStore(SQLite(str(tmp_path / "store.db")))
    assert again.space("w/x").get("one", "kept")
    assert ids(again) == ids(store)
    again.close()


def test_a_transaction_that_cannot_begin_keeps_no_other_thread_waiting(
    tmp_path: Path, store: SqlStore
) -> None:
    def write(id: str) -> None:
        with store.no_waiting(), store.transaction():
            put(store, id)

    with locked(tmp_path / "store.db"), pytest.raises(WouldBlockError):
        write("never")
    with ThreadPoolExecutor(1) as threads:
        threads.submit(write, "after").result()
    assert ids(store) == ["after", "kept"]


def test_an_answered_write_is_there_after_the_failure_of_another(tmp_path: Path, store: SqlStore) -> None:
    kept = ["kept"]
    for number in range(20):
        with unwritable() if number % 2 else full(store._engine):  # type: ignore[arg-type]
            try:
                put(store, f"{number}", LARGE)
                kept.append(f"{number}")
            except StoreUnavailableError:
                pass
        put(store, f"after {number}")
        kept.append(f"after {number}")
    assert sorted(ids(store)) == sorted(kept)
    with sqlite3.connect(tmp_path / "store.db") as other:
        found = {row[0] for row in other.execute("SELECT id FROM docs WHERE space = 'w/x'")}
    assert found == set(kept)


def test_a_file_that_another_process_keeps_locked(
    tmp_path: Path, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_module, "_BUSY_TIMEOUT", 0.5)
    monkeypatch.setattr(sqlite_module._ThreadState, "patience", 0.5)
    monkeypatch.setattr(sqlite_module, "_BRIEF_TIMEOUT", 0.1)
    with locked(tmp_path / "store.db"):
        with pytest.raises(StoreUnavailableError, match="another process has locked the file"):
            put_in_transaction(store, "refused")
        with pytest.raises(StoreUnavailableError, match="another process has locked the file"):
            store.check()
        assert ids(store) == ["kept"]
    store.check()
    put_in_transaction(store, "accepted")
    assert ids(store) == ["accepted", "kept"]


def put_in_transaction(store: SqlStore, id: str) -> None:
    with store.transaction():
        put(store, id)


def test_calls_that_wait_for_a_locked_file_share_one_deadline(
    tmp_path: Path, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after another, each with a deadline of its own, the last of them would wait for hours."""
    monkeypatch.setattr(sqlite_module._ThreadState, "patience", 0.5)
    refused: list[float] = []

    def write() -> None:
        try:
            put_in_transaction(store, "refused")
        except StoreUnavailableError:
            refused.append(time.monotonic() - begun)

    threads = [threading.Thread(target=write) for _ in range(8)]
    with locked(tmp_path / "store.db"):
        begun = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(refused) == 8
    assert max(refused) < 2 * min(refused)


def test_readiness_does_not_wait_as_long_as_a_call(
    tmp_path: Path, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_module, "_BRIEF_TIMEOUT", 0.1)
    ended = threading.Event()

    def call() -> None:
        put_in_transaction(store, "late")
        ended.set()

    thread = threading.Thread(target=call)
    with locked(tmp_path / "store.db"):
        thread.start()
        with pytest.raises(StoreUnavailableError, match="locked"):
            store.check()
        assert not ended.is_set(), "the call still waits, and holds the engine meanwhile"
    thread.join(30)
    assert ended.is_set()


def test_a_thread_that_must_not_wait_is_told_of_a_locked_file(tmp_path: Path, store: SqlStore) -> None:
    with locked(tmp_path / "store.db"), store.no_waiting(), pytest.raises(WouldBlockError):
        put_in_transaction(store, "refused")
    put_in_transaction(store, "accepted")


@pytest.fixture
def damaged(tmp_path: Path, store: SqlStore) -> Path:
    """A file whose pages are overwritten while it is open, all but the first."""
    path = tmp_path / "store.db"
    for number in range(200):
        put(store, f"{number:03}", LARGE[:2000])
    store._engine._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[attr-defined]
    shutil.copy(path, tmp_path / "backup")
    with path.open("r+b") as file:
        file.seek(_PAGE)
        file.write(b"\xa5" * (path.stat().st_size - _PAGE))
    # A connection keeps the pages that it has read.
    store._engine._connection.execute("PRAGMA shrink_memory")  # type: ignore[attr-defined]
    return path


def test_a_damaged_file(tmp_path: Path, store: SqlStore, damaged: Path) -> None:
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="the file is damaged"):
            store.space("w/x").get("one", "100")
        with pytest.raises(StoreUnavailableError, match="the file is damaged"):
            put_in_transaction(store, "refused")
        with pytest.raises(StoreUnavailableError):
            store.check()
    with damaged.open("r+b") as file:
        file.write((tmp_path / "backup").read_bytes())
    store.check()
    put_in_transaction(store, "accepted")
    assert len(ids(store)) == 202


def test_a_text_that_cannot_be_decoded_is_damage(store: SqlStore) -> None:
    connection = store._engine._connection  # type: ignore[attr-defined]
    connection.execute("UPDATE docs SET body = CAST(x'ff' AS TEXT)")
    with pytest.raises(StoreUnavailableError, match="the file is damaged"):
        store.space("w/x").page("one", limit=1)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_is_deleted_or_replaced(tmp_path: Path, store: SqlStore, replaced: bool) -> None:
    """SQLite would go on in the deleted file, and every call would be lost at the end."""
    path, aside = tmp_path / "store.db", tmp_path / "aside.db"
    path.rename(aside)
    if replaced:
        shutil.copy(aside, path)
    with pytest.raises(StoreUnavailableError, match="put it back, or restart the server"):
        put_in_transaction(store, "refused")
    with pytest.raises(StoreUnavailableError, match="put it back, or restart the server"):
        store.check()
    aside.replace(path)
    store.check()
    put_in_transaction(store, "accepted")
    assert ids(store) == ["accepted", "kept"]


def test_an_error_of_the_program_is_not_the_files(engine: SQLite) -> None:
    with pytest.raises(sqlite3.OperationalError, match="syntax error"):
        engine.execute("SELEKT", ())
