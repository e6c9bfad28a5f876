"""Threads that wait for a lock which no hook sees: `with lock`, an idle worker of a pool."""

import platform
import sys
from pathlib import Path
from threading import Thread
from time import perf_counter
from types import FrameType, MappingProxyType
from typing import Final

from mockserver.waits.client_code import LOCK_FILES, is_clients

_FUTEX: Final = MappingProxyType({"x86_64": "202", "aarch64": "98"}).get(platform.machine())
"""The number of Linux's system call that waits for a lock."""
_NO_TIMEOUT: Final = "0x0"
_STEADY: Final = 0.003
"""Seconds after which a thread in one place counts as blocked, where the system does not say it."""


class BlockedThreads:
    """Finds out whether threads of the client are blocked by a lock, without a timeout."""

    def __init__(self) -> None:
        self._places: dict[Thread, tuple[FrameType, int, float]] = {}

    def forget(self) -> None:
        """Look anew."""
        self._places.clear()

    def has(self, thread: Thread) -> bool:
        """Whether the thread is blocked in code of the client or of a library of it."""
        frame = sys._current_frames().get(thread.ident or 0)
        if frame is None or not is_clients(frame):
            return False
        waits = _waits_for_lock(thread)
        return self._is_steady(thread, frame) if waits is None else waits

    def _is_steady(self, thread: Thread, frame: FrameType) -> bool:
        if frame.f_code.co_filename not in LOCK_FILES:
            self._places.pop(thread, None)
            return False
        before, now = self._places.get(thread), perf_counter()
        if before is None or before[0] is not frame or before[1] != frame.f_lasti:
            self._places[thread] = (frame, frame.f_lasti, now)
            return False
        return now - before[2] >= _STEADY


def _waits_for_lock(thread: Thread) -> bool | None:
    """Whether the thread waits in a system call for a lock; None if this system does not say."""
    if _FUTEX is None:
        return None
    try:
        # The number of the call and its arguments; a thread that waits for the interpreter has a timeout.
        words = Path(f"/proc/self/task/{thread.native_id}/syscall").read_text(encoding="ascii").split()
    except OSError:
        return None
    return words[0] == _FUTEX and words[4] == _NO_TIMEOUT
