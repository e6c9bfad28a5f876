"""Storage of the items of the point shop, in order of creation, and of what contacts bought."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from mockserver.state.records import Record
from mockserver.state.world import World

_ITEM, _PURCHASE = "pointShopItem", "pointShopPurchase"


def add_item(world: World, record: Record) -> str:
    """Stores a new item and returns its id."""
    id = world.uuid()
    world.records(_ITEM).add(id, record)
    return id


def available_items(world: World, now: str) -> list[tuple[str, Record]]:
    """Returns ids and records of the items that are available now."""
    rows = world.records(_ITEM).iterate()
    return [(row.id, row.record) for row in rows if is_available(row.record, now)]


def available_item(world: World, id: str, now: str) -> Record | None:
    """Returns the item, or None if it is unknown or not available now."""
    record = world.records(_ITEM).get(id)
    return record if record and is_available(record, now) else None


def is_available(record: Mapping[str, Any], now: str) -> bool:
    """Whether the item can be bought now."""
    return bool(record["validFrom"] <= now < record["validTo"])


def find_purchase(world: World, contact: str, purchase: str) -> Record | None:
    """Returns the purchase that the contact made with this id, or None."""
    return world.records(_PURCHASE).get(_key(contact, purchase))


def add_purchase(world: World, record: Record) -> None:
    """Stores a purchase."""
    key = _key(record["contactId"], record["pointShopItemPurchaseId"])
    world.records(_PURCHASE).add(key, record, parent=record["contactId"])


def _key(contact: str, purchase: str) -> str:
    # Callers choose the ids of purchases, of any characters and length.
    return blake2b(f"{contact}/{purchase}".encode("utf-8", "replace"), digest_size=16).hexdigest()
