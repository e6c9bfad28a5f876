"""The trials that find the members which matter: many at once, and alone those that this does not clear."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import permutations
from typing import Final, NamedTuple

from mockserver.formats.json_pointer import parse_pointer
from mockserver.needs.report import Outcome

Key = tuple[str, str, str]
"""A member: vendor, operation, pointer."""

_REVEALING: Final = frozenset({"removed", "retyped"})
"""The changes of an object that show whether anything in it is read."""
_MOST_TOGETHER: Final = 500


class Trial(NamedTuple):
    """A member with the change that is tried."""

    member: Key
    change: str


class Verdict(NamedTuple):
    """The outcome of a run with changes; `missed` are the members of operations that were not called."""

    outcome: Outcome
    missed: frozenset[Key] = frozenset()


Run = Callable[[Sequence[Trial]], Verdict | None]
"""Runs the function with changes; None if no reply can have one of the members."""


class Trials:
    """The outcomes of all members and changes, in as few runs as can be.

    Members that nothing depends on are cleared together: each member of a group has a change, neighbours
    different ones, and if the run is like the first, none of them matters. Else the group is halved. What is
    left gets a run for each of its changes. Of an object that does not matter, neither do its members.
    """

    def __init__(self, changes: Sequence[str], run: Run) -> None:
        self._changes = tuple(dict.fromkeys(changes))
        self._orders = [*permutations(self._changes)]
        self._run = run
        self._suspects: set[Key] = set()
        self._unfit: set[Key] = set()
        self.runs: int = 0
        self.outcomes: dict[Key, dict[str, Outcome]] = {}

    def find(self, members: Iterable[Key]) -> dict[Key, tuple[Outcome, ...]]:
        """The outcomes by member, in the order of the changes; none for one that no reply can have."""
        keys = [*dict.fromkeys(members)]
        self.outcomes = {key: {} for key in keys}
        self._suspects.clear()
        # An object goes before its members: a run in which it is gone says nothing about them.
        for depth in sorted({_depth(key) for key in keys}):
            self._try_level([key for key in keys if _depth(key) == depth])
        return {key: tuple(self._outcomes_of(key)) for key in keys}

    def _try_level(self, keys: list[Key]) -> None:
        read = [key for key in keys if not self._is_inside_unread(key)]
        for turn in range(len(self._changes)):
            for start in range(0, len(read), _MOST_TOGETHER):
                chunk = enumerate(read[start : start + _MOST_TOGETHER])
                trials = [Trial(key, self._orders[at % len(self._orders)][turn]) for at, key in chunk]
                self._clear([one for one in trials if one.member not in self._suspects | self._unfit])
        for key in read:
            if key in self._suspects - self._unfit:
                for change in self._changes:
                    if change not in self.outcomes[key]:
                        self._alone(Trial(key, change))

    def _clear(self, trials: list[Trial], *, differs: bool = False) -> bool:
        """Find the suspects in a group; whether there are any. `differs` spares the run of the group."""
        if len(trials) <= 1:
            return any(self._alone(one) for one in trials)
        if not differs:
            verdict = self._try(trials)
            if verdict is not None and verdict.outcome.outcome == "same":
                self._suspects |= verdict.missed
                return bool(verdict.missed)
        middle = len(trials) // 2
        first = self._clear(trials[:middle])
        # What differs together, and not in its first half, is in the second.
        return self._clear(trials[middle:], differs=not first) or first

    def _alone(self, trial: Trial) -> bool:
        """Keep the outcome of one member and change; whether the member is a suspect."""
        verdict = self._try([trial])
        if verdict is None:
            self._unfit.add(trial.member)
            return False
        self.outcomes[trial.member][trial.change] = verdict.outcome
        if verdict.outcome.outcome != "same":
            self._suspects.add(trial.member)
        return verdict.outcome.outcome != "same"

    def _try(self, trials: Sequence[Trial]) -> Verdict | None:
        self.runs += 1
        return self._run(trials)

    def _is_inside_unread(self, key: Key) -> bool:
        """Whether it is in an object or a list that does not matter."""
        vendor, operation, pointer = key
        if not {*self._changes} >= _REVEALING:
            return False
        holders = [(vendor, operation, one) for one in _holders(pointer)]
        return any(one in self.outcomes and one not in self._suspects | self._unfit for one in holders)

    def _outcomes_of(self, key: Key) -> Iterator[Outcome]:
        if key not in self._unfit:
            for change in self._changes:
                yield self.outcomes[key].get(change) or Outcome(change, "same")


def _depth(key: Key) -> int:
    return len(parse_pointer(key[2]))


def _holders(pointer: str) -> Iterator[str]:
    """The pointers of the members that a member is in."""
    while pointer := pointer.rpartition("/")[0]:
        yield pointer
