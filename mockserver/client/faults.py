"""The faults of a world: planned misbehaviour, through the control API."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack
from urllib.parse import quote

from mockserver.client.connection import Connection
from mockserver.client.fault_sweep import KINDS, Sweep, Swept, planner, run_each

__tracebackhide__ = True  # a test that fails in here shows its own line


Kind = Literal[
    "problem",
    "status",
    "rate_limited",
    "latency",
    "drop_before",
    "drop_after",
    "truncate",
    "garbage",
    "drift",
    "duplicate",
    "partial",
]


class Seconds(TypedDict, total=False):
    """A distribution of delays: exactly one of its members."""

    uniform: tuple[float, float] | list[float]
    lognormal: Mapping[str, float]


class Options(TypedDict, total=False):
    """When a fault applies (`method` … `probability`), and what it does, by its kind."""

    method: str
    path: str
    where: Mapping[str, Any]
    after: int
    times: int | None
    every: int
    probability: float
    problem: str
    details: Mapping[str, Any]
    status: int
    body: Any
    seconds: float | Seconds
    clock: bool
    retry_after: int
    field: str
    change: Literal["removed", "renamed", "nulled", "retyped"]
    to: str
    item: int


class Fault:
    """One fault; a `with` statement removes it at its end."""

    def __init__(self, connection: Connection, path: str, shown: Mapping[str, Any]) -> None:
        self._connection = connection
        self._path = f"{path}/{shown['id']}"
        self.id: str = shown["id"]
        self.kind: str = shown["kind"]

    def __repr__(self) -> str:
        return f"Fault({self.id}, {self.kind})"

    def __enter__(self) -> "Fault":
        return self

    def __exit__(self, *_trouble: object) -> None:
        self.remove()

    def read(self) -> dict[str, Any]:
        """The fault as added, and how many calls matched (`seen`) or were affected (`spent`)."""
        shown: dict[str, Any] = self._connection.send("GET", self._path)
        return shown

    @property
    def seen(self) -> int:
        """The number of calls that matched it."""
        return int(self.read()["seen"])

    @property
    def spent(self) -> int:
        """The number of calls that it affected."""
        return int(self.read()["spent"])

    def remove(self) -> None:
        """Removes it. Raises ControlError (unknown_fault) if it is removed already."""
        self._connection.send("DELETE", self._path)


class Faults:
    """All faults of one world."""

    def __init__(self, connection: Connection, path: str, world: Swept) -> None:
        self._connection = connection
        self._path = path
        self._world = world

    def add(self, vendor: str | None, operation: str | None, kind: Kind, **options: Unpack[Options]) -> Fault:
        """Adds a fault: `add(vendor, "create_audience", "drop_after")` affects the next such call.

        None as vendor or operation matches any. `method`, `path`, `where`, `after`, `times` (default 1; None:
        until it is removed), `every` and `probability` choose the calls; the other options are those of its
        kind. Raises ControlError (unfit_fault) for a fault that could never apply.
        """
        aim = {"vendor": vendor, "operation": operation}
        wish = {name: value for name, value in aim.items() if value is not None}
        shown = self._connection.send("POST", self._path, {**wish, "kind": kind, **options})
        return Fault(self._connection, self._path, shown)

    def all(self) -> list[Fault]:
        """All of them in the order in which they were added, those that are used up too."""
        return [Fault(self._connection, self._path, one) for one in self.read()]

    def read(self) -> list[dict[str, Any]]:
        """All of them as they are now: the members of each as it was added, `id`, `seen` and `spent`."""
        faults: list[dict[str, Any]] = self._connection.send("GET", self._path)["faults"]
        return faults

    def remove(self, id: str) -> None:
        """Removes one by its id. Raises ControlError (unknown_fault) for an unknown id."""
        self._connection.send("DELETE", f"{self._path}/{quote(id, safe='')}")

    def clear(self) -> None:
        """Removes all."""
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
        """Runs the function once for every failure that its calls can meet, and reports how it copes.

        A first run records which operations it calls. Then it runs once for each call and failure: every
        problem that the contract declares for the operation, 429, 500 and 503, connections that break before
        and after the work is done, half a body, and a body that is not JSON; `also` are further faults, such
        as `{"kind": "latency", "seconds": 30}` (with `vendor` and `operation` unless for every call). Each
        run starts from the world as it is now, and the world is left so.

        A failure is handled if the function returns or raises one of `handles`; its own assertions count.
        `vendors`, `operations` and `kinds` narrow the sweep. Raises ValueError if there is nothing to sweep
        or there would be more than `most` runs, and whatever the first run raises.
        """
        known = self._connection.send("GET", "/vendors")["vendors"]
        problems = {
            (vendor["name"], one["name"]): one["problems"] for vendor in known for one in vendor["operations"]
        }
        plan = planner(problems, vendors=vendors, operations=operations, kinds=kinds, also=also, most=most)
        return run_each(self._world, self.add, function, plan, handles)
