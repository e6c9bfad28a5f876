"""The faults of a world: what shall go wrong in it, and when."""

from collections.abc import Mapping
from typing import Any

from mockserver.client.connection import Connection


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

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path

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

    def clear(self) -> None:
        """Disarm all."""
        self._connection.send("DELETE", self._path)
