"""Prometheus metrics: calls, durations, violations, faults, worlds and overdue jobs."""

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
    """Counts the calls of this process, or of all workers that use the same folder."""

    media_type: str = CONTENT_TYPE_LATEST

    def __init__(self, folder: str | None = None) -> None:
        """`folder` is where the workers of one server add up their counts; prometheus_client must know it
        before it is imported (`environment.share_metrics`).
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
            "Violations of the contract, in calls and in replies.",
            (*operation, "side"),
            registry=registry,
        )
        self._faults = Counter(
            "mockserver_faults", "Planned faults that affected a call.", ("vendor", "kind"), registry=registry
        )
        self._flaws = Counter(
            "mockserver_flaws",
            "Calls to unknown paths, methods and vendors, and contract violations by this server.",
            ("vendor", "flaw"),
            registry=registry,
        )

    def on_call(self, event: CallEvent) -> None:
        """Counts a call."""
        vendor, operation = event.vendor or "", event.operation or ""
        self._calls.labels(vendor, operation, str(event.status)).inc()
        self._seconds.labels(vendor, operation).observe(event.duration_us / 1_000_000)
        for side in event.sides:
            self._violations.labels(vendor, operation, side).inc()
        for _id, kind in event.faults:
            self._faults.labels(vendor, kind).inc()
        if event.flaw:
            self._flaws.labels(vendor, event.flaw).inc()

    def page(self, worlds: Worlds) -> str:
        """All metrics in Prometheus' text format."""
        counters = self._registry
        if self._folder is not None:
            counters = CollectorRegistry()
            MultiProcessCollector(counters, self._folder)  # type: ignore[no-untyped-call]
        gauges = CollectorRegistry()
        gauges.register(_GaugeCollector(worlds))
        return (generate_latest(counters) + generate_latest(gauges)).decode()


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
