"""Runs functions on bad days: with faults, jumps of the clock and switches between two of them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from inspect import Parameter, signature
from time import perf_counter
from typing import Any, Final, Protocol
from urllib.parse import quote

from mockserver.call import Exchange
from mockserver.client.clock import Clock
from mockserver.client.connection import Connection
from mockserver.client.coroutines import run_to_end
from mockserver.errors import ControlError, FaultSearchError
from mockserver.formats.durations import to_seconds
from mockserver.worst_day.call_gate import CallGate
from mockserver.worst_day.claims import Claims
from mockserver.worst_day.events import FaultEvent, History, faults, jumps, switches
from mockserver.worst_day.frontier import Frontier
from mockserver.worst_day.printed_test import print_test
from mockserver.worst_day.run import Run
from mockserver.worst_day.search_result import Finding, Search
from mockserver.worst_day.shrinking import shrink
from mockserver.worst_day.turns import Turns
from mockserver.worst_day.verdict import Broken, Errors, Invariant, judge
from mockserver.worst_day.vocabulary import KINDS, check_kinds, failures

__all__ = ["KINDS", "Day", "Limits", "Plan", "search"]
__tracebackhide__ = True  # a failing test shows its own line instead of one in this module

Function = Callable[..., object]
"""A function without parameters, or with the world as its only one."""
Duration = timedelta | float | str
_OUTER: Final = "before-the-worst-day"
_START: Final = "start-of-the-worst-day"
_WAITS: Final[Mapping[str, Any]] = {"longest": "30d", "total": "365d"}
_TIMES_CLEAN: Final = 10
_MORE_CALLS: Final = 50
_SHRINKING_RUNS: Final = 200


class SearchedWorld(Protocol):
    """The members of a world that a bad day takes."""

    clock: Clock
    waits: Any

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def journal(self) -> Callable[..., list[Exchange]]:
        """The exchanges of the world."""

    def waiting(self, *, longest: Duration, total: Duration) -> Any:
        """A block in which waits move the clock."""

    def snapshot(self, name: str) -> None:
        """Save the current state."""

    def restore(self, name: str) -> None:
        """Restore a saved state."""

    def snapshots(self) -> list[str]:
        """The names of the saved states."""

    def delete_snapshot(self, name: str) -> None:
        """Delete a saved state."""


AddFault = Callable[..., object]
"""Arms a fault: vendor, operation, kind, options."""


class Day:
    """A day of one or two functions, which has run without events at first; faults are added after that.

    The world is at the start again then, with its clock frozen.
    """

    def __init__(
        self,
        connection: Connection,
        world: Any,
        functions: Sequence[Function],
        *,
        handles: Errors = Exception,
        claims: Claims | None = None,
        waiting: bool = True,
        patience: Duration = 1.0,
    ) -> None:
        if not 1 <= len(functions) <= 2:
            raise FaultSearchError(f"a day has one function or two, not {len(functions)}")
        self._connection = connection
        self.world: Any = world
        self._path = f"/worlds/{quote(world.name, safe='')}"
        self.functions: Sequence[Function] = functions
        self.claims: Claims | None = claims
        self._handles = handles
        self._waiting, self._patience = waiting, to_seconds(patience)
        self._orders: Sequence[Sequence[int]] = [(), (1,)] if len(functions) > 1 else [(), ()]
        self._turns: Turns | None = None
        self._gate = CallGate(connection.send("GET", self._path)["vendors"], self._arrive)
        self._most = 1_000
        self._run: Run | None = None
        self.calls: int = 0
        """The calls of all runs."""
        self.clean: tuple[Run, ...] = ()
        """The runs without events: two of one function, and of two functions in both orders."""
        world.snapshot(_OUTER)
        if world.clock.read().mode != "frozen":
            world.clock.freeze()
        world.snapshot(_START)
        try:
            self._run_clean()
        except BaseException:
            self.end()
            raise
        world.restore(_START)

    def run(self, *, switches: Collection[int] = (), jumps: Mapping[int, Duration] | None = None) -> Run:
        """Run the functions with the faults that have been added.

        Before each call in `switches` (numbered from 1 over both functions) the other function goes on,
        before one in `jumps` the clock jumps. Raises `FaultSearchError` if a function does not end.
        """
        moved = {call: to_seconds(by) for call, by in (jumps or {}).items()}
        self._run = self._play((), switches, moved, since=self.world.journal.newest())
        return self._run

    def check(self, *invariants: Invariant) -> None:
        """Assert that the latest run broke nothing. Raises AssertionError."""
        broken = self.judge(self._run or self.run(), invariants)
        if broken is not None:
            raise AssertionError(f"{broken.name}: {broken.message}")

    def judge(self, run: Run, invariants: Sequence[Invariant]) -> Broken | None:
        """The first thing that is wrong with a run, if anything."""
        return judge(run, self._handles, invariants, self.claims)

    def run_history(self, history: History, add_fault: AddFault) -> Run:
        """Run the functions from the start with some events. Raises ControlError for an unfit fault."""
        self.world.restore(_START)
        self._connection.send(
            "DELETE", f"{self._path}/journal"
        )  # without a look: these calls do not count for the test
        for event in faults(history):
            add_fault(event.vendor, event.operation, event.kind, **event.as_options())
        return self._play(history, switches(history), jumps(history))

    def runs_without_events(self) -> Iterator[Run]:
        """The clean runs once more, the world being as each has left it."""
        for order in self._orders:
            yield replace(self._clean_run(order), clean=self.clean)

    def end(self) -> None:
        """Restore the world as it was before the day."""
        self.world.restore(_OUTER)
        self._connection.send("DELETE", f"{self._path}/journal")
        for name in {_OUTER, _START} & {*self.world.snapshots()}:
            self.world.delete_snapshot(name)

    def _run_clean(self) -> None:
        found = []
        for order in self._orders:
            run = self._clean_run(order)
            if run.error is not None:
                raise run.error
            found.append(run)
        self.clean = tuple(found)
        self._most = _TIMES_CLEAN * max(len(run.exchanges) for run in found) + _MORE_CALLS

    def _clean_run(self, order: Sequence[int]) -> Run:
        self.world.restore(_START)
        self._connection.send("DELETE", f"{self._path}/journal")
        run = self._play((), order, {})
        return replace(run, run_again=lambda: self._replay_clean(order))

    def _replay_clean(self, order: Sequence[int]) -> Run:
        self._clean_run(order)
        return self._follow(0)

    def _play(
        self,
        history: History,
        switched: Collection[int],
        jumped: Mapping[int, float],
        *,
        since: int = 0,
    ) -> Run:
        if self.claims is not None:
            self.claims.forget_broken()
        advance = self.world.clock.advance
        self._turns = turns = Turns(switched, jumped, advance, most=self._most, patience=self._patience)
        waits_of_test = self.world.waits
        with self._gate:
            outcomes = turns.play([self._body(function) for function in self.functions])
        self.world.waits = waits_of_test  # those of one run would look like those of all
        self.calls += turns.calls
        run = Run(
            self.world,
            history,
            outcomes,
            self.world.journal(after=since),
            clean=self.clean,
            open_to_switch=frozenset(turns.open_to_switch),
        )
        return replace(run, run_again=lambda: self._follow(since))

    def _follow(self, since: int) -> Run:
        """Run the functions once more, without faults; the exchanges are those since the run before."""
        self._connection.send("DELETE", f"{self._path}/faults")
        return self._play((), (), {}, since=since)

    def _body(self, function: Function) -> Callable[[], object]:
        def body() -> object:
            if not self._waiting:
                return run_to_end(lambda: self._call(function))
            with self.world.waiting(**_WAITS):
                return run_to_end(lambda: self._call(function))

        return body

    def _call(self, function: Function) -> object:
        return function(self.world) if _takes_world(function) else function()

    def _arrive(self) -> None:
        if self._turns is not None:
            self._turns.arrive()


def _takes_world(function: Function) -> bool:
    """Whether the function has a parameter that must be given."""
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return any(one.kind in kinds and one.default is Parameter.empty for one in parameters)


class Limits:
    """The end of a search: after some real seconds, or after some calls of the functions."""

    def __init__(self, seconds: Duration, calls: int | None) -> None:
        self._calls = calls
        self._began = perf_counter()
        self._seconds = to_seconds(seconds)

    @property
    def elapsed(self) -> float:
        """The real seconds so far."""
        return perf_counter() - self._began

    def are_reached(self, calls: int) -> bool:
        """Whether the search ends; with a number of calls, time does not matter."""
        return calls >= self._calls if self._calls is not None else self.elapsed >= self._seconds


@dataclass(frozen=True)
class Plan:
    """The options of a search."""

    invariants: Sequence[Invariant]
    handles: Errors
    kinds: Collection[str]
    jumps: Collection[Duration]
    most_events: int
    limits: Limits
    seed: int
    is_prepared: bool
    """Whether the world had been called before, so that the printed test needs the same calls."""


def search(
    day: Day,
    add_fault: AddFault,
    problems: Mapping[tuple[str, str], Mapping[str, int]],
    plan: Plan,
) -> Search:
    """Try histories, the most promising first, until one breaks something or a limit is reached."""
    check_kinds(plan.kinds)
    if not any(run.exchanges for run in day.clean):
        raise FaultSearchError("nothing to search: no function calls a vendor of this world")
    for run in day.runs_without_events():
        broken = day.judge(run, plan.invariants)
        if broken is not None:
            raise FaultSearchError(f"{broken.name} is broken without any event: {broken.message}")
    known = {target: [*failures(names, plan.kinds)] for target, names in problems.items()}
    seconds = [to_seconds(one) for one in plan.jumps]
    frontier = Frontier(known, seconds, plan.most_events, plan.seed)
    frontier.add(day.clean[0])
    hunt = _Hunt(day, add_fault, frontier, plan.invariants)
    found = hunt.go(plan.limits)
    runs = hunt.runs
    finding = None if found is None else _describe(hunt, plan, *found)
    return Search(
        finding,
        runs=runs,
        calls=hunt.calls,
        shrinking_runs=hunt.runs - runs,
        seconds=plan.limits.elapsed,
        met=frontier.met,
        is_complete=hunt.is_complete,
        claims=day.claims.counts if day.claims else {},
    )


def _describe(hunt: "_Hunt", plan: Plan, history: History, broken: Broken) -> Finding:
    """The finding, made as small as possible."""
    history = shrink(history, lambda one: hunt.breaks_alike(one, broken), _SHRINKING_RUNS)
    broken = hunt.judge(history) or broken
    day = hunt.day
    text = print_test(
        day.world,
        day.functions,
        history,
        f"{broken.name}: {broken.message}",
        invariants=plan.invariants,
        handles=plan.handles,
        claims=day.claims,
        is_prepared=plan.is_prepared,
    )
    return Finding(history, broken, text)


class _Hunt:
    """The runs of one search."""

    def __init__(
        self, day: Day, add_fault: AddFault, frontier: Frontier, invariants: Sequence[Invariant]
    ) -> None:
        self.day, self._add_fault = day, add_fault
        self._frontier, self._invariants = frontier, invariants
        self.runs: int = 0
        self.calls: int = day.calls
        self.is_complete = False

    def go(self, limits: Limits) -> tuple[History, Broken] | None:
        """The first history that breaks something; None if the search ends before."""
        while not limits.are_reached(self.calls):
            history = self._frontier.take()
            if history is None:
                self.is_complete = True
                return None
            run = self._run(history)
            if run is None:
                continue
            broken = self.day.judge(run, self._invariants)
            self.calls = self.day.calls
            if broken is not None:
                return history, broken
            self._frontier.add(run)
        return None

    def judge(self, history: History) -> Broken | None:
        """The first thing that a history breaks, if anything."""
        run = self._run(history)
        return None if run is None else self.day.judge(run, self._invariants)

    def breaks_alike(self, history: History, broken: Broken) -> bool:
        """Whether it breaks the same invariant or claim."""
        found = self.judge(history)
        return found is not None and found.name == broken.name

    def _run(self, history: History) -> Run | None:
        """The run of a history; None if a fault of it can never apply."""
        self.runs += 1
        try:
            return self.day.run_history(history, self._add_fault)
        except ControlError as error:
            if error.problem != "unfit_fault":
                raise
            last = history[-1]
            if isinstance(last, FaultEvent):
                self._frontier.reject(last)
            return None
