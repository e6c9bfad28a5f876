"""The event loops of asyncio while a block is active: their timers run by the time of the client.

A loop waits if nothing is ready. The time then moves on, but not while a task reads from or writes to a
connection, so timeouts of connections stay real.
"""

import asyncio
from asyncio import futures
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable
from dataclasses import dataclass
from gc import get_referents
from heapq import heapify
from pathlib import Path
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType
from typing import Any, Final
from weakref import WeakKeyDictionary

from mockserver.errors import WaitStalledError
from mockserver.waits.shared_time import SharedTime

_ASYNCIO: Final = str(Path(asyncio.__file__).parent)
_PURE: Final = ("futures", "locks", "queues", "runners", "taskgroups", "tasks", "threads", "timeouts")
_PURE_FILES: Final = frozenset(str(Path(_ASYNCIO, f"{name}.py")) for name in _PURE)
"""The modules of asyncio whose waits are for other tasks, not for a connection."""
_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})
_ANYIO_BACKEND: Final = str(Path("anyio", "_backends", "_asyncio.py"))
_COROUTINES: Final = (CoroutineType, GeneratorType, AsyncGeneratorType)
_WRAPPERS: Final = frozenset({"coroutine_wrapper", "async_generator_asend", "async_generator_athrow"})
"""The types, hidden in the interpreter, of what stands between a coroutine and the one that it awaits."""
_ON_SLEEP_END: Final = futures._set_result_unless_cancelled  # type: ignore[attr-defined]  # of asyncio.sleep


