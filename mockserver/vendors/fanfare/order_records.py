"""Storage of orders, and of what a consumer's `lastOrderAt` was before the first of them.

The orders of people before the start of a world are in their totals only.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import ids
from mockserver.vendors.fanfare.timestamps import parse_timestamp

_KIND: Final = "order"
_HISTORY: Final = "order_history"
_CONSUMER_INDEX: Final = "order_by_consumer"


def create(world: World, consumer: Record, fields: Record) -> Record:
    """Stores a new order of the consumer, whose totals are not updated."""
    order = {
        "id": ids.generate_id(world, "order"),
        "organizationId": consumer["organizationId"],
        "consumerId": consumer["id"],
        **fields,
    }
    if not world.records(_HISTORY).has(consumer["id"]):
        world.records(_HISTORY).add(consumer["id"], {"lastOrderAt": consumer["lastOrderAt"]}, rank=0)
    rank = parse_timestamp(order["createdAt"])
    world.records(_KIND).add(order["id"], order, order["organizationId"], rank)
    world.index(_CONSUMER_INDEX).add(consumer["id"], order["id"], rank)
    return order


def bulk_insert(world: World, orders: Sequence[Record], earlier: Mapping[str, str | None]) -> None:
    """Stores orders of a new world, in the order of time; they get their ids.

    `earlier` are the consumers, each with the time of its last order before these.
    """
    draw, rows = world.random("orders").getrandbits, []
    first = world.take_serials(len(orders)) - len(orders) + 1
    for serial, order in enumerate(orders, first):
        rank = parse_timestamp(order["createdAt"])
        rows.append((ids.format_id("order", rank, serial, draw(50)), order, rank))
    world.records(_KIND).bulk_insert(
        (id, {"id": id, **order}, order["organizationId"], rank) for id, order, rank in rows
    )
    world.index(_CONSUMER_INDEX).bulk_insert((order["consumerId"], id, rank) for id, order, rank in rows)
    world.records(_HISTORY).bulk_insert((id, {"lastOrderAt": last}, "", 0) for id, last in earlier.items())


def find(world: World, organization: str, id: str) -> Record:
    """The order of this organization. Raises order_not_found."""
    order = world.records(_KIND).get(id)
    if order is None or order["organizationId"] != organization:
        raise Problem("order_not_found")
    return order


def page(world: World, organization: str, *, limit: int, after: Cursor | None) -> list[Record]:
    """The orders of the organization, newest first."""
    rows = world.records(_KIND).page(organization, limit=limit, after=after, newest_first=True)
    return [row.record for row in rows]


def page_of_consumer(world: World, consumer: str, *, limit: int, after: Cursor | None) -> list[Record]:
    """The orders of the consumer, newest first."""
    index, records = world.index(_CONSUMER_INDEX), world.records(_KIND)
    position = after and index.cursor(consumer, after.id, after.rank)
    entries = index.page(consumer, limit=limit, after=position, newest_first=True)
    return [order for entry in entries if (order := records.get(entry.target))]


def list_of_consumer(world: World, consumer: str) -> list[Record]:
    """The orders of the consumer, newest first."""
    entries = world.index(_CONSUMER_INDEX).iterate(consumer, newest_first=True)
    return [order for entry in entries if (order := world.records(_KIND).get(entry.target))]


def last_order_at(world: World, consumer: str) -> str | None:
    """The time of the consumer's last order, including those before the start of the world."""
    moments = [one["createdAt"] for one in page_of_consumer(world, consumer, limit=1, after=None)]
    history = world.records(_HISTORY).view(consumer)
    if history and history["lastOrderAt"] is not None:
        moments.append(history["lastOrderAt"])
    return max(moments, key=parse_timestamp, default=None)


def save(world: World, order: Record) -> None:
    """Updates a stored order."""
    world.records(_KIND).update(order["id"], order)


def remove(world: World, order: Record) -> None:
    """Deletes the order; the consumer's totals are not updated."""
    world.records(_KIND).remove(order["id"])
    world.index(_CONSUMER_INDEX).remove(order["consumerId"], order["id"])


def remove_all(world: World, consumer: str) -> None:
    """Deletes all orders of a consumer."""
    for order in list_of_consumer(world, consumer):
        remove(world, order)
    world.records(_HISTORY).remove(consumer)


def to_response(order: Record) -> dict[str, Any]:
    """The order as in responses."""
    return {name: value for name, value in order.items() if name != "organizationId"}
