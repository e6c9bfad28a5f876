"""Lists as Ortto sends them."""

from typing import Any

from mockserver.state.world import World


def shown(world: World, found: list[Any]) -> list[Any] | None:
    """The list; an empty one is null (recorded), unless the world has it as documented: an array."""
    return found or ([] if world.switches["empty_list"] == "array" else None)
