"""Finds what a function needs: runs it with the members of the replies changed, and compares."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from mockserver.call import Exchange
from mockserver.client.clock import Clock
from mockserver.client.connection import Connection
from mockserver.client.coroutines import run_to_end
from mockserver.client.faults import Faults
from mockserver.client.journal import Journal
from mockserver.errors import ControlError, NeedsUnknownError
from mockserver.needs.differences import Place, Volatile
from mockserver.needs.observation import Observation, describe_error, observe
from mockserver.needs.plan import Reply, create_plan, longest_parts, replies_to
from mockserver.needs.report import CHANGES, Member, Needs, Outcome
from mockserver.needs.trials import Key, Trial, Trials, Verdict

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
        """Run the function with each member of each reply changed; report what it depends on.

        A member is removed, nulled, renamed or of another type in all replies of its operation. Members that
        make no difference together are not tried alone. Each run
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
            name = test or str(getattr(function, "__qualname__", type(function).__name__))
            return self._examine(function, name, vendors, operations, changes, most)
        finally:
            self._end()

    def _examine(
        self,
        function: Callable[[], object],
        name: str,
        vendors: Collection[str] | None,
        operations: Collection[str] | None,
        changes: Collection[str],
        most: int,
    ) -> Needs:
        first = self._observe(function)
        if first.error is not None:
            raise first.error
        self._world.journal.clear()  # only these calls count for the test
        examination = _Examination(self, function, first)
        replies = [*replies_to(first.exchanges, vendors, operations)]
        replies += examination.hidden_replies(replies)
        plan = create_plan(replies, changes, most)
        examination.learn_what_varies()
        members = examination.members(plan.members, changes)
        return Needs(
            name,
            tuple(one for one in members if one.outcomes),
            examination.runs,
            examination.volatile.signs,
            tuple(first.exchanges),
            plan.unread,
            examination.volatile.described,
        )

    def run(
        self, function: Callable[[], object], trials: Sequence[Trial] = (), times: int = 1
    ) -> Observation | None:
        """Run the function from the start with changes; None if no reply can have one of the members.

        Each reply is changed, up to a number of `times`.
        """
        self._world.restore(_START)
        by_operation: dict[tuple[str, str], list[dict[str, str]]] = {}
        for (vendor, operation, pointer), change in trials:
            changed = by_operation.setdefault((vendor, operation), [])
            changed.append({"field": pointer, "change": change})
        try:
            for (vendor, operation), (one, *also) in by_operation.items():
                options: Any = {**one, "times": times, **({"also": also} if also else {})}
                self._world.faults.add(vendor, operation, "drift", **options)
        except ControlError as error:
            if error.problem != "unfit_fault":
                raise
            return None
        return self._observe(function)

    def _observe(self, function: Callable[[], object]) -> Observation:
        return observe(lambda: run_to_end(function), self._exchanges)

    def _exchanges(self) -> list[Exchange]:
        page = self._world.journal.read(after=self._last)
        self._last = page["last"]
        return page["exchanges"]

    def _end(self) -> None:
        world = self._world
        world.restore(_OUTER)
        # Without a look at them: these calls do not count for the test.
        self._connection.send("DELETE", self._journal)
        for name in {_OUTER, _START} & {*world.snapshots()}:
            world.delete_snapshot(name)


class _Examination:
    """The runs of one function, each compared with its first run."""

    def __init__(self, finder: NeedsFinder, function: Callable[[], object], first: Observation) -> None:
        self._finder = finder
        self._function = function
        self._first = first
        # A client that pages on until a member says otherwise must come to an end.
        self._times = 2 * len(first.exchanges) + _MORE_CALLS
        self._wrong: dict[Trial, Observation] = {}
        self._confirmed: set[Place] = set()
        self.volatile = Volatile()
        self.runs = 0

    def hidden_replies(self, replies: Sequence[Reply]) -> Iterator[Reply]:
        """The replies to the same calls without what made them too long for the journal."""
        for vendor, operation, pointer in longest_parts(replies):
            self.runs += 1
            seen = self._finder.run(
                self._function, [Trial((vendor, operation, pointer), "removed")], self._times
            )
            if seen is not None:
                yield from replies_to(seen.exchanges, [vendor], [operation])

    def learn_what_varies(self) -> bool:
        """Run once more without changes; whether it varied in a new place.

        Raises NeedsUnknownError if nothing is left to compare.
        """
        again = self._finder.run(self._function)
        if again is None:  # pragma: no cover - without changes none can be unfit
            return False
        is_new = self.volatile.add(self._first, again)
        if again.error is not None or not self.volatile.signs:
            why = f" ({describe_error(again.error)})" if again.error else ""
            fix = "let it create what it needs itself, and return something that is the same each time"
            raise NeedsUnknownError(f"two runs of the function differ without any change{why}; {fix}")
        return is_new

    def members(self, keys: Sequence[Key], changes: Collection[str]) -> list[Member]:
        """The outcomes for the members; none for one that no reply of the contract has."""
        trials = Trials([*changes], self._try)
        found = trials.find(keys)
        self.runs += trials.runs
        # What varies with time may have begun to vary since.
        self.learn_what_varies()
        return [
            Member(*key, tuple(self._settled(key, one) for one in outcomes))
            for key, outcomes in found.items()
        ]

    def _try(self, trials: Sequence[Trial]) -> Verdict | None:
        seen = self._finder.run(self._function, trials, self._times)
        if seen is None:
            return None
        change = trials[0].change if len(trials) == 1 else ""
        struck = {(one["vendor"], one["operation"]) for one in seen.exchanges if one["fault"]}
        missed = frozenset(one.member for one in trials if one.member[:2] not in struck)
        if len(missed) == len(trials):
            return Verdict(Outcome(change, "missed"), missed)
        if seen.error is not None:
            return Verdict(Outcome(change, "raised", describe_error(seen.error)))
        if not self._is_wrong(seen):
            return Verdict(Outcome(change, "same"), missed)
        if len(trials) == 1:
            self._wrong[trials[0]] = replace(seen, exchanges=())
        return Verdict(Outcome(change, "wrong"))

    def _is_wrong(self, seen: Observation) -> bool:
        """Whether the run differs from the first one in a place where runs without changes do not."""
        places = {*self.volatile.unexpected(self._first, seen)}
        if not places <= self._confirmed:
            self.learn_what_varies()
            places = {*self.volatile.unexpected(self._first, seen)}
            self._confirmed |= places
        return bool(places)

    def _settled(self, key: Key, outcome: Outcome) -> Outcome:
        """The outcome by all that is known to vary."""
        seen = self._wrong.get(Trial(key, outcome.change))
        is_same = seen is not None and not any(self.volatile.unexpected(self._first, seen))
        return Outcome(outcome.change, "same") if is_same else outcome
