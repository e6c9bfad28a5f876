"""Threads that run calls, and the order of calls that wait for the same lock."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Final

from mockserver.formats.sanitize import format_traceback

_log = logging.getLogger("mockserver")
_HELP_AFTER: Final = 0.25


class LockQueues:
    """Calls that wait for the same lock, one after another: only the first one has a thread.

    Otherwise a few calls to one busy world would hold all threads, and calls to other worlds would wait for
    it. Used in the thread of the event loop only.
    """

    def __init__(self) -> None:
        self._queues: dict[str, deque[Callable[[], object]]] = {}

    def __len__(self) -> int:
        return len(self._queues)

    def enter(self, lock: str, start: Callable[[], object]) -> None:
        """Starts a call when those that came before it for this lock have left.

        An error of `start`, as when the system has no thread left, leaves no queue behind.
        """
        if lock in self._queues:
            self._queues[lock].append(start)
            return
        self._queues[lock] = deque()
        try:
            start()
        except BaseException:
            self._queues.pop(lock, None)
            raise

    def leave(self, lock: str) -> None:
        """Notes that the call that was started last for this lock is done; starts the next one."""
        if self._queues[lock]:
            self._queues[lock].popleft()()
        else:
            del self._queues[lock]


class ThreadPool:
    """Threads that run calls, started as they are needed; the process does not wait for them at its end.

    If all have been busy for a quarter of a second while calls wait, a helper comes: up to `helpers` further
    threads, which go when nothing waits any more.
    """

    def __init__(self, count: int, helpers: int = 0, help_after: float = _HELP_AFTER) -> None:
        self._count = count
        self._most_helpers = helpers
        self._help_after = help_after
        self._helpers = 0
        self._jobs: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._busy = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def submit(self, function: Callable[..., object], *arguments: Any) -> None:
        """Runs a function in one of the threads."""
        with self._lock:
            self._busy += 1
            if self._busy > len(self._threads) < self._count:
                self._threads.append(_started(self._work))
            elif self._busy > self._count + self._helpers and self._helpers < self._most_helpers:
                self._helpers += 1
                _started(self._help)
            self._jobs.put(lambda: function(*arguments))

    def end(self, seconds: float) -> None:
        """Ends the threads once their functions have returned, and waits for that so long at most."""
        deadline = time.monotonic() + seconds
        self._ended.set()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self) -> None:
        while job := self._jobs.get():
            self._run(job)
            del job

    def _help(self) -> None:
        self._ended.wait(self._help_after)
        while job := self._next_for_helper():
            self._run(job)
            del job

    def _next_for_helper(self) -> Callable[[], object] | None:
        with self._lock:
            job = None if self._ended.is_set() or self._jobs.empty() else self._jobs.get()
            if job is None:
                self._helpers -= 1
            return job

    def _run(self, job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as error:
            _log.error("a call could not be answered\n%s", format_traceback(error))
        finally:
            with self._lock:
                self._busy -= 1


def _started(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, name="mockserver-call", daemon=True)
    thread.start()
    return thread
