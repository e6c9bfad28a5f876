"""One run of the functions, with the events that it met, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mockserver.call import Exchange
from mockserver.worst_day.events import History
from mockserver.worst_day.net_changes import NetChanges, net_changes
from mockserver.worst_day.turns import Outcome


@dataclass
class Run:
    """One run: what the functions returned or raised, and the calls that they made.

    `clean` are the runs without events: two of one function, and of two functions in both orders.
    """

    world: Any
    """The world, as the run has left it."""
    history: History
    outcomes: Sequence[Outcome]
    exchanges: Sequence[Exchange]
    clean: Sequence["Run"] = ()
    open_to_switch: frozenset[int] = frozenset()
    run_again: Callable[[], "Run"] | None = None
    _second: list["Run"] = field(default_factory=list)

    @property
    def result(self) -> Any:
        """The result of the first function."""
        return self.outcomes[0].result

    @property
    def results(self) -> list[Any]:
        """The results of the functions."""
        return [outcome.result for outcome in self.outcomes]

    @property
    def errors(self) -> list[BaseException]:
        """The errors that the functions raised."""
        return [outcome.error for outcome in self.outcomes if outcome.error is not None]

    @property
    def error(self) -> BaseException | None:
        """The first error; None if all functions returned."""
        return next(iter(self.errors), None)

    @cached_property
    def changes(self) -> NetChanges:
        """The net changes by the calls: a text for each, with its number.

        Moments, and identifiers and dates that the vendor has made, are replaced by names, so that runs that
        did the same are equal.
        """
        return net_changes(self.exchanges)

    def again(self) -> "Run":
        """The run of the functions that follows this one, without events; the changes are those of both."""
        if not self._second and self.run_again is not None:
            self._second.append(self.run_again())
        return self._second[0] if self._second else self
