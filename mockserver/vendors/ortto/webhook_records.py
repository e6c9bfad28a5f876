"""Storage of the deliveries of webhooks, by their status and by the time of the next attempt."""

from collections.abc import Iterator
from typing import Final

from mockserver.formats.timestamps import to_micros
from mockserver.state.records import Record
from mockserver.state.world import World

PENDING: Final = "pending"

_KIND: Final = "webhook_delivery"


def save(world: World, delivery: Record) -> None:
    """Stores a delivery among those with its status."""
    world.records(_KIND).add(delivery["id"], delivery, delivery["status"], delivery["due"])


def find(world: World, id: str) -> Record | None:
    """The delivery with this id."""
    return world.records(_KIND).get(id)


def is_due(world: World, delivery: Record) -> bool:
    """Whether the delivery waits for an answer now."""
    return bool(delivery["status"] == PENDING and delivery["due"] <= to_micros(world.now()))


def iterate_due(world: World) -> Iterator[Record]:
    """The deliveries that are due, in order of time."""
    for row in world.records(_KIND).iterate(PENDING):
        if not is_due(world, row.record):
            return
        yield row.record