class LoopHooks:
    """The hooks in the event loops of asyncio; `time_of_thread` finds the time of the current thread."""

    def __init__(
        self, time_of_thread: Callable[[], SharedTime | None], monotonic: Callable[[], float]
    ) -> None:
        self._time_of_thread = time_of_thread
        self._monotonic = monotonic
        self._loops: WeakKeyDictionary[Any, LoopTimers] = WeakKeyDictionary()

    def patch_points(self) -> list[tuple[type, str, Callable[[Any], Any]]]:
        """Class, method and hook factory of each function that is replaced."""
        return [
            (BaseEventLoop, "time", self._replace_time),
            (BaseEventLoop, "call_at", self._replace_call_at),
            (BaseEventLoop, "_run_once", self._replace_run_once),
        ]

    def check_running_loop(self) -> None:
        """Raises `WaitStalledError` in a loop that keeps its own time, such as uvloop's."""
        loop: Any = asyncio._get_running_loop()
        if loop is not None and not isinstance(loop, BaseEventLoop):
            kind = f"{type(loop).__module__}.{type(loop).__qualname__}"
            raise WaitStalledError(
                f"waiting() cannot move the time of a {kind}; run the test on a loop of asyncio"
            )

    def end(self, time: SharedTime) -> None:
        """Let the timers that are left run by the real time."""
        for loop, timers in list(self._loops.items()):
            if timers.time is time:
                del self._loops[loop]
                for handle in loop._scheduled:
                    handle._when -= time.elapsed

    def _replace_time(self, original: Callable[[Any], float]) -> Callable[[Any], float]:
        def time(loop: Any) -> float:
            timers = self._find(loop)
            return timers.now if timers else original(loop)

        return time

    def _replace_call_at(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call_at(loop: Any, when: float, *arguments: Any, **options: Any) -> Any:
            handle = original(loop, when, *arguments, **options)
            timers = self._find(loop)
            if timers:
                timers.note(handle)
            return handle

        return call_at

    def _replace_run_once(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def _run_once(loop: Any) -> None:
            timers = self._find(loop)
            if timers:
                timers.begin_turn()
            original(loop)

        return _run_once

    def _find(self, loop: Any) -> "LoopTimers | None":
        found = self._time_of_thread()
        if found is None:
            return None
        if loop not in self._loops:
            self._loops[loop] = LoopTimers(loop, found, self._monotonic)
        return self._loops[loop]


@dataclass(eq=False, slots=True)
class _Timer:
    """A timer of a loop: since when it waits, and until when, in the time of the client."""

    handle: Any
    since: float
    deadline: float

    @property
    def is_sleep(self) -> bool:
        """Whether it ends a sleep; others are timeouts, perhaps of a connection."""
        return self.handle._callback is _ON_SLEEP_END


class LoopTimers:
    """The timers of one loop; the loop's time does not move during a turn."""

    def __init__(self, loop: Any, time: SharedTime, monotonic: Callable[[], float]) -> None:
        self._loop = loop
        self.time = time
        self._monotonic = monotonic
        self.now: float = monotonic() + time.elapsed
        self._timers: dict[int, _Timer] = {}

    def note(self, handle: Any) -> None:
        """Note a timer that begins now."""
        since = self.time.elapsed
        self._timers[id(handle)] = _Timer(handle, since, since + round(handle._when - self.now, 9))

    def begin_turn(self) -> None:
        """Wait until the loop has something to do, and let it find the timers that are due."""
        for handle in self._loop._scheduled:
            if id(handle) not in self._timers:
                self.note(handle)
        self._tick()
        if not self._has_ended():
            self._wait()
            self._tick()
        for timer in self._live():
            timer.handle._when = self.now + timer.deadline - self.time.elapsed
        heapify(self._loop._scheduled)

    def _wait(self) -> None:
        self._poll(0)
        timers = self._live()
        if self._has_ended() or any(timer.deadline <= self.time.elapsed for timer in timers):
            return
        sleeping = {timer.handle._args[0] for timer in timers if timer.is_sleep}
        if any(_uses_connection(task, sleeping) for task in asyncio.all_tasks(self._loop)):
            self._wait_for_connection([timer for timer in timers if not timer.is_sleep])
            return
        deadline = min((timer.deadline for timer in timers), default=None)
        seconds = None if deadline is None else deadline - self.time.elapsed
        with self.time.waiting("asyncio", seconds, self._has_ended) as waiting:
            if seconds is None:
                self._poll(None)
                return
            self.time.sleep(waiting, self._poll)
            for timer in self._live():
                if timer.deadline <= self.time.elapsed:
                    kind = "asyncio.sleep" if timer.is_sleep else "asyncio timeout"
                    self.time.keep(waiting, timer.since, kind)

    def _wait_for_connection(self, timeouts: list[_Timer]) -> None:
        """Wait in real time, which counts for timeouts, but not for sleeps."""
        begin = self._monotonic()
        due = min((timer.deadline for timer in timeouts), default=None)
        self._poll(None if due is None else due - self.time.elapsed)
        for timer in timeouts:
            timer.deadline -= self._monotonic() - begin

    def _live(self) -> list[_Timer]:
        """The timers that are neither cancelled nor past; the others are forgotten."""
        scheduled = {id(handle) for handle in self._loop._scheduled if not handle._cancelled}
        self._timers = {key: timer for key, timer in self._timers.items() if key in scheduled}
        return list(self._timers.values())

    def _tick(self) -> None:
        self.now = self._monotonic() + self.time.elapsed

    def _poll(self, seconds: float | None) -> None:
        events = self._loop._selector.select(seconds)
        if events:
            self._loop._process_events(events)

    def _has_ended(self) -> bool:
        return bool(self._loop._ready) or self._loop._stopping


def _uses_connection(task: Any, sleeping: set[Any]) -> bool:
    """Whether the task waits for a connection, judged by the code that waits."""
    future = task._fut_waiter
    if future is None or future in sleeping or isinstance(future, asyncio.Task):
        return False
    frames = _frames(task)
    pure = 0
    while frames and frames[-1].f_code.co_filename in _PURE_FILES:
        frames.pop()
        pure += 1
    if not frames:
        return False
    file, name = frames[-1].f_code.co_filename, frames[-1].f_code.co_qualname
    if file.endswith(_ANYIO_BACKEND):
        return "Socket" in name or "Stream" in name or "connect" in name
    if file.startswith(_ASYNCIO) or frames[-1].f_globals.get("__name__", "").startswith("mockserver."):
        return True
    return not pure and not _INSTALLED.isdisjoint(Path(file).parts)


def _frames(task: Any) -> list[FrameType]:
    """The frames of the coroutines of a task, the innermost last."""
    found = []
    awaited = task.get_coro()
    while awaited is not None:
        parts = [getattr(awaited, name, None) for name in ("cr_frame", "gi_frame", "ag_frame")]
        found += [frame for frame in parts if frame is not None]
        following = [getattr(awaited, name, None) for name in ("cr_await", "gi_yieldfrom", "ag_await")]
        if type(awaited).__name__ in _WRAPPERS:
            following = [one for one in get_referents(awaited) if isinstance(one, _COROUTINES)]
        awaited = next((one for one in following if one is not None), None)
    return found
