"""Faults of a world: planned failures, and when they occur."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, TypedDict, Unpack
from urllib.parse import quote

from mockserver.client.connection import Connection
from mockserver.client.fault_search import Day, Limits, Plan, search
from mockserver.client.fault_sweep import KINDS, Sweep, SweptWorld, create_planner, run_sweep
from mockserver.formats.durations import in_seconds
from mockserver.worst_day.claims import Claims
from mockserver.worst_day.invariants import nothing_doubled, raised_or_done
from mockserver.worst_day.search_result import Search
from mockserver.worst_day.verdict import Invariant
from mockserver.worst_day.vocabulary import KINDS as SEARCH_KINDS

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module


Kind = Literal[
    "problem",
    "status",
    "rate_limited",
    "latency",
    "drop_before",
    "drop_after",
    "reset",
    "truncate",
    "trickle",
    "garbage",
    "drift",
    "duplicate",
    "partial",
]


Duration = timedelta | float | str
"""A timedelta, a number of seconds, or text such as `200ms`."""


class Seconds(TypedDict, total=False):
    """A distribution of delays: exactly one of its members."""

    uniform: tuple[Duration, Duration] | list[Duration]
    lognormal: Mapping[str, Duration]


class Options(TypedDict, total=False):
    """When a fault applies (`method` … `probability`), and what it does, by its kind."""

    method: str
    path: str
    where: Mapping[str, Any]
    query: Mapping[str, str | float]
    headers: Mapping[str, str | float]
    after: int
    times: int | None
    every: int
    probability: float
    problem: str
    details: Mapping[str, Any]
    status: int
    body: Any
    reply_headers: Mapping[str, str]
    seconds: Duration | Seconds
    clock: bool
    retry_after: Duration
    field: str
    change: Literal["removed", "renamed", "nulled", "retyped"]
    to: str
    also: Sequence[Mapping[str, str]]
    item: int


class Fault:
    """One fault; as a context manager it is removed at the end of the `with` block."""

    def __init__(self, connection: Connection, path: str, details: Mapping[str, Any]) -> None:
        self._connection = connection
        self._path = f"{path}/{details['id']}"
        self.id: str = details["id"]
        self.kind: str = details["kind"]
        self._removed: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"Fault({self.id}, {self.kind})"

    def __enter__(self) -> "Fault":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._removed is None:
            self.remove()

    def read(self) -> dict[str, Any]:
        """Its options and counters: `seen` calls matched it, `spent` of them were affected.

        After `remove`, or the end of its `with` block, they are those of that moment.
        """
        if self._removed is not None:
            return dict(self._removed)
        details: dict[str, Any] = self._connection.send("GET", self._path)
        return details

    @property
    def seen(self) -> int:
        """The number of calls that matched the fault."""
        return int(self.read()["seen"])

    @property
    def spent(self) -> int:
        """The number of calls that the fault affected."""
        return int(self.read()["spent"])

    def remove(self) -> None:
        """Remove the fault; its counters stay readable. Raises ControlError (unknown_fault) if it is gone."""
        last = self.read()
        self._connection.send("DELETE", self._path)
        self._removed = last


class Faults:
    """All faults of one world."""

    def __init__(self, connection: Connection, path: str, world: SweptWorld) -> None:
        self._connection = connection
        self._path = path
        self._world = world

    def add(self, vendor: str | None, operation: str | None, kind: Kind, **options: Unpack[Options]) -> Fault:
        """Adds a fault: `add(vendor, "create_audience", "drop_after")` affects the next such call.

        None as vendor or operation matches any. `method`, `path`, `where` (JSON pointers into the body),
        `query`, `headers`, `after`, `times` (default 1; None: until it is removed), `every` and `probability`
        choose the calls; the other options are those of its kind. Raises ControlError (unfit_fault) for a
        fault that could never apply.
        """
        aim = {"vendor": vendor, "operation": operation}
        target = {name: value for name, value in aim.items() if value is not None}
        body = {**target, "kind": kind, **options, **_format_durations(options)}
        details = self._connection.send("POST", self._path, body)
        return Fault(self._connection, self._path, details)

    def all(self) -> list[Fault]:
        """All faults in the order in which they were added, including spent ones."""
        return [Fault(self._connection, self._path, details) for details in self.read()]

    def read(self) -> list[dict[str, Any]]:
        """All faults as dicts: their options, `id`, `seen` and `spent`."""
        faults: list[dict[str, Any]] = self._connection.send("GET", self._path)["faults"]
        return faults

    def remove(self, id: str) -> None:
        """Remove the fault with this id. Raises ControlError (unknown_fault)."""
        self._connection.send("DELETE", f"{self._path}/{quote(id, safe='')}")

    def clear(self) -> None:
        """Remove all faults."""
        self._connection.send("DELETE", self._path)

    def sweep(
        self,
        function: Callable[[], object],
        *,
        handles: type[BaseException] | tuple[type[BaseException], ...] = (),
        vendors: Collection[str] | None = None,
        operations: Collection[str] | None = None,
        kinds: Collection[str] = KINDS,
        also: Sequence[Mapping[str, Any]] = (),
        most: int = 500,
    ) -> Sweep:
        """Run the function once for every failure that its calls can meet, and return the outcomes.

        A first run without faults finds the operations that the function calls. Then it runs once for each
        call and failure: every problem that the contract declares for the operation, 429, 500 and 503,
        connections dropped before and after the operation, a truncated body, and a body that is not JSON.
        `also` are further faults, such as `{"kind": "latency", "seconds": 30}` (with `vendor` and `operation`
        unless they apply to every call). Each run starts from the world's current state, which is restored at
        the end.

        A failure is handled if the function returns or raises one of `handles`; a failing assertion in the
        function is not handled. `vendors`, `operations` and `kinds` narrow the sweep. Raises ValueError if
        there is nothing to sweep or more than `most` runs are needed, and whatever the first run raises.
        """
        plan = create_planner(
            self._problems(), vendors=vendors, operations=operations, kinds=kinds, also=also, most=most
        )
        return run_sweep(self._world, self.add, function, plan, handles)

    def search(
        self,
        *functions: Callable[..., object],
        invariant: Invariant | Sequence[Invariant] = (raised_or_done, nothing_doubled),
        handles: type[BaseException] | tuple[type[BaseException], ...] = Exception,
        budget: Duration = 60,
        calls: int | None = None,
        most_events: int = 3,
        kinds: Collection[str] = SEARCH_KINDS,
        jumps: Collection[Duration] = ("2h",),
        claims: Claims | None = None,
        waiting: bool = True,
        patience: Duration = 1.0,
        seed: int = 0,
    ) -> Search:
        """Search for the few events that together break an invariant; of one function, or of two at once.

        An event is a fault of a call, a jump of the clock before a call (by one of `jumps`), or a switch to
        the other function before a call: of two functions only one runs at a time. Each run starts from the
        world's current state, which is restored at the end; the journal is empty then. A function may take
        the world as its parameter. Its waits move the world's clock, unless `waiting` is false.

        An invariant takes the `Run`, and raises AssertionError or returns False where it is broken. An error
        that is not one of `handles`, or a failed assertion, is always a finding. The search ends after
        `budget` real seconds; with `calls`, after this many calls of the functions, and then it is the same
        for the same `seed`. Raises FaultSearchError if there is nothing to search, or if an invariant is
        broken without any event, and whatever a run without events raises.
        """
        plan = Plan(
            [invariant] if callable(invariant) else [*invariant],
            handles,
            kinds,
            jumps,
            most_events,
            Limits(budget, calls),
            seed,
            is_prepared=bool(self._world.journal()),
        )
        day = self.day(*functions, handles=handles, claims=claims, waiting=waiting, patience=patience)
        try:
            return search(day, self.add, self._problems(), plan)
        finally:
            day.end()

    def day(
        self,
        *functions: Callable[..., object],
        handles: type[BaseException] | tuple[type[BaseException], ...] = Exception,
        claims: Claims | None = None,
        waiting: bool = True,
        patience: Duration = 1.0,
    ) -> Day:
        """A day of one or two functions, to be run with chosen events: what `search` prints uses it.

        The functions run without events first, to find out what is right. Then add faults, call
        `.run(switches=…, jumps=…)`, and `.check(invariant, …)`.
        """
        return Day(
            self._connection,
            self._world,
            functions,
            handles=handles,
            claims=claims,
            waiting=waiting,
            patience=patience,
        )

    def _problems(self) -> dict[tuple[str, str], dict[str, int]]:
        """The problems of each vendor and operation, with their statuses."""
        return {
            (vendor["name"], operation["name"]): operation["problems"]
            for vendor in self._connection.send("GET", "/vendors")["vendors"]
            for operation in vendor["operations"]
        }


def _format_durations(options: Options) -> dict[str, Any]:
    """The durations among the options, in seconds. Raises `ValueError` for text that is not a duration."""
    durations: Mapping[str, Any] = {**options}
    return {name: in_seconds(durations[name]) for name in ("seconds", "retry_after") if name in durations}
