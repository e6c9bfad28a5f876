"""Events for observers of calls, such as logs and metrics; signals for those who watch one world."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from mockserver.formats.sanitize import format_traceback

_log = logging.getLogger("mockserver")


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One answered call; secrets in method and URL are blanked, so that it can be logged.

    `shown_world` is the name of the world for logs, likewise: callers choose it.
    `id` is that of the exchange in the journal; `faults` are the (id, kind) of all faults that affected the
    call; `sides` has, for each violation, whether the call or the reply caused it.
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
    shown_world: str | None = None


class Observer(Protocol):
    """Receives an event for every call."""

    def on_call(self, event: CallEvent) -> None:
        """Handles one call, after its transaction was committed."""


class WorldSignals:
    """A function for each world that is watched, called after every call to it and every other change.

    Without a watcher, a call costs a look at an empty dictionary.
    """

    def __init__(self) -> None:
        self.watchers: dict[str, Callable[[], object]] = {}

    def watch(self, world: str, wake: Callable[[], object]) -> None:
        """Lets `wake` be called from now on; it must be quick, and is called from any thread."""
        self.watchers[world] = wake

    def unwatch(self, world: str) -> None:
        """Ends that."""
        self.watchers.pop(world, None)

    def send(self, world: str) -> None:
        """Wakes the watcher of a world in which something has happened and was committed."""
        wake = self.watchers.get(world)
        if wake is not None:
            wake()


def notify(
    observers: Iterable[Observer], make_event: Callable[[], CallEvent], redact: Callable[[str], str]
) -> None:
    """Passes the event to the observers. A failure is only logged: the call was committed.

    `redact` blanks secrets in what the caller chose; the URL, whose query has its own rules, comes without.
    """
    try:
        event = make_event()
        event = replace(event, method=redact(event.method), shown_world=event.world and redact(event.world))
    except Exception as error:
        _log.error("a call could not be reported\n%s", format_traceback(error))
        return
    for observer in observers:
        try:
            observer.on_call(event)
        except Exception as error:
            _log.error("an observer failed\n%s", format_traceback(error))


def from_exchange(exchange: Mapping[str, Any], world: str) -> CallEvent:
    """The event of an exchange in a world's journal."""
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
