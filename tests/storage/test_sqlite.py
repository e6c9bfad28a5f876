"""Transactions: exclusive, nested, rolled back as a whole, with a write buffer and after-commit actions."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from mockserver.storage import store as store_module
from mockserver.storage.sqlite import SQLite
from mockserver.storage.store import Cursor, Row, Store


class UndoError(Exception):
    """Raised to roll back a transaction."""


@contextmanager
def undone(store: Store) -> Iterator[None]:
    """A transaction that is rolled back at its end."""
    with suppress(UndoError), store.transaction():
        yield
        raise UndoError


def put(store: Store, id: str, body: bytes = b"1") -> None:
    store.put("w/x", "one", Row(id, "", 0, body))


def ids(store: Store) -> list[str]:
    return [row.id for row in store.space("w/x").page("one", limit=1000)]


def test_rolling_back_the_outer_rolls_back_the_inner(store: Store) -> None:
    with undone(store):
        put(store, "outer")
        with store.transaction():
            put(store, "inner")
    assert ids(store) == []


def test_rolling_back_the_inner_keeps_the_outer(store: Store) -> None:
    with store.transaction():
        put(store, "before")
        with undone(store):
            put(store, "inner")
            with store.transaction():
                put(store, "innermost")
        put(store, "after")
    assert ids(store) == ["after", "before"]


def test_sibling_savepoints(store: Store) -> None:
    with store.transaction():
        with store.transaction():
            put(store, "first")
        with undone(store):
            put(store, "second")
        with store.transaction():
            put(store, "third")
    assert ids(store) == ["first", "third"]


def test_the_innermost_value_is_read_until_it_is_rolled_back(store: Store) -> None:
    def read() -> bytes | None:
        row = store.get("w/x", "one", "a")
        return row and row.body

    with store.transaction():
        put(store, "a", b"1")
        with undone(store):
            put(store, "a", b"2")
            assert read() == b"2"
        assert read() == b"1"
        with store.transaction():
            put(store, "a", b"3")
        assert read() == b"3"
    assert read() == b"3"


def test_many_documents_of_one_transaction(store: Store) -> None:
    names = [f"{number:04d}" for number in range(1000)]
    with store.transaction():
        for name in names:
            put(store, name)
    assert ids(store) == names
    with undone(store):
        for name in names:
            put(store, f"more {name}")
    assert ids(store) == names


def test_the_puts_of_a_transaction_are_written_by_one_statement(tmp_path: Path) -> None:
    engine = SQLite(str(tmp_path / "store.db"))
    store, statements = Store(engine), traced(engine)
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


def test_in_memory_puts_are_buffered_until_they_are_queried() -> None:
    engine = SQLite()
    store, statements = Store(engine), traced(engine)
    for name in ("first", "second"):
        with store.transaction():
            put(store, name)
        with undone(store):
            put(store, f"not {name}")
    row = store.get("w/x", "one", "first")
    assert row == Row("first", "", 0, b"1")
    assert (store.count("w/x", None, "another", ""), statements) == (0, ["SELECT"])
    statements.clear()
    assert ids(store) == ["first", "second"]
    assert statements == ["BEGIN", "INSERT", "COMMIT", "SELECT"]
    store.close()


@pytest.mark.parametrize(
    ("path", "asked"), [(":memory:", []), ("store.db", ["SELECT", "SELECT"])], ids=["memory", "file"]
)
def test_results_are_cached_in_memory_only(path: str, asked: list[str], tmp_path: Path) -> None:
    engine = SQLite(path if path == ":memory:" else str(tmp_path / path))
    store = Store(engine)
    put(store, "first")
    assert ids(store) == ["first"]
    statements = traced(engine)
    assert (ids(store), ids(store), statements) == (["first"], ["first"], asked)
    put(store, "second")
    assert ids(store) == ["first", "second"]
    store.close()


def traced(engine: SQLite) -> list[str]:
    """Records the first word of every further statement."""
    words: list[str] = []
    engine._connection.set_trace_callback(lambda text: words.append(text.partition(" ")[0]))
    return words


def test_after_commit_runs_after_the_outermost_commit(store: Store) -> None:
    done: list[str] = []
    store.after_commit(lambda: done.append("at once"))
    assert done == ["at once"]
    with store.transaction():
        store.after_commit(lambda: done.append("outer"))
        with store.transaction():
            store.after_commit(lambda: done.append("inner"))
        with undone(store):
            store.after_commit(lambda: done.append("undone"))
        assert done == ["at once"]
    assert done == ["at once", "outer", "inner"]
    with undone(store), store.transaction():
        store.after_commit(lambda: done.append("undone with the outer"))
    with store.transaction():
        put(store, "something else")
    assert done == ["at once", "outer", "inner"]


def test_the_original_error_is_raised_if_sqlite_has_rolled_back_itself() -> None:
    """As on a full disk: SQLite rolls back the whole transaction, and nothing is left to roll back."""
    engine = SQLite()
    store = Store(engine)

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


def test_a_failed_bulk_insert_is_rolled_back(store: Store) -> None:
    def rows() -> Iterator[Row]:
        yield Row("1", "", 0, b"1")
        raise UndoError

    with pytest.raises(UndoError), store.transaction():
        store.bulk_insert("w/x", "one", rows())
    assert ids(store) == []
    put(store, "1")
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)), store.transaction():
        store.bulk_insert("w/x", "one", [Row("0", "", 0, b"1"), Row("1", "", 0, b"1")])
    assert ids(store) == ["1"]


def test_other_threads_see_whole_transactions_only(store: Store) -> None:
    half, go_on, read_it = threading.Event(), threading.Event(), threading.Event()
    seen: list[list[str]] = []

    def write() -> None:
        with store.transaction():
            store.lock("w/x")
            put(store, "first")
            half.set()
            go_on.wait(5)
            put(store, "second")

    def read() -> None:
        half.wait(5)
        with store.transaction():
            store.lock("w/x")
            seen.append(ids(store))
        read_it.set()

    threads = [threading.Thread(target=write), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    assert half.wait(5)
    assert not read_it.wait(0.05)
    go_on.set()
    for thread in threads:
        thread.join(5)
    assert seen == [["first", "second"]]


def test_concurrent_updates_are_not_lost(store: Store) -> None:
    put(store, "counter", b"0")

    def count(_: int) -> None:
        with store.transaction():
            store.lock("w/x")
            row = store.get("w/x", "one", "counter")
            assert row is not None
            assert row.body is not None
            put(store, "counter", str(int(row.body) + 1).encode())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(200)))
    row = store.get("w/x", "one", "counter")
    assert row is not None
    assert row.body == b"200"


def test_two_connections_to_one_file(tmp_path: Path) -> None:
    one, other = (Store(SQLite(str(tmp_path / "x.db"))) for _ in range(2))

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
    store = Store(SQLite(path))
    put(store, "kept", b"\x00\xff")
    store.close()
    again = Store(SQLite(path))
    assert again.get("w/x", "one", "kept") == Row("kept", "", 0, b"\x00\xff")
    again.close()


def test_iterating_ends_if_each_row_is_moved_to_the_end(store: Store) -> None:
    store.bulk_insert("w/x", "one", [Row(f"{number:04}", "", number, b"1") for number in range(1200)])
    space = store.space("w/x")
    met = []
    with store.transaction():
        for row in space.iterate("one"):
            met.append(row.rank)
            space.put("one", row._replace(rank=row.rank + 5000))
    assert met == list(range(1200))


def test_a_page_after_any_cursor(store: Store) -> None:
    put(store, "1")
    space = store.space("w/x")
    assert space.page("one", limit=9, after=Cursor(10**40, "")) == []
    assert [row.id for row in space.page("one", limit=9, after=Cursor(-(10**40), ""))] == ["1"]


def test_the_count_of_a_base_is_cached_until_it_is_deleted(store: Store) -> None:
    store.bulk_insert("b", "one", [Row("1", "", 0, b"1"), Row("2", "", 0, b"1")])
    space = store.space("w/x", "b")
    assert space.count("one") == 2
    store.delete_space("b")
    assert space.count("one") == 0
    store.bulk_insert("b", "one", [Row("3", "", 0, b"1")])
    space.delete("one", "3")
    assert space.count("one") == 0


def test_hidden_rows_are_not_counted_if_the_base_has_no_list() -> None:
    """Counting a list that only the world has does not search the base for every row."""
    statements: list[str] = []

    class RecordingSQLite(SQLite):
        def select(self, statement: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
            statements.append(statement)
            return super().select(statement, values)

    store = Store(RecordingSQLite())
    space = store.space("w/x", "b")
    space.put("one", Row("1", "list", 0, b"1"))
    assert space.count("one", "list") == 1
    assert statements
    assert not [statement for statement in statements if "JOIN" in statement]
    assert store_module._COUNT_HIDDEN not in statements
    store.close()


def test_a_new_file_while_another_process_writes_to_it(tmp_path: Path) -> None:
    # SQLite does not wait here: it fails to change the journal mode while another connection writes
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, other.execute, ["COMMIT"])
    release.start()
    store = Store(SQLite(str(tmp_path / "new.db")))
    store.put("", "kind", Row("id", "", 1, b"1"))
    assert store.last_rank("", "kind") == 1
    release.join()
    store.close()
    other.close()


def test_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database, but long enough to be told apart from an empty file" * 20)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        SQLite(str(tmp_path / "text.db"))
