"""Who is told of every call once it is answered: logs and metrics. None by default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One call, as it may be told to anybody: what is secret in the URL is blanked.

    `id` is the exchange's in the journal; `faults` are (id, kind) of all that struck; `sides` says for each
    violation whether the call or the reply was wrong.
    """

    method: str
    url: str
    status: int
    duration_us: int
    id: str | None = None
    world: str | None = None
    vendor: str | None = None
    operation: str | None = None
    problem: str | None = None
    flaw: str | None = None
    faults: tuple[tuple[str, str], ...] = ()
    sides: tuple[str, ...] = ()


class Observer(Protocol):
    """Is told of calls."""

    def on_call(self, seen: CallEvent) -> None:
        """A call was answered, and what it wrote is kept."""


def from_exchange(exchange: Mapping[str, Any], world: str) -> CallEvent:
    """The call of an exchange in a world's journal."""
    call, fault = exchange["call"], exchange["fault"]
    return CallEvent(
        method=call["method"],
        url=call["url"],
        status=exchange["reply"]["status"],
        duration_us=exchange["duration_us"],
        id=exchange["id"],
        world=world,
        vendor=exchange["vendor"],
        operation=exchange["operation"],
        problem=exchange["problem"],
        flaw=exchange["flaw"],
        faults=((fault["id"], fault["kind"]),) if fault else (),
        sides=tuple(one["side"] for one in exchange["violations"]),
    )
