"""Prometheus metrics: calls, durations, violations, faults, worlds and overdue jobs."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from mockserver.errors import StoreUnavailableError
from mockserver.server.shared_counts import Key, SharedCounts
from mockserver.state.events import CallEvent
from mockserver.state.worlds import Worlds

_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_LE: Final = (*map(str, _BUCKETS), "+Inf")
_OPERATION: Final = ("vendor", "operation")
_CALLS: Final = "mockserver_calls"
_SECONDS: Final = "mockserver_call_duration_seconds"
_VIOLATIONS: Final = "mockserver_violations"
_FAULTS: Final = "mockserver_faults"
_FLAWS: Final = "mockserver_flaws"
_ONE: Final = (1.0,)
_COUNTERS: Final = {
    _CALLS: ("Calls that were answered.", (*_OPERATION, "status")),
    _VIOLATIONS: ("Violations of the contract, in calls and in replies.", (*_OPERATION, "side")),
    _FAULTS: ("Planned faults that affected a call.", ("vendor", "kind")),
    _FLAWS: (
        "Calls to unknown paths, methods and vendors, and contract violations by this server.",
        ("vendor", "flaw"),
    ),
}


class Metrics:
    """Counts the calls of this process, or of all workers that use the same folder."""

    media_type: str = CONTENT_TYPE_LATEST

    def __init__(self, folder: str | None = None) -> None:
        """`folder` is where the workers of one server add up their counts."""
        self._counts = SharedCounts(folder)

    def on_call(self, event: CallEvent) -> None:
        """Counts a call."""
        add, vendor, operation = self._counts.add, event.vendor or "", event.operation or ""
        add((_CALLS, vendor, operation, str(event.status)), _ONE)
        add((_SECONDS, vendor, operation), _duration_row(event.duration_us / 1_000_000))
        for side in event.sides:
            add((_VIOLATIONS, vendor, operation, side), _ONE)
        for _id, kind in event.faults:
            add((_FAULTS, vendor, kind), _ONE)
        if event.flaw:
            add((_FLAWS, vendor, event.flaw), _ONE)

    def page(self, worlds: Worlds) -> str:
        """All metrics in Prometheus' text format."""
        registry = CollectorRegistry()
        registry.register(_CountCollector(self._counts))
        registry.register(_GaugeCollector(worlds))
        return generate_latest(registry).decode()


def _duration_row(seconds: float) -> list[float]:
    """One duration as numbers to add: a number for each bucket, and the sum."""
    row = [0.0] * (len(_LE) + 1)
    row[bisect_left(_BUCKETS, seconds)] = 1.0
    row[-1] = seconds
    return row


class _CountCollector(Collector):
    """Counters and durations, by what was counted since the server started."""

    def __init__(self, counts: SharedCounts) -> None:
        self._counts = counts

    def describe(self) -> Iterator[Metric]:
        """No metrics: to register this needs no counting."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The counters and the durations."""
        totals = self._counts.totals()
        for name, (text, labels) in _COUNTERS.items():
            counter = CounterMetricFamily(name, text, labels=labels)
            for values, (number,) in _rows_of(totals, name):
                counter.add_metric(values, number)
            yield counter
        seconds = HistogramMetricFamily(
            _SECONDS, "How long calls took, without planned delays.", labels=_OPERATION
        )
        for values, (*numbers, total) in _rows_of(totals, _SECONDS):
            seconds.add_metric(values, [*zip(_LE, accumulate(numbers), strict=True)], total)
        yield seconds


def _rows_of(totals: dict[Key, list[float]], metric: str) -> Iterator[tuple[Key, list[float]]]:
    """The values of the labels, and the numbers, of a metric."""
    return ((key[1:], row) for key, row in totals.items() if key[0] == metric)


class _GaugeCollector(Collector):
    """Gauges read from the store; every server that shares it reports the same values."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def collect(self) -> Iterator[Metric]:
        """Whether the store answers and, if so, the numbers of worlds and of overdue jobs."""
        try:
            self._worlds.store.check()
            number, late = self._worlds.count(), self._worlds.count_overdue_jobs()
        except StoreUnavailableError:
            yield GaugeMetricFamily("mockserver_store_up", "Whether the store answers.", 0)
            return
        yield GaugeMetricFamily("mockserver_store_up", "Whether the store answers.", 1)
        yield GaugeMetricFamily("mockserver_worlds", "Number of worlds.", number)
        yield GaugeMetricFamily(
            "mockserver_jobs_late",
            "Jobs that are due by their world's clock and wait for its next call.",
            late,
        )
