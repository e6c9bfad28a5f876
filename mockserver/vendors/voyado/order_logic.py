"""Rules of orders in v2: words, and sums that have to add up."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.vendors.voyado import match_keys, validation_messages

_FEES: Final = ("freightFee", "handlingFee", "totalRoundOff")
_ITEM_TYPES: Final = ("PURCHASE", "RETURN")
_TOLERANCE: Final = 0.005


def check_contact(contact: Mapping[str, Any] | None) -> None:
    """Raises the problem invalid_order for an unknown type of key."""
    if contact and match_keys.read_key_type(contact["matchKeyType"]) is None:
        field, words = "contact.matchKeyType", validation_messages.one_of(match_keys.KEY_TYPES)
        raise rejection(field, validation_messages.must_be(field, words))


def check_order(body: Mapping[str, Any]) -> None:
    """Raises the problem invalid_order for an unknown word, or a price or tax that is not the sum."""
    check_contact(body["contact"])
    for position, item in enumerate(body["items"]):
        if item["type"].upper() not in _ITEM_TYPES:
            field = f"items[{position}].type"
            raise rejection(
                field, validation_messages.must_be(field, validation_messages.one_of(_ITEM_TYPES))
            )
    fees = [body[name] for name in _FEES if body.get(name)]
    prices = [*(one["grossPaidPrice"] for one in body["items"]), *(one["value"] for one in fees)]
    taxes = [*(one.get("taxAmount") for one in body["items"]), *(one.get("tax") for one in fees)]
    for name, parts in (("totalGrossPrice", prices), ("totalTax", taxes)):
        if body.get(name) is not None and abs(body[name] - sum(_known(parts))) > _TOLERANCE:
            raise rejection(name, validation_messages.must_be(name, "the sum of the items and fees"))


def rejection(field: str, message: str) -> Problem:
    """The problem invalid_order about one field."""
    return Problem("invalid_order", errors=[validation_messages.entry(field, message)])


def _known(amounts: Iterable[float | None]) -> Iterator[float]:
    return (one for one in amounts if one is not None)
