"""Metrics for Prometheus: what was called, how long it took, what was wrong, what waits."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from mockserver.errors import StoreUnavailableError
from mockserver.state.events import CallEvent
from mockserver.state.worlds import Worlds

_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """Counts the calls of this process, or of all that count in the same folder."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self, folder: str | None = None) -> None:
        """`folder`: where the workers of one server count together; prometheus_client has to know it too
        (`settings.count_together`), before it is imported.
        """
        self._registry = registry = CollectorRegistry()
        self._folder = folder
        operation = ("vendor", "operation")
        self._calls = Counter(
            "mockserver_calls", "Calls that were answered.", (*operation, "status"), registry=registry
        )
        self._seconds = Histogram(
            "mockserver_call_duration_seconds",
            "How long calls took, without planned delays.",
            operation,
            registry=registry,
            buckets=_BUCKETS,
        )
        self._violations = Counter(
            "mockserver_violations",
            "What did not fit the contract, in calls and in replies.",
            (*operation, "side"),
            registry=registry,
        )
        self._faults = Counter(
            "mockserver_faults", "Planned faults that struck.", ("vendor", "kind"), registry=registry
        )
        self._flaws = Counter(
            "mockserver_flaws",
            "Calls to paths, methods and vendors that nobody knows, and broken promises.",
            ("vendor", "flaw"),
            registry=registry,
        )

    def on_call(self, seen: CallEvent) -> None:
        """Counts a call."""
        vendor, operation = seen.vendor or "", seen.operation or ""
        self._calls.labels(vendor, operation, str(seen.status)).inc()
        self._seconds.labels(vendor, operation).observe(seen.duration_us / 1_000_000)
        for side in seen.sides:
            self._violations.labels(vendor, operation, side).inc()
        for _id, kind in seen.faults:
            self._faults.labels(vendor, kind).inc()
        if seen.flaw:
            self._flaws.labels(vendor, seen.flaw).inc()

    def page(self, worlds: Worlds) -> str:
        """Everything in the text format: what was counted, and how things stand now."""
        counted = self._registry
        if self._folder is not None:
            counted = CollectorRegistry()
            MultiProcessCollector(counted, self._folder)  # type: ignore[no-untyped-call]
        standing = CollectorRegistry()
        standing.register(_GaugeCollector(worlds))
        return (generate_latest(counted) + generate_latest(standing)).decode()


class _GaugeCollector(Collector):
    """What the store tells: the same by every server that shares it."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def collect(self) -> Iterator[Metric]:
        """Whether the store answers and, if so, how many worlds there are and how many jobs are late."""
        try:
            number, late = self._worlds.count(), self._worlds.count_overdue_jobs()
        except StoreUnavailableError:
            yield GaugeMetricFamily("mockserver_store_up", "Whether the store can be asked.", 0)
            return
        yield GaugeMetricFamily("mockserver_store_up", "Whether the store can be asked.", 1)
        yield GaugeMetricFamily("mockserver_worlds", "How many worlds there are.", number)
        yield GaugeMetricFamily(
            "mockserver_jobs_late",
            "Jobs that are due by their world's clock and wait for its next call.",
            late,
        )
