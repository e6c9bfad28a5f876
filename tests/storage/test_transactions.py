"""Transactions of every store: nested, rolled back as a whole, with locks and after-commit actions."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import psycopg
import pytest

from mockserver.storage import memory_transaction
from mockserver.storage.memory import MemoryStore
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
    store.space("w/x").put("one", Row(id, "", 0, body))


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
        row = store.space("w/x").get("one", "a")
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


def test_what_is_forgotten_is_undone_all_the_same(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_transaction, "MANY_CHANGES", 3)
    put(store, "one", b"before")
    with undone(store):
        put(store, "one", b"outer")
        with undone(store):
            for number in range(10):
                put(store, "one", str(number).encode())
                put(store, str(number % 2))
        assert store.space("w/x").get("one", "one") == Row("one", "", 0, b"outer")
        assert ids(store) == ["one"]
        for number in range(10):
            put(store, "one", str(number).encode())
    assert store.space("w/x").get("one", "one") == Row("one", "", 0, b"before")


def test_a_transaction_in_memory_remembers_one_change_of_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_transaction, "MANY_CHANGES", 100)
    store = MemoryStore()
    with store.transaction():
        for number in range(1_000):
            put(store, str(number % 10))
            if number == 95:
                with store.transaction():
                    put(store, "inner")
        transaction = store.local.transaction
        assert transaction is not None
        assert len(transaction.changes) <= 100


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


def test_a_failed_bulk_insert_is_rolled_back(store: Store) -> None:
    def rows() -> Iterator[Row]:
        yield Row("1", "", 0, b"1")
        raise UndoError

    with pytest.raises(UndoError), store.transaction():
        store.space("w/x").bulk_insert("one", rows())
    assert ids(store) == []
    put(store, "1")
    with pytest.raises((KeyError, sqlite3.IntegrityError, psycopg.IntegrityError)), store.transaction():
        store.space("w/x").bulk_insert("one", [Row("0", "", 0, b"1"), Row("1", "", 0, b"1")])
    assert ids(store) == ["1"]


def test_a_bulk_insert_meets_what_is_not_written_yet(store: Store) -> None:
    def put_and_insert() -> None:
        with store.transaction():
            put(store, "1", b"before")
            store.space("w/x").bulk_insert("one", [Row("1", "", 0, b"again")])

    with pytest.raises((KeyError, sqlite3.IntegrityError, psycopg.IntegrityError)):
        put_and_insert()
    assert ids(store) == []


def test_other_threads_see_whole_transactions_only(store: Store) -> None:
    half, go_on, read_it = threading.Event(), threading.Event(), threading.Event()
    seen: list[list[str]] = []

    def write() -> None:
        with store.transaction():
            store.lock("w/x")
            put(store, "first")
            half.set()
            go_on.wait(30)
            put(store, "second")

    def read() -> None:
        half.wait(30)
        with store.transaction():
            store.lock("w/x")
            seen.append(ids(store))
        read_it.set()

    threads = [threading.Thread(target=write), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    assert half.wait(30)
    assert not read_it.wait(0.05)
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert seen == [["first", "second"]]


def test_concurrent_updates_are_not_lost(store: Store) -> None:
    put(store, "counter", b"0")

    def count(_: int) -> None:
        with store.transaction():
            store.lock("w/x")
            row = store.space("w/x").get("one", "counter")
            assert row is not None
            assert row.body is not None
            put(store, "counter", str(int(row.body) + 1).encode())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(200)))
    row = store.space("w/x").get("one", "counter")
    assert row is not None
    assert row.body == b"200"


def test_iterating_ends_if_each_row_is_moved_to_the_end(store: Store) -> None:
    store.space("w/x").bulk_insert("one", [Row(f"{number:04}", "", number, b"1") for number in range(1200)])
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


def test_what_is_read_of_a_base_has_what_is_not_written_yet(store: Store) -> None:
    above = store.space("w/x", "w/base")
    for number in (1, 2):
        with store.transaction():
            store.space("w/base").put("one", Row(f"{number}", "", number, b"1"))
            assert above.count_all("one") == number
    with store.transaction():
        store.space("w/base").put("one", Row("3", "", 3, b"1"))
        assert above.get("one", "3") is not None
        assert len(above.page("one", limit=9)) == len(above.scan("one", limit=9)) == 3
        assert above.count("one") == 3


def test_the_count_of_a_base_is_cached_until_it_is_deleted(store: Store) -> None:
    store.space("b").bulk_insert("one", [Row("1", "", 0, b"1"), Row("2", "", 0, b"1")])
    space = store.space("w/x", "b")
    assert space.count("one") == 2
    store.delete_space("b")
    assert space.count("one") == 0
    store.space("b").bulk_insert("one", [Row("3", "", 0, b"1")])
    space.delete("one", "3")
    assert space.count("one") == 0
