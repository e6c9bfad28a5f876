"""What Voyado does later."""

from mockserver.vendors.voyado import nightly
from mockserver.world.world import World


def recalculate(world: World) -> None:
    """The nightly calculation of the target audiences, and the plan for the next night."""
    nightly.go_on(world)
