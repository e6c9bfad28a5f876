"""Fault sweep: runs a function once for every failure that its calls can meet, and records the outcomes."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from sysconfig import get_path
from traceback import extract_tb
from typing import Any, Final, Protocol

from mockserver.call import Exchange
from mockserver.client.coroutines import run_to_end

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module

KINDS: Final = ("problem", "status", "drop_before", "drop_after", "truncate", "garbage")
"""The kinds of fault that need no options beyond what the contract declares."""
_STATUSES: Final = (429, 500, 503)
_SNAPSHOT: Final = "before-the-sweep"
_MAX_ERROR_LENGTH: Final = 80
_MAX_LISTED: Final = 20

FaultOptions = Mapping[str, Any]
"""The options of a fault as `faults.add` takes them, with its kind."""


class SweptWorld(Protocol):
    """The methods of a world that a sweep uses."""

    @property
    def journal(self) -> Callable[..., list[Exchange]]:
        """The exchanges of the world."""

    def snapshot(self, name: str) -> None:
        """Save the current state."""

    def restore(self, name: str) -> None:
        """Restore a saved state."""

    def delete_snapshot(self, name: str) -> None:
        """Delete a saved state."""


class ArmedFault(Protocol):
    """The attributes of a fault that a sweep uses."""

    @property
    def spent(self) -> int:
        """The number of calls that the fault affected."""


AddFault = Callable[..., ArmedFault]
"""Arms a fault: vendor, operation, kind, options."""


@dataclass(frozen=True)
class Trial:
    """One run of the function, in which call number `call_number` (from 1) of the operation failed.

    `outcome` is `handled` (the function returned, or raised an allowed exception), `unhandled` (it raised
    `error`) or `missed` (it did not repeat the call, so that the run is inconclusive).
    """

    vendor: str
    operation: str
    call_number: int
    failure: str
    outcome: str
    error: BaseException | None = None

    def __str__(self) -> str:
        return self.describe(f" (call {self.call_number})" if self.call_number > 1 else "")

    def describe(self, call: str = "") -> str:
        """The run on one line; `call` says which call of the operation failed."""
        text = " ".join(f"{type(self.error).__name__}: {self.error}".split()) if self.error else ""
        raised = f", raised {text[:_MAX_ERROR_LENGTH]}{_error_location(self.error)}" if text else ""
        return f"{self.outcome:<9}  {self.failure:<28}  of {self.vendor} {self.operation}{call}{raised}"


@dataclass(frozen=True)
class Sweep:
    """The result of a sweep: every run with its outcome."""

    trials: tuple[Trial, ...]

    def __str__(self) -> str:
        return "\n".join([self._summary(), *(f"  {trial}" for trial in self.trials)])

    @property
    def handled(self) -> list[Trial]:
        """The runs in which the function handled the failure."""
        return [trial for trial in self.trials if trial.outcome == "handled"]

    @property
    def unhandled(self) -> list[Trial]:
        """The runs that ended with an exception that is not allowed."""
        return [trial for trial in self.trials if trial.outcome == "unhandled"]

    @property
    def missed(self) -> list[Trial]:
        """The runs in which the failure did not occur, because the function did not repeat the call."""
        return [trial for trial in self.trials if trial.outcome == "missed"]

    def assert_handled(self) -> None:
        """Assert that every failure occurred and was handled. Raises AssertionError that lists the others."""
        failed = [*self.unhandled, *self.missed]
        if not failed:
            return
        rows = [self._summary(), *(f"  {row}" for row in _group_by_failure(failed))]
        if self.missed:
            rows.append("  missed: the call was not repeated; let the function create what it needs itself")
        raise AssertionError("\n".join(rows))

    def _summary(self) -> str:
        total = len(self.trials)
        counts = [(len(self.unhandled), "unhandled"), (len(self.missed), "missed")]
        failed = " and ".join(f"{count} {outcome}" for count, outcome in counts if count)
        return f"{failed} of {total} failures" if failed else f"all {total} failures handled"


def _error_location(error: BaseException | None) -> str:
    """File and line of the innermost frame outside Python, installed packages and this module."""
    foreign = (get_path("stdlib"), get_path("purelib"), get_path("platlib"), __file__)
    frames = extract_tb(error.__traceback__) if error else []
    own = [frame for frame in frames if not frame.filename.startswith(foreign)]
    return f" at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""


def _group_by_failure(trials: Sequence[Trial]) -> Iterator[str]:
    """One line per failure and operation, truncated."""
    numbers: dict[str, list[str]] = {}
    for trial in trials:
        numbers.setdefault(trial.describe(), []).append(str(trial.call_number))
    for row, calls in [*numbers.items()][:_MAX_LISTED]:
        yield f"{row} (calls {', '.join(calls)})" if len(calls) > 1 else row
    if len(numbers) > _MAX_LISTED:
        yield f"… and {len(numbers) - _MAX_LISTED} more; print the sweep to see them all"


@dataclass(frozen=True)
class PlannedTrial:
    """A run that is still to be made: the call that fails, the fault, and its name in the result."""

    vendor: str
    operation: str
    call_number: int
    fault_options: FaultOptions
    failure: str


def run_sweep(
    world: SweptWorld,
    add_fault: AddFault,
    function: Callable[[], object],
    plan: Callable[[list[Exchange]], list[PlannedTrial]],
    handles: type[BaseException] | tuple[type[BaseException], ...],
) -> Sweep:
    """Run the function once without faults, then once for each trial planned from its exchanges.

    Every run starts from the world's current state, which is restored at the end.
    """
    last = world.journal()[-1:]
    world.snapshot(_SNAPSHOT)
    try:
        run_to_end(function)
        trials = []
        for planned in plan(world.journal(after=last[0]["number"] if last else 0)):
            world.restore(_SNAPSHOT)
            trials.append(_run_trial(add_fault, function, planned, handles))
        return Sweep(tuple(trials))
    finally:
        world.restore(_SNAPSHOT)
        world.delete_snapshot(_SNAPSHOT)


def _run_trial(
    add_fault: AddFault,
    function: Callable[[], object],
    planned: PlannedTrial,
    handles: type[BaseException] | tuple[type[BaseException], ...],
) -> Trial:
    options = {**planned.fault_options, "after": planned.call_number - 1, "times": 1}
    fault = add_fault(planned.vendor, planned.operation, **options)
    trial = (planned.vendor, planned.operation, planned.call_number, planned.failure)
    try:
        run_to_end(function)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except handles as error:
        return Trial(*trial, "handled" if fault.spent else "missed", error)
    except BaseException as error:  # pytest.fail and sys.exit do not count as handling either
        return Trial(*trial, "unhandled" if fault.spent else "missed", error)
    return Trial(*trial, "handled" if fault.spent else "missed")


def create_planner(
    problems: Mapping[tuple[str, str], Mapping[str, int]],
    *,
    vendors: Collection[str] | None,
    operations: Collection[str] | None,
    kinds: Collection[str],
    also: Sequence[FaultOptions],
    most: int,
) -> Callable[[list[Exchange]], list[PlannedTrial]]:
    """A function that plans the trials for a list of exchanges.

    `problems` are those of each (vendor, operation), with their statuses. Raises ValueError for an unknown
    kind; the returned function raises it for an empty plan and for one with more than `most` trials.
    """
    unknown = sorted({*kinds} - {*KINDS})
    if unknown:
        raise ValueError(f"unknown kind of fault {unknown[0]!r} (available: {', '.join(KINDS)})")

    def plan(exchanges: list[Exchange]) -> list[PlannedTrial]:
        planned = [
            PlannedTrial(vendor, operation, call_number, options, failure)
            for vendor, operation, call_number in _number_calls(exchanges)
            if (vendors is None or vendor in vendors) and (operations is None or operation in operations)
            for failure, options in [
                *_contract_failures(problems[vendor, operation], kinds),
                *_additional_failures(vendor, operation, also),
            ]
        ]
        if not planned:
            fix = "let the function call the vendor, or change vendors=, operations= or kinds="
            raise ValueError(f"nothing to sweep: no call matches; {fix}")
        if len(planned) > most:
            fix = "narrow it with vendors=, operations= or kinds=, or raise most="
            raise ValueError(f"the sweep needs {len(planned)} runs, more than {most}; {fix}")
        return planned

    return plan


def _number_calls(exchanges: list[Exchange]) -> Iterator[tuple[str, str, int]]:
    """Vendor, operation and number (from 1) of each call that reached an operation."""
    counts: Counter[tuple[str, str]] = Counter()
    for exchange in exchanges:
        vendor, operation = exchange["vendor"], exchange["operation"]
        if vendor is not None and operation is not None:
            counts[vendor, operation] += 1
            yield vendor, operation, counts[vendor, operation]


def _contract_failures(
    problems: Mapping[str, int], kinds: Collection[str]
) -> Iterator[tuple[str, FaultOptions]]:
    """The failures that follow from an operation's contract: name and fault options of each."""
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


def _additional_failures(
    vendor: str, operation: str, also: Sequence[FaultOptions]
) -> Iterator[tuple[str, FaultOptions]]:
    """The caller's additional faults that apply to the operation: name and fault options of each."""
    for fault in also:
        if fault.get("vendor", vendor) == vendor and fault.get("operation", operation) == operation:
            options = {name: value for name, value in fault.items() if name not in ("vendor", "operation")}
            words = [f"{name}={value!r}" for name, value in options.items() if name != "kind"]
            yield " ".join([str(fault["kind"]), *words]), options
