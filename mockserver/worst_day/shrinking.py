"""Makes a history that breaks an invariant as small as it can be, with the invariant still broken."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from mockserver.worst_day.events import Event, FaultEvent, History, Jump, in_order

_SIMPLE: Final = ("status", (("status", 503),))
"""The kind and the options of the simplest fault."""


def shrink(history: History, breaks: Callable[[History], bool], most_runs: int) -> History:
    """The smallest history that still breaks it, found in at most `most_runs` runs."""
    tried: set[History] = {history}
    runs = 0
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for candidate in _smaller(history):
            if candidate in tried:
                continue
            if runs >= most_runs:
                return history
            tried.add(candidate)
            runs += 1
            if breaks(candidate):
                history, is_smaller = candidate, True
                break
    return history


def _smaller(history: History) -> Iterator[History]:
    """Smaller histories, the smallest first: without an event, then with a simpler one."""
    for index, removed in enumerate(history):
        rest = [*history[:index], *history[index + 1 :]]
        if rest:
            yield in_order(rest)
            yield in_order(_without_its_call(event, removed) for event in rest)
    for index, event in enumerate(history):
        for simpler in _simpler(event):
            yield in_order([*history[:index], simpler, *history[index + 1 :]])


def _without_its_call(event: Event, removed: Event) -> Event:
    """The event as it is if the removed one brought about one call less."""
    if event.call <= removed.call or event.call == 1:
        return event
    moved = replace(event, call=event.call - 1)
    if (
        isinstance(moved, FaultEvent)
        and isinstance(removed, FaultEvent)
        and moved.operation == removed.operation
        and moved.number > 1
    ):
        return replace(moved, number=moved.number - 1)
    return moved


def _simpler(event: Event) -> Iterator[Event]:
    if isinstance(event, Jump):
        for seconds in (3_600.0, 7_200.0, 86_400.0):
            if seconds < event.seconds:
                yield replace(event, seconds=seconds)
    elif isinstance(event, FaultEvent) and (event.kind, event.options) != _SIMPLE:
        yield replace(event, kind=_SIMPLE[0], options=_SIMPLE[1])
