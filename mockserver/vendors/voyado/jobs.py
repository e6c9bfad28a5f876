"""Scheduled jobs: the nightly recalculation of target audiences."""

from mockserver.state.world import World
from mockserver.vendors.voyado import nightly_recalculation


def run_immediately(world: World) -> None:
    """Recalculates after every call, in worlds that run jobs immediately; the nightly run stays scheduled."""
    nightly_recalculation.recalculate(world)


def recalculate(world: World) -> None:
    """Recalculates the target audiences at midnight and schedules the next night."""
    nightly_recalculation.run_scheduled(world)
