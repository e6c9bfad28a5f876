"""Storage of orders, as the API receives them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World

_KIND: Final = "order"
_MEMBERS: Final = ("externalId", "externalContactId", "date", "value", "externalProductIds")


def require(world: World, id: str) -> Record:
    """Returns the order. Raises the problem order_not_found."""
    return world.records(_KIND).require(id, "order_not_found")


def exists(world: World, id: str) -> bool:
    """True if an order has this id."""
    return world.records(_KIND).has(id)


def save(world: World, id: str, order: Mapping[str, Any]) -> None:
    """Stores a new or changed order."""
    record = {name: order[name] for name in _MEMBERS}
    if exists(world, id):
        world.records(_KIND).update(id, record)
    else:
        world.records(_KIND).add(id, record)


def bulk_insert(world: World, orders: Iterable[Record]) -> None:
    """Stores the orders of a new world, in their order."""
    world.records(_KIND).bulk_insert((one["externalId"], one, "", world.serial()) for one in orders)


def remove(world: World, id: str) -> None:
    """Deletes the order."""
    world.records(_KIND).remove(id)


def page(world: World, skip: int, limit: int) -> list[Record]:
    """A page of the orders, oldest first."""
    return [row.record for row in world.records(_KIND).page(skip=skip, limit=limit)]
