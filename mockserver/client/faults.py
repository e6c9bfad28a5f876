"""The faults of a world: what shall go wrong in it, and when."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from mockserver.client.connection import Connection
from mockserver.client.fault_sweep import KINDS, Sweep, Swept, planner, run_each

__tracebackhide__ = True  # a test that fails in here shows its own line


class Fault:
    """One fault; in a `with` statement it is armed for that long."""

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
        """What was wished for, with what it has done: `seen` calls it was meant for, `spent` on them."""
        shown: dict[str, Any] = self._connection.send("GET", self._path)
        return shown

    @property
    def seen(self) -> int:
        """How many calls there were that it is meant for."""
        return int(self.read()["seen"])

    @property
    def spent(self) -> int:
        """How many of them it struck."""
        return int(self.read()["spent"])

    def remove(self) -> None:
        """Disarm it. Raises ControlError (unknown_fault) if it is gone already."""
        self._connection.send("DELETE", self._path)


class Faults:
    """All faults of one world."""

    def __init__(self, connection: Connection, path: str, world: Swept) -> None:
        self._connection = connection
        self._path = path
        self._world = world

    def add(self, vendor: str | None, operation: str | None, kind: str, **options: Any) -> Fault:
        """Arm one: `add(vendor, "create_audience", "drop_after")` strikes the next such call.

        Without a vendor or an operation it is meant for any. When it strikes: `method`, `path`, `where`,
        `after`, `times` (1; None: until it is removed), `every`, `probability`; what it does is for its kind
        to say.
        """
        aim = {"vendor": vendor, "operation": operation}
        wish = {name: value for name, value in aim.items() if value is not None}
        shown = self._connection.send("POST", self._path, {**wish, "kind": kind, **options})
        return Fault(self._connection, self._path, shown)

    def all(self) -> list[Fault]:
        """All of them in the order in which they were armed, the spent ones too."""
        return [Fault(self._connection, self._path, one) for one in self.read()]

    def read(self) -> list[dict[str, Any]]:
        """The same as they are now: what was wished for, `id`, `seen` and `spent`."""
        faults: list[dict[str, Any]] = self._connection.send("GET", self._path)["faults"]
        return faults

    def remove(self, id: str) -> None:
        """Disarm one by its id. Raises ControlError (unknown_fault) if there is none."""
        self._connection.send("DELETE", f"{self._path}/{quote(id, safe='')}")

    def clear(self) -> None:
        """Disarm all."""
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
        """What the function makes of every failure that its calls can meet, in a run for each.

        A first run shows which operations it calls. Then it runs once for each call and failure: every
        problem that the contract names for the operation, 429, 500 and 503, connections that break before and
        after the work is done, half a body, and a page that is no JSON; `also` are further faults, such as
        `{"kind": "latency", "seconds": 30}` (with `vendor` and `operation` if not for every call). Each run
        begins with the world as it is now, and so is it left.

        A failure is handled if the function returns, or raises one of `handles`: what it asserts itself is
        part of that. `vendors`, `operations` and `kinds` narrow the sweep. Raises ValueError if there is
        nothing to sweep or there would be more than `most` runs, and whatever the first run raises.
        """
        known = self._connection.send("GET", "/vendors")["vendors"]
        problems = {
            (vendor["name"], one["name"]): one["problems"] for vendor in known for one in vendor["operations"]
        }
        plan = planner(problems, vendors=vendors, operations=operations, kinds=kinds, also=also, most=most)
        return run_each(self._world, self.add, function, plan, handles)
