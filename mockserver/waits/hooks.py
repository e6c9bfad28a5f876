"""The functions that a client waits with, replaced while a block is active.

The client is the thread that entered the block and the threads that it starts in it; a wait counts if its own
code, or a library of it, asks for it. The waits of this package, of pytest and of pytest's plugins, and the
threads that they start (the server's), stay real.
"""

import queue
import sys
import threading
import time
from _thread import allocate_lock
from collections.abc import Callable
from concurrent.futures import _base
from threading import RLock, Thread, current_thread
from types import FrameType, SimpleNamespace
from typing import Any, Final

from mockserver.waits.builtin_hook import BuiltinHook
from mockserver.waits.client_code import is_clients
from mockserver.waits.loop_hooks import LoopHooks
from mockserver.waits.shared_time import Block, SharedTime

_ENDLESS: Final = 10 * 365 * 86_400
"""Seconds; a longer timeout counts as none."""


class Hooks:
    """The hooks, which are installed by the first block of any client and removed by the last."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._times: list[SharedTime] = []
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        self._sleep = BuiltinHook(time.sleep, self._replace_sleep)  # type: ignore[arg-type]  # it is one
        self._monotonic = BuiltinHook(time.monotonic, self.monotonic)  # type: ignore[arg-type]
        self._monotonic_ns = BuiltinHook(
            time.monotonic_ns,  # type: ignore[arg-type]
            lambda: round(self.monotonic() * 1e9),
        )
        self._clocks = 0
        self._loops = LoopHooks(self._time_of_thread, self._monotonic.original)

    def enter(self, block: Block, *, clock: bool) -> None:
        """Begin a block of the current thread. Raises `WaitStalledError` in an event loop of another make."""
        with self._lock:
            self._loops.check_running_loop()
            if not self._times:
                self._install()
            found = self._time_of_thread()
            if found is None:
                found = SharedTime(self._monotonic.original())
                self._times.append(found)
            found.blocks.append(block)
            if clock:
                self._clocks += 1
                if self._clocks == 1:
                    self._monotonic.install()
                    self._monotonic_ns.install()

    def leave(self, block: Block, *, clock: bool) -> None:
        """End a block."""
        with self._lock:
            for found in [one for one in self._times if block in one.blocks]:
                found.leave(block)
                if not found.blocks:
                    self._times.remove(found)
                    self._loops.end(found)
            if clock:
                self._clocks -= 1
                if not self._clocks:
                    self._monotonic_ns.uninstall()
                    self._monotonic.uninstall()
            if not self._times:
                self._uninstall()

    def monotonic(self) -> float:
        """The monotonic clock as the current thread sees it."""
        found = self._time_of_thread()
        real: float = self._monotonic.original()
        return real + found.elapsed if found else real

    def _exact_monotonic(self) -> float:
        """The monotonic clock, which moves by waits alone, for what is left of a timeout of the client."""
        found = self._time_of_call(sys._getframe(1))
        real: float = self._monotonic.original()
        return found.began + found.elapsed if found else real

    def _install(self) -> None:
        self._sleep.install()
        self._replace(threading.Condition, "wait", self._replace_wait)
        self._replace(Thread, "join", self._replace_join)
        self._replace(Thread, "start", self._replace_start)
        # The standard library measures what is left of a timeout by names of its own.
        self._replace(threading, "_time", lambda _original: self._exact_monotonic)
        self._replace(queue, "time", lambda _original: self._exact_monotonic)
        self._replace(_base, "time", lambda _original: SimpleNamespace(monotonic=self._exact_monotonic))
        for owner, name, factory in self._loops.patch_points():
            self._replace(owner, name, factory)

    def _uninstall(self) -> None:
        while self._replaced:
            owner, name, original, own = self._replaced.pop()
            if getattr(owner, name) is own:
                setattr(owner, name, original)
        self._sleep.uninstall()

    def _replace(self, owner: Any, name: str, factory: Callable[[Any], Any]) -> None:
        original = getattr(owner, name)
        own = factory(original)
        self._replaced.append((owner, name, original, own))
        setattr(owner, name, own)

    def _time_of_thread(self) -> SharedTime | None:
        """The time of the client that the current thread belongs to."""
        if not self._times:
            return None
        thread = current_thread()
        return next((one for one in self._times if one.has(thread)), None)

    def _time_of_call(self, frame: FrameType) -> SharedTime | None:
        """The time of the client that waits in this frame; None for the waits of others."""
        found = self._time_of_thread()
        return found if found is not None and is_clients(frame) else None

    def _replace_sleep(self, seconds: Any) -> None:
        real: Callable[[Any], None] = self._sleep.original
        found = self._time_of_call(sys._getframe(1))
        if found is None or not isinstance(seconds, int | float) or not 0 < seconds <= threading.TIMEOUT_MAX:
            real(seconds)
            return
        with found.waiting("time.sleep", seconds) as waiting:
            found.sleep(waiting, real)
            found.keep(waiting)

    def _replace_wait(self, original: Callable[..., bool]) -> Callable[..., bool]:
        def wait(self_: Any, timeout: float | None = None) -> bool:
            found = self._time_of_call(sys._getframe(1))
            if found is None or not self_._is_owned() or (timeout is not None and timeout <= 0):
                return original(self_, timeout)
            # As `Condition.wait` does, but the time may move on while the lock of the condition is released.
            waiter = allocate_lock()
            waiter.acquire()
            self_._waiters.append(waiter)
            saved, is_notified = self_._release_save(), False
            try:
                is_notified = _wait_for_lock(found, waiter, timeout)
                return is_notified
            finally:
                self_._acquire_restore(saved)
                if not is_notified and waiter in self_._waiters:
                    self_._waiters.remove(waiter)

        return wait

    def _replace_join(self, original: Callable[..., None]) -> Callable[..., None]:
        def join(self_: Thread, timeout: float | None = None) -> None:
            found = self._time_of_call(sys._getframe(1))
            if found is None or (timeout is not None and timeout <= 0):
                original(self_, timeout)
                return
            original(self_, 0)  # raises for a thread that cannot be joined
            with found.waiting("Thread.join", timeout, lambda: not self_.is_alive()) as waiting:
                if timeout is None:
                    original(self_)
                else:
                    found.sleep(waiting, lambda seconds: original(self_, seconds))
                    found.keep(waiting)

        return join

    def _replace_start(self, original: Callable[[Thread], None]) -> Callable[[Thread], None]:
        def start(self_: Thread) -> None:
            found = self._time_of_thread()
            # The client of this package runs coroutines of the test's client in a thread.
            if found is not None and is_clients(sys._getframe(1), "mockserver.client."):
                found.add(self_)
            original(self_)

        return start


def _wait_for_lock(found: SharedTime, waiter: Any, timeout: float | None) -> bool:
    """Wait for a lock that another thread releases; returns whether it has."""
    acquired = False

    def pause(seconds: float) -> None:
        nonlocal acquired
        acquired = acquired or waiter.acquire(True, seconds)

    seconds = None if timeout is None or timeout > _ENDLESS else timeout
    with found.waiting("threading", seconds, lambda: acquired or not waiter.locked()) as waiting:
        if seconds is None:
            return bool(waiter.acquire(True, -1 if timeout is None else timeout))
        found.sleep(waiting, pause)
        found.keep(waiting)
    return acquired or bool(waiter.acquire(False))


HOOKS: Final = Hooks()
"""The hooks of this process."""
