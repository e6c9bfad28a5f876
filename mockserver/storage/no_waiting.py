"""Threads that must not wait, or not for long."""

import threading
import time
from math import inf
from typing import Final

BRIEF_SECONDS: Final = 0.1
"""How long a thread waits for a lock inside `BriefWaits`."""


class ThreadState(threading.local):
    """How long the current thread may wait for a lock, and until when it may use the store."""

    waits: bool = True
    waiting_since: float | None = None
    """If it waits briefly only: since when (by the monotonic clock) the call has waited."""
    deadline: float = inf
    """By the monotonic clock; only stores that wait for another process look at it."""

    def most_seconds(self, limit: float) -> float:
        """How long it may wait for a lock now, of `limit` seconds in all."""
        return limit if self.waiting_since is None else BRIEF_SECONDS

    def has_given_up(self, limit: float) -> bool:
        """Whether the call has waited for `limit` seconds, after a wait of `most_seconds`."""
        return self.waiting_since is None or time.monotonic() - self.waiting_since >= limit

    def is_late(self) -> bool:
        """Whether the thread has used its time."""
        return self.deadline != inf and time.monotonic() >= self.deadline


class NoWaiting:
    """A block in which the thread must not wait: a class, since a generator costs a microsecond a call."""

    __slots__ = ("_before", "_deadline", "_state")

    def __init__(self, state: ThreadState, seconds: float = inf) -> None:
        self._state = state
        self._deadline = inf if seconds == inf else time.monotonic() + seconds

    def __enter__(self) -> None:
        state = self._state
        self._before = state.waits, state.deadline
        state.waits, state.deadline = False, self._deadline

    def __exit__(self, *_: object) -> None:
        self._state.waits, self._state.deadline = self._before


class BriefWaits:
    """A block in which the thread waits briefly for a lock."""

    __slots__ = ("_since", "_state")

    def __init__(self, state: ThreadState, since: float) -> None:
        self._state = state
        self._since = since

    def __enter__(self) -> None:
        self._state.waiting_since = self._since

    def __exit__(self, *_: object) -> None:
        self._state.waiting_since = None
