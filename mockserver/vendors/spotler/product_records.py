"""Storage of products, in the order of their creation."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import timestamps

_KIND: Final = "product"
_DATES: Final = ("creationDate", "changeDate")
_DEFAULTS: Final = {"stock": "UNKNOWN", "deleted": False, "visible": True}
_MEMBERS: Final = frozenset(
    (
        "externalId",
        "name",
        "description",
        "link",
        "price",
        "oldPrice",
        "imageUrl",
        "category",
        "gtin",
        "sku",
        "brand",
        "ratingImageUrl",
        "reviewLink",
        "addToCartLink",
        "imageLargeUrl",
        "ratingValue",
        "language",
        "stock",
        "deleted",
        "visible",
        "customProperties",
        "specifications",
    )
)


def require(world: World, id: str) -> Record:
    """Returns the product. Raises the problem product_not_found."""
    record = get(world, id)
    if record is None:
        raise Problem("product_not_found")
    return record


def get(world: World, id: str) -> Record | None:
    """Returns the product, or None."""
    return world.records(_KIND).get(id)


def save(world: World, product: Mapping[str, Any]) -> None:
    """Stores a new or changed product; what it does not name is cleared."""
    id, now = product["externalId"], timestamps.now(world)
    before = get(world, id)
    given = {name: value for name, value in product.items() if value is not None and name in _MEMBERS}
    created = before["creationDate"] if before else now
    record = {**_DEFAULTS, **given, "creationDate": created, "changeDate": now}
    if before:
        world.records(_KIND).update(id, record)
    else:
        world.records(_KIND).add(id, record)


def remove(world: World, id: str) -> None:
    """Deletes the product."""
    world.records(_KIND).remove(id)


def find(world: World, name: str, value: str) -> Iterator[Record]:
    """Yields the products whose member has this value, case-insensitively."""
    for row in world.records(_KIND).iterate():
        found = row.record.get(name, row.record.get("customProperties", {}).get(name))
        if isinstance(found, str) and found.casefold() == value.casefold():
            yield row.record


def custom_properties(world: World) -> list[str]:
    """The names of the custom properties in use."""
    rows = world.records(_KIND).iterate()
    return sorted({name for row in rows for name in row.record.get("customProperties", {})})


def render(world: World, record: Record) -> dict[str, Any]:
    """The product as the API returns it."""
    return record | {name: timestamps.to_json(world, record[name]) for name in _DATES}
