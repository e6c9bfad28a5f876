"""The sweep: what a client makes of every failure that its calls can meet, in a run for each."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import iscoroutinefunction
from pathlib import Path
from sysconfig import get_path
from traceback import extract_tb
from typing import Any, Final, Protocol

from mockserver.call import Exchange

__tracebackhide__ = True  # a test that fails in here shows its own line

KINDS: Final = ("problem", "status", "drop_before", "drop_after", "truncate", "garbage")
"""The kinds of fault that need nothing but the contract to know what they do."""
_STATUSES: Final = (429, 500, 503)
_SNAPSHOT: Final = "before-the-sweep"
_LONGEST_ERROR: Final = 80
_LISTED: Final = 20

Wish = Mapping[str, Any]


class Swept(Protocol):
    """What a sweep needs of a world."""

    @property
    def journal(self) -> Callable[..., list[Exchange]]:
        """Its exchanges."""

    def snapshot(self, name: str) -> None:
        """Remembers the present state."""

    def restore(self, name: str) -> None:
        """Puts it back."""

    def delete_snapshot(self, name: str) -> None:
        """Forgets it."""


class Armed(Protocol):
    """What a sweep needs of a fault."""

    @property
    def spent(self) -> int:
        """How many calls it struck."""


Arm = Callable[..., Armed]
"""Arms a fault: vendor, operation, kind, options."""


@dataclass(frozen=True)
class Trial:
    """One run: the `turn`-th call (from 1) of the operation met the failure.

    `outcome` is `handled` (the function returned, or raised what it may), `unhandled` (it raised `error`) or
    `missed` (it did not make the call again, so that this run shows nothing).
    """

    vendor: str
    operation: str
    turn: int
    failure: str
    outcome: str
    error: BaseException | None = None

    def __str__(self) -> str:
        return self.told(f" (call {self.turn})" if self.turn > 1 else "")

    def told(self, which: str = "") -> str:
        """The run on one line, with a word on which of the operation's calls it was."""
        text = " ".join(f"{type(self.error).__name__}: {self.error}".split()) if self.error else ""
        raised = f", raised {text[:_LONGEST_ERROR]}{_place(self.error)}" if text else ""
        return f"{self.outcome:<9}  {self.failure:<28}  of {self.vendor} {self.operation}{which}{raised}"


@dataclass(frozen=True)
class Sweep:
    """What came of every run."""

    trials: tuple[Trial, ...]

    def __str__(self) -> str:
        return "\n".join([self._head(), *(f"  {trial}" for trial in self.trials)])

    @property
    def handled(self) -> list[Trial]:
        """The runs in which the failure was dealt with."""
        return [trial for trial in self.trials if trial.outcome == "handled"]

    @property
    def unhandled(self) -> list[Trial]:
        """The runs that ended with an error that nobody expects."""
        return [trial for trial in self.trials if trial.outcome == "unhandled"]

    @property
    def missed(self) -> list[Trial]:
        """The runs in which the failure was not met: the function did not make the same calls again."""
        return [trial for trial in self.trials if trial.outcome == "missed"]

    def assert_handled(self) -> None:
        """That every failure was met and handled. Raises AssertionError with a line for each that was not."""
        wrong = [*self.unhandled, *self.missed]
        if not wrong:
            return
        lines = [self._head(), *(f"  {line}" for line in _gathered(wrong))]
        if self.missed:
            lines.append("  missed: the call was not made again; let the function make what it needs itself")
        raise AssertionError("\n".join(lines))

    def _head(self) -> str:
        found = [(len(self.unhandled), "unhandled"), (len(self.missed), "missed")]
        said = " and ".join(f"{number} {what}" for number, what in found if number)
        return f"{said or 'none unhandled'} of {len(self.trials)} failures"


def _place(error: BaseException | None) -> str:
    """The last line that an error passed in code that is neither installed nor Python's or ours."""
    foreign = (get_path("stdlib"), get_path("purelib"), get_path("platlib"), __file__)
    passed = extract_tb(error.__traceback__) if error else []
    own = [frame for frame in passed if not frame.filename.startswith(foreign)]
    return f" at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""


def _gathered(trials: Sequence[Trial]) -> Iterator[str]:
    """A line for each failure of an operation, whichever of its calls met it, until it is enough."""
    turns: dict[str, list[str]] = {}
    for trial in trials:
        turns.setdefault(trial.told(), []).append(str(trial.turn))
    for line, which in [*turns.items()][:_LISTED]:
        yield f"{line} (calls {', '.join(which)})" if len(which) > 1 else line
    if len(turns) > _LISTED:
        yield f"… and {len(turns) - _LISTED} more; print the sweep to see them all"


