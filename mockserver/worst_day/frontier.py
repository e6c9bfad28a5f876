"""The histories that are still to be tried, the most promising first.

A history is tried only after the one without its last event, whose run shows the calls after it. It is
promising if that run has met something new, if its last event follows closely on the one before, and if it
meets a call that only the events have brought about.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final, NamedTuple

from mockserver.worst_day.events import Event, FaultEvent, History, Jump, Switch
from mockserver.worst_day.run import Run
from mockserver.worst_day.traces import Met, aftermath, features, met_calls
from mockserver.worst_day.vocabulary import Failure

_OF_DEPTH: Final = 1.0
_OF_DISTANCE: Final = 0.15
_OF_NOTHING_NEW: Final = 2.5
_OF_LIKE_ANOTHER: Final = 1.5
_OF_NEW_CALL: Final = -1.0
_OF_SWITCH: Final = 0.3
_OF_DISTANCE_IN_ORDER: Final = 0.05
"""Of histories with nothing but switches, all short ones are tried: they are few, each is another order."""
_OF_JUMP: Final = 0.5
_RANDOM_EACH: Final = 5
"""One in this many histories is drawn from all, so that no measure can keep one from ever being tried."""
_MAX_WAITING: Final = 100_000


class _Waiting(NamedTuple):
    score: float
    order: float
    history: History


class Frontier:
    """Histories of up to `most_events` events."""

    def __init__(
        self,
        failures: Mapping[tuple[str, str], Sequence[Failure]],
        jumps: Sequence[float],
        most_events: int,
        seed: int,
    ) -> None:
        self._failures, self._jumps, self._most_events = failures, jumps, most_events
        self._random = Random(seed)
        self._heap: list[_Waiting] = []
        self._seen: set[frozenset[Event]] = set()
        self._met: set[object] = set()
        self._clean_calls: set[Met] = set()
        self._aftermaths: dict[tuple[str, str, object], str] = {}
        self._like_another: set[tuple[str, str, str]] = set()
        self._unfit: set[tuple[str, str, str]] = set()
        self._taken = 0

    @property
    def met(self) -> int:
        """How many different things the runs have met."""
        return len(self._met)

    def add(self, run: Run) -> None:
        """Take note of a run, and let the histories that go on from it wait."""
        found = {*features(run)}
        is_new = not found <= self._met
        self._met |= found
        calls = met_calls(run.exchanges)
        if not run.history:
            self._clean_calls |= {*calls}
        self._compare(run)
        if len(run.history) >= self._most_events:
            return
        last = run.history[-1].place if run.history else (0, 0)
        base = sum(_OF_SWITCH if isinstance(event, Switch) else _OF_DEPTH for event in run.history)
        base += 0.0 if is_new else _OF_NOTHING_NEW
        for event, rank in self._next_events(run, calls):
            key = frozenset([*run.history, event])
            if event.place <= last or key in self._seen or len(self._heap) >= _MAX_WAITING:
                continue
            self._seen.add(key)
            score = base + rank + _OF_DISTANCE * (event.call - last[0])
            if calls[event.call - 1] not in self._clean_calls:
                score += _OF_NEW_CALL
            if all(isinstance(one, Switch) for one in key):
                score = _OF_SWITCH * len(key) + _OF_DISTANCE_IN_ORDER * event.call
            heapq.heappush(self._heap, _Waiting(score, self._random.random(), (*run.history, event)))

    def take(self) -> History | None:
        """The next history to try; None if all have been tried."""
        while self._heap:
            self._taken += 1
            if self._taken % _RANDOM_EACH == 0:
                index = self._random.randrange(len(self._heap))
                waiting = self._heap[index]
                self._heap[index] = self._heap[-1]
                self._heap.pop()
                heapq.heapify(self._heap)
            else:
                waiting = heapq.heappop(self._heap)
                if self._is_late(waiting):
                    continue
            if not self._is_unfit(waiting.history[-1]):
                return waiting.history
        return None

    def reject(self, event: FaultEvent) -> None:
        """Never try this fault on its operation again: it cannot apply."""
        self._unfit.add((event.vendor, event.operation, event.kind))

    def _is_late(self, waiting: _Waiting) -> bool:
        """Let a fault wait longer if it has been found to be like another one on its operation."""
        event = waiting.history[-1]
        is_single = len(waiting.history) == 1
        if is_single or not isinstance(event, FaultEvent) or waiting.order >= 1:
            return False
        if (event.vendor, event.operation, event.label) not in self._like_another:
            return False
        later = waiting._replace(score=waiting.score + _OF_LIKE_ANOTHER, order=waiting.order + 1)
        heapq.heappush(self._heap, later)
        return True

    def _is_unfit(self, event: Event) -> bool:
        return isinstance(event, FaultEvent) and (event.vendor, event.operation, event.kind) in self._unfit

    def _compare(self, run: Run) -> None:
        """Find out by runs with one fault which faults have the same consequences."""
        if len(run.history) != 1 or not isinstance(run.history[0], FaultEvent):
            return
        event = run.history[0]
        key = (event.vendor, event.operation, (event.number, aftermath(run, event.call)))
        label = self._aftermaths.setdefault(key, event.label)
        if label != event.label:
            self._like_another.add((event.vendor, event.operation, event.label))
        else:
            self._like_another.discard((event.vendor, event.operation, event.label))

    def _next_events(self, run: Run, calls: Sequence[Met]) -> Iterator[tuple[Event, float]]:
        for index, met in enumerate(calls):
            call = index + 1
            if call in run.open_to_switch:
                yield Switch(call), 0.0
            for seconds in self._jumps:
                yield Jump(call, seconds), _OF_JUMP
            if met.is_faulty or met.vendor is None or met.operation is None:
                continue
            for kind, options, rank in self._failures.get((met.vendor, met.operation), ()):
                yield FaultEvent(call, met.vendor, met.operation, met.number, kind, options), rank
