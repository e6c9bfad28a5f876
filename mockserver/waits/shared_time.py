"""The time that the threads of one client share: it moves on when all of them wait.

A thread waits for a moment, for another thread, or for both. Once each of them waits, nothing can happen
before the earliest moment, so the time moves there. A thread that computes, or that reads from a socket,
holds the time.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from threading import RLock, Thread, current_thread
from time import perf_counter
from typing import Final, Protocol

from mockserver.call import Exchange
from mockserver.errors import WaitStalledError
from mockserver.waits.blocked_threads import BlockedThreads
from mockserver.waits.wait import Wait

_PAUSE: Final = 0.001


class Block(Protocol):
    """A `with` block: moves the clock of its world, and keeps the waits."""

    def check(self, seconds: float, step: float, exchange: Exchange | None) -> None:
        """Raises `WaitTooLongError` for a wait of `seconds`, or if the sum becomes too great by the step."""

    def newest_exchange(self) -> Exchange | None:
        """The exchange before a wait."""

    def move(self, step: float) -> None:
        """Move the clock of the world."""

    def keep(self, wait: Wait) -> None:
        """Keep a wait."""

    def patience(self) -> float:
        """How many real seconds a thread may hold the time."""


@dataclass(eq=False)
class Waiting:
    """The wait of one thread: until a moment (None: without end), unless something else ends it before."""

    kind: str
    since: float
    deadline: float | None
    has_ended: Callable[[], bool]
    thread: Thread = field(default_factory=current_thread)
    exchanges: dict[Block, Exchange | None] = field(default_factory=dict)
    """The newest exchange of each block's world, once the time has moved."""


class SharedTime:
    """The time of one client, in seconds since its first block began."""

    def __init__(self, began: float) -> None:
        self.began = began
        """By the monotonic clock."""
        self.elapsed: float = 0.0
        self.blocks: list[Block] = []
        self._threads: set[Thread] = {current_thread()}
        self._waiting: dict[Thread, Waiting] = {}
        self._blocked = BlockedThreads()
        self._lock = RLock()

    def has(self, thread: Thread) -> bool:
        """Whether the thread belongs to the client."""
        return thread in self._threads

    def leave(self, block: Block) -> None:
        """End a block; not while the time moves."""
        with self._lock:
            self.blocks.remove(block)

    def add(self, thread: Thread) -> None:
        """Let a thread belong to the client."""
        with self._lock:
            self._threads = {one for one in self._threads if one.ident is None or one.is_alive()} | {thread}

    @contextmanager
    def waiting(
        self, kind: str, seconds: float | None, has_ended: Callable[[], bool] = lambda: False
    ) -> Iterator[Waiting]:
        """The current thread waits during the block; at its end the wait is kept, if the time has moved."""
        deadline = None if seconds is None else self.elapsed + seconds
        waiting = Waiting(kind, self.elapsed, deadline, has_ended)
        with self._lock:
            self._blocked.forget()
            before = self._waiting.get(waiting.thread)
            self._waiting[waiting.thread] = waiting
        try:
            yield waiting
        finally:
            with self._lock:
                if before is None:
                    del self._waiting[waiting.thread]
                else:
                    self._waiting[waiting.thread] = before

    def sleep(self, waiting: Waiting, pause: Callable[[float], object]) -> None:
        """Wait until the moment, or until something else ends the wait; `pause` waits in real time.

        What is left when the last block ends is waited for in real time. Raises `WaitTooLongError` and
        `WaitStalledError`.
        """
        held_since: float | None = None
        while self.blocks and not self.is_over(waiting):
            moved, busy = self.move_on(waiting)
            if moved:
                continue
            now = perf_counter()
            held_since = (held_since or now) if busy else None
            patience = min(
                (block.patience() for block in self.blocks), default=inf
            )  # the last may end meanwhile
            if busy and held_since and now - held_since > patience:
                raise _stalled(busy, now - held_since)
            pause(_PAUSE)
        if waiting.deadline is not None and not self.is_over(waiting):
            pause(waiting.deadline - self.elapsed)

    def is_over(self, waiting: Waiting) -> bool:
        """Whether the thread need not wait any longer."""
        is_due = waiting.deadline is not None and waiting.deadline <= self.elapsed
        return is_due or waiting.has_ended()

    def move_on(self, waiting: Waiting) -> tuple[bool, Thread | None]:
        """Move the time to the end of this wait, if it is the next thing to happen.

        Returns whether it has moved, or else the thread that holds the time, if one does. Raises
        `WaitTooLongError`.
        """
        with self._lock:
            if not self.blocks:
                return False, None
            others = self._threads - {waiting.thread}
            # Twice: what one did before it ended, or began to wait, may have ended the wait of another.
            busy = next(filter(self._is_busy, [*others, *others]), None)
            if busy is not None or self.is_over(waiting):
                return False, busy
            moments = [one.deadline for one in self._waiting.values() if one.deadline is not None]
            deadline = waiting.deadline
            if deadline is None or deadline > min(moments):
                return False, None
            self._move(waiting, deadline)
            return True, None

    def keep(self, waiting: Waiting, since: float | None = None, kind: str = "") -> None:
        """Keep a wait that has lasted until its moment."""
        if waiting.deadline is None or waiting.deadline > self.elapsed:
            return
        seconds = round(waiting.deadline - (waiting.since if since is None else since), 6)
        for block, exchange in waiting.exchanges.items():
            block.keep(Wait(seconds, kind or waiting.kind, waiting.thread.name, exchange))

    def _move(self, waiting: Waiting, deadline: float) -> None:
        step = deadline - self.elapsed
        newest = {block: block.newest_exchange() for block in self.blocks}
        for block, exchange in newest.items():
            block.check(deadline - waiting.since, step, exchange)
        for block, exchange in newest.items():
            for one in self._waiting.values():
                one.exchanges.setdefault(block, exchange)
            block.move(step)
        self.elapsed = deadline

    def _is_busy(self, thread: Thread) -> bool:
        waiting = self._waiting.get(thread)
        if waiting is not None:
            return self.is_over(waiting)
        return (thread.ident is None or thread.is_alive()) and not self._blocked.has(thread)


def _stalled(busy: Thread, seconds: float) -> WaitStalledError:
    frame = sys._current_frames().get(busy.ident or 0)
    where = f" (in {frame.f_code.co_name}, {frame.f_code.co_filename}:{frame.f_lineno})" if frame else ""
    fix = "start it before `waiting()` if it is not the client's, or pass a longer patience="
    return WaitStalledError(
        f"the thread {busy.name!r}{where} has neither waited nor ended for {seconds:.0f} real seconds, "
        f"so the clock cannot move; {fix}"
    )
