"""Orders and the totals of consumers that they move: totalOrders, totalOrderValue and lastOrderAt."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import consumer_records, order_records, timestamps
from mockserver.vendors.fanfare.problems import validation_failed
from mockserver.vendors.fanfare.webhook_logic import Publisher

_CENT: Final = Decimal("0.01")
_SMALLEST: Final = Decimal("0.00000001")
_DECIMALS: Final = 2
_ITEM_FIELDS: Final[tuple[str, ...]] = ("productId", "variantId", "quantity")
CURRENCY: Final = "USD"
"""The currency of an order without one."""


def register(world: World, consumer: Record, body: Mapping[str, Any], where: str = "") -> Record:
    """Stores an order of the consumer and updates its totals; returns the order.

    Raises validation_failed; `where` is the path of the order in the body.
    """
    order = order_records.create(
        world,
        consumer,
        {
            "amount": format_amount(body["amount"]),
            "currencyCode": body.get("currencyCode", CURRENCY),
            "createdAt": _parse_moment(world, body, where),
            "items": _parse_items(body.get("items", [])),
        },
    )
    _update_totals(world, consumer, 1, Decimal(order["amount"]))
    Publisher(world, consumer["organizationId"]).order_created(order)
    return order


def change(world: World, order: Record, body: Mapping[str, Any]) -> Record:
    """Updates an order and the totals of its consumer; returns the order."""
    changes = {name: body[name] for name in ("currencyCode",) if name in body}
    if "items" in body:
        changes["items"] = _parse_items(body["items"])
    if "amount" in body:
        changes["amount"] = format_amount(body["amount"])
    after = order | changes
    order_records.save(world, after)
    consumer = consumer_records.find(world, order["organizationId"], order["consumerId"])
    _update_totals(world, consumer, 0, Decimal(after["amount"]) - Decimal(order["amount"]))
    return after


def remove(world: World, order: Record) -> None:
    """Deletes an order and takes it out of the totals of its consumer."""
    order_records.remove(world, order)
    consumer = consumer_records.find(world, order["organizationId"], order["consumerId"])
    _update_totals(world, consumer, -1, -Decimal(order["amount"]))


def format_amount(amount: str | float) -> str:
    """An amount as a decimal string, such as `149.99`: money is a string in orders, as in webhooks."""
    number = Decimal(str(amount)).quantize(_SMALLEST)
    return f"{number.quantize(_CENT) if number == number.quantize(_CENT) else number.normalize():f}"


def _parse_items(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items without members that an order does not have, which the vendor ignores everywhere."""
    return [
        {name: item[name] for name in _ITEM_FIELDS if name in item} | {"quantity": int(item["quantity"])}
        for item in items
    ]


def _update_totals(world: World, consumer: Record, count: int, amount: Decimal) -> None:
    changes = {
        "totalOrders": max(0, consumer["totalOrders"] + count),
        "totalOrderValue": max(0, round(consumer["totalOrderValue"] + float(amount), _DECIMALS)),
        "lastOrderAt": order_records.last_order_at(world, consumer["id"]),
    }
    consumer_records.ConsumerWriter(world, consumer["organizationId"]).update(consumer, changes)


def _parse_moment(world: World, body: Mapping[str, Any], where: str) -> str:
    if "createdAt" not in body:
        return timestamps.now(world)
    try:
        return timestamps.format_timestamp(timestamps.parse_timestamp(body["createdAt"]))
    except ValueError as error:  # for example the year 0000, which JSON Schema accepts
        raise validation_failed((f"{where}createdAt", "Invalid date")) from error
