"""What Voyado does later."""

from mockserver.state.world import World
from mockserver.vendors.voyado import nightly


def run_immediately(world: World) -> None:
    """What a world that does not wait does after a call: the calculation, and the night stays planned."""
    nightly.recalculate(world)


def recalculate(world: World) -> None:
    """The nightly calculation of the target audiences, and the plan for the next night."""
    nightly.go_on(world)
