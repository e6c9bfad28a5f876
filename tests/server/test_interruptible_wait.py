"""Waiting in slices, between which the handlers of signals run on every system."""

import threading
import time

from mockserver.server.interruptible_wait import wait_for


class Waited(threading.Event):
    """An event that is set in its third slice, and keeps how long each slice was to be."""

    def __init__(self) -> None:
        super().__init__()
        self.slices: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.slices.append(timeout)
        return len(self.slices) == 3


def test_no_slice_is_long() -> None:
    for seconds in (None, 60.0):
        event = Waited()
        assert wait_for(event, seconds)
        assert event.slices == [0.5, 0.5, 0.5]


def test_the_time_is_over() -> None:
    before = time.monotonic()
    assert not wait_for(threading.Event(), 0.05)
    assert time.monotonic() >= before + 0.05
