"""Metrics of the server."""

from typing import Protocol, runtime_checkable

from mockserver.call import Call, Reply
from mockserver.errors import Problem
from mockserver.state.worlds import Worlds


@runtime_checkable
class MetricsPage(Protocol):
    """An observer that renders the metrics it has counted."""

    media_type: str

    def page(self, worlds: Worlds) -> str:
        """The metrics in Prometheus' text format."""


def get_metrics(call: Call, worlds: Worlds) -> object:
    """The metrics in Prometheus' text format. Raises metrics_off."""
    for one in worlds.observers:
        if isinstance(one, MetricsPage):
            return Reply(one.page(worlds), headers={"Content-Type": one.media_type})
    raise Problem("metrics_off")