@dataclass(frozen=True)
class Planned:
    """A failure that a run shall meet."""

    vendor: str
    operation: str
    turn: int
    wish: Wish
    failure: str


def run_each(
    world: Swept,
    arm: Arm,
    function: Callable[[], object],
    plan: Callable[[list[Exchange]], list[Planned]],
    handles: type[BaseException] | tuple[type[BaseException], ...],
) -> Sweep:
    """Runs the function once as it is, then once for each failure that is planned by its exchanges.

    Every run begins with the world as it is now, and so is it left.
    """
    if iscoroutinefunction(function):
        raise TypeError("the sweep calls a plain function; write lambda: asyncio.run(function())")
    last = world.journal()[-1:]
    world.snapshot(_SNAPSHOT)
    try:
        function()
        trials = []
        for planned in plan(world.journal(after=last[0]["number"] if last else 0)):
            world.restore(_SNAPSHOT)
            trials.append(_try(arm, function, planned, handles))
        return Sweep(tuple(trials))
    finally:
        world.restore(_SNAPSHOT)
        world.delete_snapshot(_SNAPSHOT)


def _try(
    arm: Arm,
    function: Callable[[], object],
    planned: Planned,
    handles: type[BaseException] | tuple[type[BaseException], ...],
) -> Trial:
    aim = {**planned.wish, "after": planned.turn - 1, "times": 1}
    fault = arm(planned.vendor, planned.operation, **aim)
    what = (planned.vendor, planned.operation, planned.turn, planned.failure)
    try:
        function()
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except handles as error:
        return Trial(*what, "handled" if fault.spent else "missed", error)
    except BaseException as error:  # pytest.fail and sys.exit are no way to handle a failure either
        return Trial(*what, "unhandled" if fault.spent else "missed", error)
    return Trial(*what, "handled" if fault.spent else "missed")


def planner(
    problems: Mapping[tuple[str, str], Mapping[str, int]],
    *,
    vendors: Collection[str] | None,
    operations: Collection[str] | None,
    kinds: Collection[str],
    also: Sequence[Wish],
    most: int,
) -> Callable[[list[Exchange]], list[Planned]]:
    """Plans the failures of exchanges; `problems` are those of each operation, with their statuses.

    Raises ValueError for a kind that is none, and what it gives does for a plan that is empty or too long.
    """
    unknown = sorted({*kinds} - {*KINDS})
    if unknown:
        raise ValueError(f"a sweep knows no kind {unknown[0]!r}; it knows {', '.join(KINDS)}")

    def plan(exchanges: list[Exchange]) -> list[Planned]:
        planned = [
            Planned(vendor, operation, turn, wish, failure)
            for vendor, operation, turn in _calls(exchanges)
            if (vendors is None or vendor in vendors) and (operations is None or operation in operations)
            for failure, wish in [
                *_failures(problems[vendor, operation], kinds),
                *_further(vendor, operation, also),
            ]
        ]
        if not planned:
            raise ValueError("there is nothing to sweep: the function made no call that is meant")
        if len(planned) > most:
            fix = "narrow it with vendors=, operations= or kinds=, or let it with most="
            raise ValueError(f"this would be {len(planned)} runs, more than {most}; {fix}")
        return planned

    return plan


def _calls(exchanges: list[Exchange]) -> Iterator[tuple[str, str, int]]:
    """Vendor, operation and turn of each call that an operation answered."""
    turns: Counter[tuple[str, str]] = Counter()
    for exchange in exchanges:
        vendor, operation = exchange["vendor"], exchange["operation"]
        if vendor is not None and operation is not None:
            turns[vendor, operation] += 1
            yield vendor, operation, turns[vendor, operation]


def _failures(problems: Mapping[str, int], kinds: Collection[str]) -> Iterator[tuple[str, Wish]]:
    """The failures of an operation, each in words and as a fault."""
    for kind in KINDS:
        if kind not in kinds:
            continue
        if kind == "problem":
            for name, status in problems.items():
                yield f"{status} {name}", {"kind": kind, "problem": name}
        elif kind == "status":
            for status in _STATUSES:
                if status not in problems.values() or "problem" not in kinds:
                    yield f"status {status}", {"kind": kind, "status": status}
        else:
            yield kind, {"kind": kind}


def _further(vendor: str, operation: str, also: Sequence[Wish]) -> Iterator[tuple[str, Wish]]:
    """The faults of the caller's own that are meant for the operation."""
    for wish in also:
        if wish.get("vendor", vendor) == vendor and wish.get("operation", operation) == operation:
            options = {name: value for name, value in wish.items() if name not in ("vendor", "operation")}
            words = [f"{name}={value!r}" for name, value in options.items() if name != "kind"]
            yield " ".join([str(wish["kind"]), *words]), options
