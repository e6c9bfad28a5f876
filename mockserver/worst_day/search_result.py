"""The result of a search: what was found, how much was tried, and which claims were never met."""

from collections.abc import Mapping
from dataclasses import dataclass

from mockserver.worst_day.events import History
from mockserver.worst_day.verdict import Broken

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module


@dataclass(frozen=True)
class Finding:
    """A history that breaks an invariant, as small as it could be made, and the test that shows it."""

    history: History
    broken: Broken
    test: str

    def __str__(self) -> str:
        number = "1 event" if len(self.history) == 1 else f"{len(self.history)} events"
        rows = [f"  {index}. {event}" for index, event in enumerate(self.history, 1)]
        what = "\n".join(f"  {line}" for line in self.broken.message.splitlines())
        return "\n".join([f"{self.broken.name} is broken by {number}:", *rows, what, "", self.test])


@dataclass(frozen=True)
class Search:
    """The result of a search.

    `runs` and `calls` are those of the search itself, `shrinking_runs` those that made the history small.
    `met` is the number of different things that the runs have met. `is_complete`: every history was tried.
    `claims` has the number of times that each `sometimes` claim was true.
    """

    finding: Finding | None
    runs: int
    calls: int
    shrinking_runs: int
    seconds: float
    met: int
    is_complete: bool
    claims: Mapping[str, int]

    @property
    def never(self) -> list[str]:
        """The `sometimes` claims that were never true."""
        return [name for name, count in self.claims.items() if not count]

    def __str__(self) -> str:
        extent = f"{self.runs} runs with {self.calls} calls"
        if self.finding is not None:
            return f"found after {extent}: {self.finding}"
        rest = "; all were tried" if self.is_complete else "; a greater budget tries more"
        rows = [f"  never true: {name}" for name in self.never]
        return "\n".join([f"nothing is broken in {extent}{rest}", *rows])

    def assert_held(self) -> None:
        """Assert that nothing was broken, and that each `sometimes` claim was true once.

        Raises AssertionError with the events, and with the test that shows them.
        """
        if self.finding is not None or self.never:
            raise AssertionError(str(self))
