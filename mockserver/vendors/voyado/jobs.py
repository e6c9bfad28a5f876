"""What Voyado does later."""

from mockserver.state.world import World
from mockserver.vendors.voyado import nightly_recalculation


def run_immediately(world: World) -> None:
    """What a world that does not wait does after a call: the calculation, and the night stays planned."""
    nightly_recalculation.recalculate(world)


def recalculate(world: World) -> None:
    """The nightly calculation of the target audiences, and the plan for the next night."""
    nightly_recalculation.go_on(world)
