"""SQLite specifics: the write buffer, several connections to a file, and files that are no store."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mockserver.errors import StoreUnavailableError
from mockserver.storage import sql_store as sql_store_module
from mockserver.storage.sql_store import SqlStore
from mockserver.storage.sqlite import SQLite
from mockserver.storage.store import Row, Store
from tests.storage.test_transactions import ids, put, undone


def test_the_puts_of_a_transaction_are_written_by_one_statement(tmp_path: Path) -> None:
    engine = SQLite(str(tmp_path / "store.db"))
    store, statements = SqlStore(engine), traced(engine)
    with store.transaction():
        put(store, "outer")
        with store.transaction():
            put(store, "inner")
            put(store, "inner", b"again")
    assert statements == ["BEGIN", "INSERT", "COMMIT"]
    statements.clear()
    with undone(store), store.transaction():
        put(store, "never")
    assert statements == ["BEGIN", "ROLLBACK"]
    store.close()


def traced(engine: SQLite) -> list[str]:
    """Records the first word of every further statement."""
    words: list[str] = []
    engine._connection.set_trace_callback(lambda text: words.append(text.partition(" ")[0]))
    return words


def test_the_original_error_is_raised_if_sqlite_has_rolled_back_itself(tmp_path: Path) -> None:
    """As on a full disk: SQLite rolls back the whole transaction, and nothing is left to roll back."""
    engine = SQLite(str(tmp_path / "store.db"))
    store = SqlStore(engine)

    def fail() -> None:
        with store.transaction():
            put(store, "first")
            with store.transaction():
                engine.execute("INSERT OR ROLLBACK INTO docs VALUES ('w/x', 'one', 'first', '', 0, NULL)", ())

    with pytest.raises(sqlite3.IntegrityError):
        fail()
    assert ids(store) == []
    with store.transaction():
        put(store, "second")
    assert ids(store) == ["second"]
    store.close()


def test_two_connections_to_one_file(tmp_path: Path) -> None:
    one, other = (SqlStore(SQLite(str(tmp_path / "x.db"))) for _ in range(2))

    def write(job: tuple[Store, int]) -> None:
        store, number = job
        with store.transaction():
            put(store, f"{number:03}")

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(write, ((one if number % 2 else other, number) for number in range(60))))
    assert ids(one) == ids(other) == [f"{number:03}" for number in range(60)]
    one.close()
    other.close()


def test_a_file_is_durable(tmp_path: Path) -> None:
    path = str(tmp_path / "x.db")
    store = SqlStore(SQLite(path))
    put(store, "kept", b"\x00\xff")
    store.close()
    again = SqlStore(SQLite(path))
    assert again.space("w/x").get("one", "kept") == Row("kept", "", 0, b"\x00\xff")
    again.close()


def test_hidden_rows_are_not_counted_if_the_base_has_no_list(tmp_path: Path) -> None:
    """Counting a list that only the world has does not search the base for every row."""
    statements: list[str] = []

    class RecordingSQLite(SQLite):
        def select(self, statement: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
            statements.append(statement)
            return super().select(statement, values)

    store = SqlStore(RecordingSQLite(str(tmp_path / "store.db")))
    space = store.space("w/x", "b")
    space.put("one", Row("1", "list", 0, b"1"))
    assert space.count("one", "list") == 1
    assert statements
    assert not [statement for statement in statements if "JOIN" in statement]
    assert sql_store_module._COUNT_HIDDEN not in statements
    store.close()


def test_a_new_file_while_another_process_writes_to_it(tmp_path: Path) -> None:
    # SQLite does not wait here: it fails to change the journal mode while another connection writes
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, other.execute, ["COMMIT"])
    release.start()
    store = SqlStore(SQLite(str(tmp_path / "new.db")))
    store.space("").put("kind", Row("id", "", 1, b"1"))
    assert store.space("").last_rank("kind") == 1
    release.join()
    store.close()
    other.close()


def test_a_file_that_another_process_keeps_to_itself_for_a_while(tmp_path: Path) -> None:
    """As while another server, which starts at the same time, switches the file to WAL."""
    SQLite(str(tmp_path / "x.db")).close()
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.2, other.close)
    release.start()
    SQLite(str(tmp_path / "x.db")).close()
    release.join()


def test_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database, but long enough to be told apart from an empty file" * 20)
    with pytest.raises(StoreUnavailableError, match="not a database"):
        SQLite(str(tmp_path / "text.db"))
