"""Threads that must not wait."""

import threading


class ThreadState(threading.local):
    """Whether the current thread may wait."""

    waits: bool = True


class NoWaiting:
    """A block in which the thread must not wait: a class, since a generator costs a microsecond a call."""

    __slots__ = ("_before", "_state")

    def __init__(self, state: ThreadState) -> None:
        self._state = state

    def __enter__(self) -> None:
        self._before = self._state.waits
        self._state.waits = False

    def __exit__(self, *_: object) -> None:
        self._state.waits = self._before
