"""A SQLite file that is full, locked, damaged or gone: nothing committed is lost, and it recovers."""

import gc
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from mockserver.errors import StoreUnavailableError, WouldBlockError
from mockserver.storage import sqlite as sqlite_module
from mockserver.storage.engine import SCHEMA as SCHEMA_FORMS
from mockserver.storage.sql_store import SqlStore
from mockserver.storage.sqlite import SQLite
from mockserver.storage.store import Row
from tests.storage.test_transactions import ids, put

_PAGE = 16384
SCHEMA = [one.format(text="TEXT", blob="BLOB") for one in SCHEMA_FORMS]
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)  # else a module is kept in part
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


def test_a_connection_is_never_made_again_to_another_file(tmp_path: Path, store: SqlStore) -> None:
    """Its writes would be lost as soon as the right file is back."""
    path, aside, other = tmp_path / "store.db", tmp_path / "aside.db", tmp_path / "other.db"
    path.rename(aside)
    shutil.copy(aside, path)
    store._engine._is_suspect = True  # type: ignore[attr-defined]
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="put it back, or restart the server"):
            put_in_transaction(store, "refused")
        with pytest.raises(StoreUnavailableError, match="put it back, or restart the server"):
            ids(store)
    path.rename(other)
    aside.rename(path)
    put_in_transaction(store, "accepted")
    with sqlite3.connect(path) as beside:
        assert beside.execute("SELECT count(*) FROM docs WHERE id = 'accepted'").fetchone() == (1,)


BESIDE = [["-wal"], ["-shm"], ["-wal", "-shm"]]


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("suffixes", BESIDE)
def test_a_file_beside_it_that_is_deleted(tmp_path: Path, suffixes: list[str], linked: bool) -> None:
    """What was answered before the next call is there at the next start, though the process is killed."""
    path, real = tmp_path / "store.db", tmp_path / "real.db"
    if linked:
        real.touch()
        path.symlink_to(real)
    store = SqlStore(SQLite(str(path)))
    put_in_transaction(store, "before")
    for suffix in suffixes:
        Path(f"{path.resolve()}{suffix}").unlink()
    put(store, "without a transaction")
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match=rf"the file \w+.db{suffixes[0]} was deleted or rep"):
            put_in_transaction(store, "refused")
        with pytest.raises(StoreUnavailableError, match="put it back, or restart the server"):
            store.check()
    left = tmp_path / "as after a kill.db"
    shutil.copy(path, left)
    again = SqlStore(SQLite(str(left)))
    assert ids(again) == ["before", "without a transaction"]
    again.close()
    store.close()


@pytest.mark.parametrize("suffixes", BESIDE)
def test_a_file_beside_it_that_is_put_back(tmp_path: Path, store: SqlStore, suffixes: list[str]) -> None:
    for suffix in suffixes:
        (tmp_path / f"store.db{suffix}").rename(tmp_path / f"aside{suffix}")
    with pytest.raises(StoreUnavailableError, match="put it back, or restart the server"):
        put_in_transaction(store, "refused")
    for suffix in suffixes:
        (tmp_path / f"aside{suffix}").rename(tmp_path / f"store.db{suffix}")
    store.check()
    put_in_transaction(store, "accepted")
    again = SqlStore(SQLite(str(tmp_path / "store.db")))
    assert ids(again) == ids(store) == ["accepted", "kept"]
    again.close()


def test_a_log_that_another_process_has_replaced(tmp_path: Path, store: SqlStore) -> None:
    """It writes to the database by itself: what is in the deleted log would damage what it has written."""
    path = tmp_path / "store.db"
    store._engine._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[attr-defined]
    put_in_transaction(store, "in the deleted log")
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink()
    write = (
        "import sys; from mockserver.storage.sqlite import SQLite; from mockserver.storage.store import Row;"
    )
    write += "from mockserver.storage.sql_store import SqlStore; one = SqlStore(SQLite(sys.argv[1]));"
    write += "one.space('w/x').put('one', Row('of the other', '', 0, b'1')); import os; os._exit(0)"
    subprocess.run([sys.executable, "-c", write, path], check=True, timeout=30)
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match=r"store.db-wal was deleted or replaced; put it back"):
            put_in_transaction(store, "refused")
        store._engine._is_suspect = True  # type: ignore[attr-defined]
    store.close()
    store._engine._connection = sqlite3.connect(":memory:")  # type: ignore[attr-defined]
    gc.collect()  # nothing else refers to the connection
    assert path.read_bytes() == before
    with sqlite3.connect(shutil.copytree(tmp_path, tmp_path / "copy") / "store.db") as copy:  # as they are
        assert copy.execute("SELECT id FROM docs WHERE id LIKE '%the%'").fetchall() == [("of the other",)]
    copy.close()


def test_files_beside_it_that_sqlite_has_made_again(tmp_path: Path, store: SqlStore) -> None:
    """As when the file is opened again, and this was its last connection."""
    before = (tmp_path / "store.db-wal").stat().st_ino
    (tmp_path / "keeps-the-number").hardlink_to(tmp_path / "store.db-wal")
    store._engine._is_suspect = True  # type: ignore[attr-defined]
    put_in_transaction(store, "accepted")
    assert (tmp_path / "store.db-wal").stat().st_ino != before
    store.check()
    assert ids(store) == ["accepted", "kept"]


CHANGES = [
    "DROP TABLE docs",
    "ALTER TABLE docs RENAME TO gone",
    "ALTER TABLE docs RENAME COLUMN body TO gone",
    "ALTER TABLE docs RENAME TO gone; CREATE TABLE docs (space, kind, id, parent, rank, body)",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_table_that_somebody_drops_or_changes(tmp_path: Path, store: SqlStore, change: str) -> None:
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as other:
        other.executescript(change)
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="the table was dropped or changed"):
            put_in_transaction(store, "refused")
        with pytest.raises(StoreUnavailableError, match="the table was dropped or changed"):
            store.check()
    store._engine._is_suspect = True  # type: ignore[attr-defined]
    with pytest.raises(StoreUnavailableError, match="the table was dropped or changed"):
        store.check()
    with sqlite3.connect(path) as other:
        other.executescript(f"DROP TABLE IF EXISTS docs; DROP TABLE IF EXISTS gone; {';'.join(SCHEMA)}")
    store.check()
    put_in_transaction(store, "accepted")


def test_no_temporary_file_is_written(store: SqlStore) -> None:
    """The disk for those may be full while that of the store has room."""
    open_files = Path("/proc/self/fd")
    if not open_files.exists():
        pytest.skip("only Linux lists the open files of a process so")
    store._engine._is_suspect = True  # type: ignore[attr-defined]
    with store.transaction():
        for number in range(30):
            put(store, f"{number}", LARGE)
        with store.transaction():
            store.space("w/x").bulk_insert("two", [Row(f"{n}", "", n, LARGE) for n in range(30)])
            store.space("w/x").delete("one", "1")
            store.copy("w/x", "w/y")
            targets = [str(one.readlink()) for one in open_files.iterdir() if one.is_symlink()]
    assert [one for one in targets if "store.db-wal" in one]
    assert not [one for one in targets if "etilqs" in one], "so SQLite calls its temporary files"


def test_an_error_of_the_program_is_not_the_files(engine: SQLite) -> None:
    with pytest.raises(sqlite3.OperationalError, match="syntax error"):
        engine.execute("SELEKT", ())
