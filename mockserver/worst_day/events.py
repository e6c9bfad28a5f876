"""The events of a bad day: a fault, a jump of the clock, a switch to the other client."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.formats.durations import format_seconds


@dataclass(frozen=True)
class FaultEvent:
    """A fault that meets call `number` (from 1) of an operation; `options` are those of its kind."""

    call: int
    vendor: str
    operation: str
    number: int
    kind: str
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def place(self) -> tuple[int, int]:
        """Its place in the order of the events."""
        return (self.call, 2)

    @property
    def label(self) -> str:
        """The kind with its option, without the call that it meets."""
        return " ".join([self.kind, *(str(value) for _name, value in self.options)])

    def __str__(self) -> str:
        return f"{self.label} of {self.vendor} {self.operation} (call {self.number} of it)"

    def as_options(self) -> dict[str, Any]:
        """The options of `faults.add`."""
        return {**dict(self.options), **({"after": self.number - 1} if self.number > 1 else {})}


@dataclass(frozen=True)
class Jump:
    """The clock jumps before a call (from 1, over all functions)."""

    call: int
    seconds: float

    @property
    def place(self) -> tuple[int, int]:
        """Its place in the order of the events."""
        return (self.call, 1)

    def __str__(self) -> str:
        return f"the clock jumps by {format_seconds(self.seconds)} before call {self.call}"


@dataclass(frozen=True)
class Switch:
    """The other function goes on, in place of the one that is about to make a call."""

    call: int

    @property
    def place(self) -> tuple[int, int]:
        """Its place in the order of the events."""
        return (self.call, 0)

    def __str__(self) -> str:
        return f"the other function goes on before call {self.call}"


Event = FaultEvent | Jump | Switch
History = tuple[Event, ...]
"""The events of one run, in their order."""


def in_order(events: Iterable[Event]) -> History:
    """The events as a history."""
    return tuple(sorted(events, key=lambda event: event.place))


def faults(history: History) -> list[FaultEvent]:
    """The faults of a history."""
    return [event for event in history if isinstance(event, FaultEvent)]


def jumps(history: History) -> Mapping[int, float]:
    """The jumps of a history, by the call that comes next."""
    return {event.call: event.seconds for event in history if isinstance(event, Jump)}


def switches(history: History) -> list[int]:
    """The calls before which the other function goes on."""
    return [event.call for event in history if isinstance(event, Switch)]
