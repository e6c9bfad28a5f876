"""Storage of conversions, oldest first."""

from typing import Final

from mockserver.state.records import Record
from mockserver.state.world import World

_KIND: Final = "conversion"


def add(world: World, conversion: Record) -> None:
    """Appends a conversion."""
    world.records(_KIND).add(f"{world.serial():012}", conversion)


def page(world: World, skip: int, limit: int) -> list[Record]:
    """A page of the conversions, oldest first."""
    return [row.record for row in world.records(_KIND).page(skip=skip, limit=limit)]
