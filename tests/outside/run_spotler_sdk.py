"""Calls every method of the unmodified package spotler-sdk: `run_spotler_sdk.py BASE_URL KEY SECRET`.

Prints the package's version and the methods that ran, as JSON. The package cannot create contacts, so the
contact with the id that it derives from the address must exist.
"""

import importlib.metadata
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from spotler_sdk import SDK  # type: ignore[import-not-found]
from spotler_sdk.models import Order, Product  # type: ignore[import-not-found]

ADDRESS: Final = "jan@example.com"
NOON: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Recorder:
    """Calls methods of the package, and keeps their names."""

    def __init__(self, sdk: Any) -> None:
        self._sdk = sdk
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.called.add(name)
        return getattr(self._sdk, name)


def refused(message: str, call: Callable[..., Any], *arguments: Any) -> None:
    """Checks that a call is refused with this message."""
    try:
        call(*arguments)
    except ValueError as error:
        if message in str(error):
            return
        raise
    raise AssertionError(f"not refused: {message}")


def use_contacts(sdk: Any) -> str:
    """Reads and changes the contact; returns its id."""
    id: str = sdk.email_to_customer_id(ADDRESS)
    found = sdk.get_contact(ADDRESS)
    assert (found.externalId, found.properties.firstName) == (id, "Jan")
    assert found.created.tzinfo is not None
    assert [one["bit"] for one in found.properties.permissions]
    sdk.update_contact_property(ADDRESS, "city", "Utrecht")
    assert sdk.get_contact(ADDRESS).properties.city == "Utrecht"
    refused("INVALID_PROPERTY", sdk.update_contact_property, ADDRESS, "nope", "x")
    refused("CONTACT_NOT_FOUND", sdk.update_contact_property, "nobody@example.com", "city", "x")
    assert sdk.get_contact("nobody@example.com") is None
    return id


def use_products(sdk: Any) -> Any:
    """Adds, reads and changes a product; returns it."""
    product = Product(
        externalId="p-1",
        name="Coat",
        link="https://shop.example/p",
        price="4995",
        imageUrl="https://shop.example/p.png",
        imageLargeUrl="https://shop.example/l.png",
        specifications=[{"description": "Size", "value": "M"}],
        creationDate=NOON,
    )
    assert sdk.get_product("p-1") is None
    refused("PRODUCT_NOTFOUND", sdk.update_product, product)
    sdk.create_product(product)
    assert sdk.get_product("p-1").specifications[0].value == "M"
    product.name = "New coat"
    sdk.update_product(product)
    assert sdk.get_product("p-1").name == "New coat"
    return product


def use_orders(sdk: Any, contact: str, product: Any) -> None:
    """Adds, changes and deletes an order of the product."""
    order = Order(
        externalId="o-1",
        externalContactId=contact,
        date=NOON,
        value="4995",
        externalProductIds=[product.externalId],
    )
    sdk.create_order(order)
    order.value, order.date = "5000", NOON.replace(tzinfo=None, microsecond=123456)
    sdk.update_order(order)
    stranger = order.model_copy(update={"externalContactId": "nobody"})
    refused("CONTACT_NOT_FOUND:Contact not found", sdk.create_order, stranger)
    sdk.delete_order("o-1")
    refused("ORDER_NOTFOUND", sdk.delete_order, "o-1")


def main() -> None:
    """Calls everything, and prints what ran."""
    base, key, secret = sys.argv[1:]
    sdk = Recorder(SDK(f"{base}/", key, secret))
    contact = use_contacts(sdk)
    product = use_products(sdk)
    use_orders(sdk, contact, product)
    sdk.delete_product(product.externalId)
    assert sdk.get_product(product.externalId) is None
    every = {name for name in vars(SDK) if not name.startswith("_")}
    version = importlib.metadata.version("spotler-sdk")
    ran = {"version": version, "called": sorted(sdk.called), "missing": sorted(every - sdk.called)}
    sys.stdout.write(f"{json.dumps(ran)}\n")


main()
