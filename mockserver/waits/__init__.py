"""One clock for a client and its world: the client's waits move the world's clock, and take no real time.

`hooks.py` replaces the functions that a client waits with, `shared_time.py` decides when its time moves on,
`waits.py` is what a test sees of it.
"""

from datetime import timedelta
from types import TracebackType
from typing import Any

from mockserver.waits.client_clock import ClientClock
from mockserver.waits.hooks import HOOKS
from mockserver.waits.waits import Waits

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module


class WaitingBlock:
    """A context manager: the client's waits move the clock of a world; `as` gives the `Waits`."""

    def __init__(
        self,
        world: Any,
        longest: timedelta | float | str,
        total: timedelta | float | str,
        patience: timedelta | float | str,
        clock: bool,
    ) -> None:
        self._world = world
        self._client_clock = ClientClock(world.clock) if clock else None
        self._waits = Waits(
            world.name, world.clock, world.journal, longest=longest, total=total, patience=patience
        )
        self._is_used = False

    def __enter__(self) -> Waits:
        """Begin. Raises `WaitStalledError` in an event loop that has its own clock."""
        if self._is_used:
            raise RuntimeError("this block has been used; call waiting() again")
        self._is_used = True
        if self._client_clock:
            self._client_clock.start()
        try:
            HOOKS.enter(self._waits, clock=self._client_clock is not None)
        except BaseException:
            if self._client_clock:
                self._client_clock.stop()
            raise
        self._world.waits = self._waits
        return self._waits

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End. Raises `WaitTooLongError` again if the client has hidden it."""
        HOOKS.leave(self._waits, clock=self._client_clock is not None)
        if self._client_clock:
            self._client_clock.stop()
        failure = self._waits.take_failure()
        if failure and kind is None:
            raise failure
