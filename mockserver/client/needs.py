"""Finds what a function needs: runs it once for each member of each reply with that member changed."""

from collections.abc import Callable, Collection
from typing import Final, Protocol

from mockserver.call import Exchange
from mockserver.client.clock import Clock
from mockserver.client.connection import Connection
from mockserver.client.coroutines import run_to_end
from mockserver.client.faults import Faults
from mockserver.client.journal import Journal
from mockserver.errors import ControlError, NeedsUnknownError
from mockserver.needs.observation import SIGNS, Observation, describe_error, observe
from mockserver.needs.plan import create_plan
from mockserver.needs.report import CHANGES, Member, Needs, Outcome

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module
_OUTER: Final = "before-the-needs"
_START: Final = "start-of-the-needs"
_MORE_CALLS: Final = 10


class ExaminedWorld(Protocol):
    """The members of a world that finding needs takes."""

    clock: Clock
    faults: Faults
    journal: Journal

    def snapshot(self, name: str) -> None:
        """Save the current state."""

    def restore(self, name: str) -> None:
        """Restore a saved state."""

    def snapshots(self) -> list[str]:
        """The names of the saved states."""

    def delete_snapshot(self, name: str) -> None:
        """Delete a saved state."""


class NeedsFinder:
    """Finds what functions need in one world, by calling it: `world.needs(function)`."""

    def __init__(self, connection: Connection, path: str, world: ExaminedWorld) -> None:
        self._connection = connection
        self._journal = f"{path}/journal"
        self._world = world
        self._last = 0

    def __call__(
        self,
        function: Callable[[], object],
        *,
        vendors: Collection[str] | None = None,
        operations: Collection[str] | None = None,
        changes: Collection[str] = CHANGES,
        most: int = 2000,
        freeze: bool = True,
        test: str | None = None,
    ) -> Needs:
        """Run the function once for each member of each reply and each change; report what it depends on.

        A member is removed, nulled, renamed or of another type in all replies of its operation. Each run
        starts from the world's current state, which is restored at the end; the journal is empty then. The
        clock is frozen, unless `freeze` is false. The client depends on a member if the function raises,
        or returns something else, or makes other calls. `test` is the name in the report.

        Raises NeedsUnknownError if there is nothing to find, if two runs without changes differ, or if more
        than `most` runs are needed, and whatever the first run raises.
        """
        world = self._world
        world.journal.clear()
        self._last = world.journal.newest()
        world.snapshot(_OUTER)
        try:
            if freeze and world.clock.read().mode != "frozen":
                world.clock.freeze()
            world.snapshot(_START)
            first = self._observe(function)
            if first.error is not None:
                raise first.error
            world.journal.clear()  # only these calls count for the test
            plan = create_plan(first.exchanges, vendors, operations, changes, most)
            signs = self._stable_signs(function, first)
            trial = _Trial(self, function, first, signs)
            members = [trial.member(*one, changes) for one in plan.members]
            name = test or str(getattr(function, "__qualname__", type(function).__name__))
            found = tuple(one for one in members if one.outcomes)
            runs = sum(len(one.outcomes) for one in found)
            return Needs(name, found, runs, signs, tuple(first.exchanges), plan.unread)
        finally:
            self._end()

    def run(self, function: Callable[[], object], add_fault: Callable[[], object]) -> Observation | None:
        """Run the function from the start with a fault; None if the fault can never apply."""
        self._world.restore(_START)
        try:
            add_fault()
        except ControlError as error:
            if error.problem != "unfit_fault":
                raise
            return None
        return self._observe(function)

    def add_drift(self, vendor: str, operation: str, pointer: str, change: str, times: int) -> None:
        """Change a member in all replies of the operation, up to a number of them."""
        self._world.faults.add(vendor, operation, "drift", field=pointer, change=change, times=times)  # type: ignore[arg-type]

    def _observe(self, function: Callable[[], object]) -> Observation:
        return observe(lambda: run_to_end(function), self._exchanges)

    def _exchanges(self) -> list[Exchange]:
        page = self._world.journal.read(after=self._last)
        self._last = page["last"]
        return page["exchanges"]

    def _stable_signs(self, function: Callable[[], object], first: Observation) -> tuple[str, ...]:
        """The signs that are the same in two runs without changes. Raises NeedsUnknownError without any."""
        self._world.restore(_START)
        again = self._observe(function)
        signs = tuple(sign for sign in SIGNS if not first.differs(again, sign))
        if again.error is not None or not signs:
            why = f" ({describe_error(again.error)})" if again.error else ""
            fix = "let it create what it needs itself, and return something that is the same each time"
            raise NeedsUnknownError(f"two runs of the function differ without any change{why}; {fix}")
        return signs

    def _end(self) -> None:
        world = self._world
        world.restore(_OUTER)
        # Without a look at them: these calls do not count for the test.
        self._connection.send("DELETE", self._journal)
        for name in {_OUTER, _START} & {*world.snapshots()}:
            world.delete_snapshot(name)


class _Trial:
    """The runs of one function, each compared with its first run."""

    def __init__(
        self,
        finder: NeedsFinder,
        function: Callable[[], object],
        first: Observation,
        signs: tuple[str, ...],
    ) -> None:
        self._finder = finder
        self._function = function
        self._first = first
        self._signs = signs
        # A client that pages on until a member says otherwise must come to an end.
        self._times = 2 * len(first.exchanges) + _MORE_CALLS

    def member(self, vendor: str, operation: str, pointer: str, changes: Collection[str]) -> Member:
        """The outcomes for one member; none if no reply of the contract has it."""
        outcomes = []
        for change in changes:
            add = _later(self._finder.add_drift, vendor, operation, pointer, change, self._times)
            seen = self._finder.run(self._function, add)
            if seen is not None:
                outcomes.append(self._judge(change, seen))
        return Member(vendor, operation, pointer, tuple(outcomes))

    def _judge(self, change: str, seen: Observation) -> Outcome:
        if not seen.is_affected:
            return Outcome(change, "missed")
        if seen.error is not None:
            return Outcome(change, "raised", describe_error(seen.error))
        differs = any(self._first.differs(seen, sign) for sign in self._signs)
        return Outcome(change, "wrong" if differs else "same")


def _later(add: Callable[..., None], *arguments: object) -> Callable[[], None]:
    return lambda: add(*arguments)
