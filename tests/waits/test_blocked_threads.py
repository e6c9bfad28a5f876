"""Threads that count as blocked by a lock: found in one wait twice, without having run between."""

from collections.abc import Iterator
from threading import Event, Lock, Thread
from time import perf_counter, sleep

import pytest

from mockserver.waits.blocked_threads import BlockedThreads

_LONG = 0.005
"""Seconds: longer than a thread that has been found blocked has to stay so."""


@pytest.fixture
def thread() -> Iterator[Thread]:
    """A thread that waits for a lock."""
    lock, is_near = Lock(), Event()
    lock.acquire()

    def wait() -> None:
        is_near.set()
        with lock:
            pass

    one = Thread(target=wait)
    one.start()
    is_near.wait()
    yield one
    lock.release()
    one.join()


def become(blocked: BlockedThreads, thread: Thread) -> bool:
    """Whether the thread counts as blocked within a minute."""
    begin = perf_counter()
    while perf_counter() - begin < 60:
        if blocked.has(thread):
            return True
        sleep(0.001)
    return False


def test_a_thread_that_waits_for_a_lock_is_blocked(thread: Thread) -> None:
    blocked = BlockedThreads()
    assert not blocked.has(thread), "one look is not enough"
    assert become(blocked, thread)
    blocked.forget()
    assert blocked.has(thread) or BlockedThreads()._switches_in_lock(thread) is None


def test_a_thread_that_has_run_between_is_not(thread: Thread) -> None:
    switches = iter(range(1, 10))
    blocked = BlockedThreads(lambda _: str(next(switches)))
    for _ in range(5):
        assert not blocked.has(thread)
        sleep(_LONG)


def test_a_thread_in_another_system_call_is_not(thread: Thread) -> None:
    found = ["7", "", "7", "7"]
    blocked = BlockedThreads(lambda _: found.pop(0))
    answers = []
    while found:
        answers.append(blocked.has(thread))
        sleep(_LONG)
    assert answers == [False, False, False, True]


def test_a_system_that_does_not_say_it_counts_places_in_locks_alone(thread: Thread) -> None:
    blocked = BlockedThreads(lambda _: None)
    sleep(_LONG)
    for _ in range(3):  # the lock is the client's own, so its place could be any wait
        assert not blocked.has(thread)
        sleep(_LONG)
    event = Event()
    other = Thread(target=event.wait)
    other.start()
    try:
        assert become(blocked, other)
        blocked.forget()
        assert not blocked.has(other)
    finally:
        event.set()
        other.join()
