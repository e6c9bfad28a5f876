"""Functions that take turns: only one of them runs at a time, and the turn passes before a call to the world.

A function that neither calls nor ends for a while loses its turn: it may wait for a lock of the other one.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from threading import Condition, Thread, get_ident
from typing import Any, Final

from mockserver.errors import FaultSearchError, RunawayClientError

_LONGEST_RUN: Final = 120.0
"""Real seconds; clients that wait do not wait in real time."""
_REFUSALS: Final = 100
"""Calls beyond the limit; a client that goes on after them is ended."""


@dataclass
class Outcome:
    """The result of a function, or the error that it raised."""

    result: Any = None
    error: BaseException | None = None


class Turns:
    """One run of some functions.

    Before a call in `switches` (numbered from 1 over all functions) the next function has its turn, before
    one in `jumps` `advance` moves the clock. More than `most` calls are refused.
    """

    def __init__(
        self,
        switches: Collection[int],
        jumps: Mapping[int, float],
        advance: Callable[[float], object],
        *,
        most: int,
        patience: float,
    ) -> None:
        self._switches, self._jumps, self._advance = {*switches}, {**jumps}, advance
        self._most, self._patience = most, patience
        self._changed = Condition()
        self._turn = 0
        self._left: list[int] = []
        self._threads: dict[int, int] = {}
        self._moves = 0
        self.calls: int = 0
        """The number of calls so far."""
        self.open_to_switch: set[int] = set()
        """The calls before which another function could have gone on."""

    def play(self, functions: Sequence[Callable[[], object]]) -> list[Outcome]:
        """Run the functions to their ends. Raises `FaultSearchError` if one of them does not come to it."""
        outcomes = [Outcome() for _function in functions]
        self._left = [*range(len(functions))]
        threads = [
            Thread(
                target=copy_context().run,
                args=(self._run, index, function, outcomes[index]),
                name=f"mockserver-function-{index + 1}",
                daemon=True,
            )
            for index, function in enumerate(functions)
        ]
        for thread in threads:
            thread.start()
        with self._changed:
            if not self._changed.wait_for(lambda: not self._left, _LONGEST_RUN):
                fix = "give its calls a timeout"
                raise FaultSearchError(f"a function has not ended in {_LONGEST_RUN:.0f} seconds; {fix}")
        for thread in threads:
            thread.join()
        for outcome in outcomes:
            if isinstance(outcome.error, KeyboardInterrupt | GeneratorExit):
                raise outcome.error
        return outcomes

    def arrive(self) -> None:
        """A function is about to make a call: returns when it may.

        Raises `RunawayClientError` for a call too many.
        """
        with self._changed:
            own = self._threads.get(get_ident())
            if own is not None:  # threads that a function has started belong to its turn
                self._take_turn(own)
            self.calls += 1
            self._moves += 1
            number = self.calls
        if number > self._most + _REFUSALS:
            raise SystemExit("the client goes on calling")
        if number > self._most:
            raise RunawayClientError(f"the client makes more than {self._most} calls; let it give up earlier")
        seconds = self._jumps.pop(number, None)
        if seconds is not None:
            self._advance(seconds)

    def _run(self, index: int, function: Callable[[], object], outcome: Outcome) -> None:
        with self._changed:
            self._threads[get_ident()] = index
            self._await_turn(index)
        try:
            outcome.result = function()
        except BaseException as error:  # pytest.fail and sys.exit are failures too
            outcome.error = error
        with self._changed:
            if self._turn == index:
                self._pass_on(index)
            self._left.remove(index)
            self._changed.notify_all()

    def _take_turn(self, own: int) -> None:
        self._await_turn(own)
        while len(self._left) > 1 and self.calls + 1 in self._switches:
            self._switches.remove(self.calls + 1)
            self._pass_on(own)
            self._await_turn(own)
        if len(self._left) > 1:
            self.open_to_switch.add(self.calls + 1)

    def _pass_on(self, own: int) -> None:
        others = [*(one for one in self._left if one > own), *(one for one in self._left if one < own)]
        if others:
            self._turn = others[0]
            self._moves += 1
            self._changed.notify_all()

    def _await_turn(self, own: int) -> None:
        while self._turn != own:
            moves = self._moves
            if not self._changed.wait(self._patience) and self._moves == moves and self._turn != own:
                self._turn = own  # the other one waits for something, perhaps for this one
                self._moves += 1
