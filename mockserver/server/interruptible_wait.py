"""Waiting in the main thread in a way that Ctrl-C ends on every system."""

import threading
import time
from typing import Final

_SLICE: Final = 0.5


def wait_for(event: threading.Event, seconds: float | None = None) -> bool:
    """Waits until the event is set, or for `seconds` (None: without end); returns whether it is set.

    It waits in slices: on Windows, no handler of a signal runs in the main thread while it waits for a lock.
    """
    end = None if seconds is None else time.monotonic() + seconds
    while not event.wait(_SLICE if end is None else max(0.0, min(_SLICE, end - time.monotonic()))):
        if end is not None and time.monotonic() >= end:
            return False
    return True
