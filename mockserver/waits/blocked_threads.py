"""Threads that wait for a lock which no hook sees: `with lock`, an idle worker of a pool."""

import platform
from collections.abc import Callable
from pathlib import Path
from sys import _current_frames
from threading import Thread
from time import perf_counter
from types import FrameType, MappingProxyType
from typing import Final, NamedTuple

from mockserver.waits.client_code import LOCK_FILES, is_clients

_FUTEX: Final = MappingProxyType({"x86_64": "202", "aarch64": "98"}).get(platform.machine())
"""The number of Linux's system call that waits for a lock."""
_NO_TIMEOUT: Final = "0x0"
_STEADY: Final = 0.003
"""Seconds after which a thread in one place counts as blocked."""


class _Place(NamedTuple):
    """Where a thread is, and how often it has been switched: equal ones mean that it has not run between."""

    frame: FrameType
    instruction: int
    switches: str


class BlockedThreads:
    """Finds out whether threads of the client are blocked by a lock, without a timeout.

    One look is not enough: a thread that hands over the interpreter, or the memory's lock, waits for a lock
    as well, for an instant. So a thread has to be found in the same wait again.
    """

    def __init__(self, switches_in_lock: Callable[[Thread], str | None] | None = None) -> None:
        self._switches_in_lock = switches_in_lock or _switches_in_lock
        self._seen: dict[Thread, tuple[_Place, float]] = {}

    def forget(self) -> None:
        """Look anew at the threads of which the system does not say whether they have run."""
        self._seen = {thread: seen for thread, seen in self._seen.items() if seen[0].switches}

    def has(self, thread: Thread) -> bool:
        """Whether the thread is blocked in code of the client or of a library of it."""
        switches = self._switches_in_lock(thread)
        frame = _current_frames().get(thread.ident or 0)
        if frame is None or not is_clients(frame):
            return False
        waits = frame.f_code.co_filename in LOCK_FILES if switches is None else bool(switches)
        if not waits:
            self._seen.pop(thread, None)
            return False
        place, now = _Place(frame, frame.f_lasti, switches or ""), perf_counter()
        before, since = self._seen.get(thread, (None, now))
        if before != place:
            self._seen[thread] = (place, now)
            return False
        return now - since >= _STEADY


def _switches_in_lock(thread: Thread) -> str | None:
    """How often the thread has been switched, if it waits in a system call for a lock, and "" if not.

    None if this system does not say it.
    """
    if _FUTEX is None:
        return None
    task = Path(f"/proc/self/task/{thread.native_id}")
    try:
        # The number of the call and its arguments; a thread that waits for the interpreter has a timeout.
        words = (task / "syscall").read_text(encoding="ascii").split()
        if words[0] != _FUTEX or words[4] != _NO_TIMEOUT:
            return ""
        return (task / "status").read_text(encoding="ascii").partition("voluntary_ctxt_switches:")[2]
    except OSError:
        return None
