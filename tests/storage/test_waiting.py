"""Threads that must not wait: `WouldBlockError` instead of waiting for another one's lock."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from mockserver.errors import StoreUnavailableError, WouldBlockError
from mockserver.storage import named_locks as named_locks_module
from mockserver.storage import no_waiting as no_waiting_module
from mockserver.storage import postgres as postgres_module
from mockserver.storage.memory import MemoryStore
from mockserver.storage.no_waiting import BRIEF_SECONDS
from mockserver.storage.store import Row, Store
from mockserver.storage.urls import open_store


@contextmanager
def locked_by_another_thread(store: Store, name: str) -> Iterator[None]:
    """Another thread holds the lock meanwhile."""
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with store.transaction():
            store.lock(name)
            held.set()
            release.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(30)
    try:
        yield
    finally:
        release.set()
        thread.join(30)


def write_under_lock(store: Store, name: str) -> None:
    with store.transaction():
        store.space("w/x").put("kind", Row("before", "", 0, b"1"))
        store.lock(name)


def test_a_lock_of_another_thread_is_not_waited_for(store: Store) -> None:
    with (
        locked_by_another_thread(store, "x"),
        store.no_waiting(),
        pytest.raises(WouldBlockError, match=r"^'(x|the store)' is locked"),
    ):
        write_under_lock(store, "x")
    assert store.space("w/x").get("kind", "before") is None, "the transaction was rolled back"
    write_under_lock(store, "x")
    assert store.space("w/x").get("kind", "before")


def test_a_thread_may_wait_again_after_the_block(store: Store) -> None:
    assert store.may_wait
    with store.no_waiting():
        assert not store.may_wait
        with store.no_waiting():
            pass
        assert not store.may_wait
    assert store.may_wait


def test_a_lock_of_ones_own_is_no_obstacle(store: Store) -> None:
    with store.no_waiting(), store.transaction():
        store.lock("x")
        with store.transaction():
            store.lock("x")
        store.lock("x")


def test_other_threads_may_wait(store: Store) -> None:
    seen: list[bool] = []
    with store.no_waiting():
        thread = threading.Thread(target=lambda: seen.append(store.may_wait))
        thread.start()
        thread.join(30)
    assert seen == [True]


@pytest.fixture(params=["memory", "postgres"])
def parallel(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store with more than one lock: a SQLite file has one."""
    store = open_store("memory:" if request.param == "memory" else request.getfixturevalue("database"))
    yield store
    store.close()


def test_brief_waits_end_and_begin_again(parallel: Store) -> None:
    since = time.monotonic()
    with locked_by_another_thread(parallel, "x"):
        for _ in range(2):
            with pytest.raises(WouldBlockError, match="'x'"), parallel.brief_waits(since):
                write_under_lock(parallel, "x")
        assert time.monotonic() - since >= 2 * BRIEF_SECONDS
        assert parallel.space("w/x").get("kind", "before") is None
    with parallel.brief_waits(since):
        assert parallel.may_wait, "for what takes long"
        write_under_lock(parallel, "x")
    assert parallel.space("w/x").get("kind", "before")


def test_a_brief_wait_ends_when_the_lock_is_free(parallel: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (no_waiting_module, postgres_module):
        monkeypatch.setattr(module, "BRIEF_SECONDS", 60)
    ended = threading.Event()

    def wait() -> None:
        with parallel.brief_waits(time.monotonic()):
            write_under_lock(parallel, "x")
        ended.set()

    with locked_by_another_thread(parallel, "x"):
        thread = threading.Thread(target=wait)
        thread.start()
        assert not ended.wait(0.05)
    assert ended.wait(30)


def test_after_a_brief_wait_for_a_lock_others_wait_as_long_as_they_must(database: str) -> None:
    """A wait for a document that another transaction has written is none for a lock of ours."""
    store = open_store(database)
    written, done = threading.Event(), threading.Event()

    def write_first() -> None:
        with store.transaction():
            store.space("w/x").put("kind", Row("same", "", 0, b"1"))
            store.lock("y")  # writes what was put before
            store.space("w/x").page("kind", limit=1)
            written.set()
            assert not done.wait(3 * BRIEF_SECONDS)

    thread = threading.Thread(target=write_first)
    thread.start()
    assert written.wait(30)
    with store.brief_waits(time.monotonic()), store.transaction():
        store.lock("x")
        store.space("w/x").put("kind", Row("same", "", 0, b"2"))
    done.set()
    thread.join(30)
    row = store.space("w/x").get("kind", "same")
    assert row is not None
    assert row.body == b"2"
    store.close()


def test_on_postgres_a_thread_that_must_not_wait_has_some_time_only(database: str) -> None:
    store = open_store(database)
    with store.no_waiting(0.0), pytest.raises(WouldBlockError, match="too long"):
        store.space("w/x").get("kind", "before")
    with pytest.raises(WouldBlockError), store.no_waiting(0.05), store.transaction():  # noqa: PT012
        store.space("w/x").put("kind", Row("before", "", 0, b"1"))
        time.sleep(0.06)
        store.space("w/x").page("kind", limit=1)
    with store.no_waiting(30.0):
        assert store.space("w/x").page("kind", limit=1) == []
    with store.no_waiting(0.05), store.transaction():
        store.space("w/x").put("kind", Row("late", "", 0, b"1"))
        time.sleep(0.06)
    assert store.space("w/x").get("kind", "late"), "to commit it is never too late"
    store.close()


def test_in_memory_another_world_is_not_locked() -> None:
    store = MemoryStore()
    with locked_by_another_thread(store, "x"), store.no_waiting():
        write_under_lock(store, "y")
    assert store.space("w/x").get("kind", "before")


def test_a_file_that_another_process_writes_is_not_waited_for(tmp_path: Path) -> None:
    one, other = (open_store(f"sqlite:///{tmp_path}/store.db") for _ in range(2))
    with locked_by_another_thread(other, "x"):
        with one.no_waiting(), pytest.raises(WouldBlockError):
            write_under_lock(one, "x")
        with one.no_waiting():
            assert one.space("w/x").get("kind", "before") is None, "reading is possible"
    write_under_lock(one, "x")
    one.close()
    other.close()


def test_a_lock_that_is_held_for_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_locks_module, "_TIMEOUT", 0.01)
    store = MemoryStore()
    with locked_by_another_thread(store, "x"), pytest.raises(StoreUnavailableError, match="has held 'x'"):
        write_under_lock(store, "x")
    since = time.monotonic() - 1
    with (
        locked_by_another_thread(store, "x"),
        pytest.raises(StoreUnavailableError, match="has held 'x'"),
        store.brief_waits(since),
    ):
        write_under_lock(store, "x")
    write_under_lock(store, "x")


def test_two_threads_that_wait_for_each_other() -> None:
    store, both_hold = MemoryStore(), threading.Barrier(2, timeout=30)

    def hold_two(first: str, second: str) -> str:
        try:
            with store.transaction():
                store.lock(first)
                both_hold.wait()
                store.space("w/x").put("kind", Row(first, "", 0, b"1"))
                store.lock(second)
        except StoreUnavailableError as error:
            return "given up" if error.again else "failed"
        return "done"

    began = time.monotonic()
    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(hold_two, "ab", "ba")) == ["done", "given up"]
    assert time.monotonic() - began < 30, "nobody waited until the time was over"
    assert store.space("w/x").count("kind") == 1, "what was given up was rolled back"


def test_waiting_threads_get_the_lock_one_after_another() -> None:
    store = MemoryStore()
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(50):
            with store.transaction():
                store.lock("x")
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (most, inside, len(store.locks)) == (1, 0, 0)
