"""Storage of which audiences are derived from which: an entry for each derived audience, by its source."""

from typing import Final

from mockserver.state.world import World

_KIND: Final = "derived_audience"


def add(world: World, id: int, source_id: int) -> None:
    """Stores that the audience is derived from the source."""
    world.records(_KIND).add(str(id), {"audienceId": id}, str(source_id))


def list_all(world: World, source_id: int) -> list[int]:
    """The ids of the audiences that are derived from the source, oldest first."""
    return [row.record["audienceId"] for row in world.records(_KIND).iterate(str(source_id))]


def delete(world: World, id: int) -> None:
    """Forgets a derived audience."""
    world.records(_KIND).remove(str(id))
