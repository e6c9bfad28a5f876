"""Receipts in the form in which they are booked, from the receipts of the API and its older form."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso
from mockserver.state.records import Record
from mockserver.vendors.voyado import match_keys, validation_messages
from mockserver.vendors.voyado.timestamps import format_timestamp

_ITEM_TYPES: Final = ("PURCHASE", "RETURN", "ADJUSTMENT")
_OLDER_ITEM_TYPES: Final = ("PURCHASE", "RETURN", "DISCOUNT")
_OLDER_MEMBERS: Final = (
    "externalId",
    "invoiceNumber",
    "customerKey",
    "customerKeyType",
    "invoiceCreatedDate",
    "invoiceModifiedDate",
    "storeName",
    "storeNumber",
)
_OLDER_ITEM_MEMBERS: Final = ("externalId", "articleNr", "quantity", "price", "type")
MAX_AMOUNT: Final = 10**12
"""The largest amount of money or points in one item; the contract has the same limit for receipts."""

GROUP_CURRENCY: Final = "SEK"
"""The currency of the tenant's group, in which amounts without an exchange rate are taken to be."""


def from_receipt(body: Mapping[str, Any]) -> Record:
    """Returns the record of a receipt. Raises the problem invalid_receipt for an unknown word."""
    contact = body["contact"]
    key_type = _word("contact.matchKeyType", contact["matchKeyType"], match_keys.KEY_TYPES)
    items = [_item(position, item) for position, item in enumerate(body["items"])]
    return {
        "id": body["uniqueReceiptId"],
        "number": body.get("receiptNumber") or body["uniqueReceiptId"],
        "keyType": key_type,
        "key": contact["matchKey"],
        "contactType": contact.get("contactType") or "Member",
        "createdDate": _timestamp("createdDate", body["createdDate"]),
        "store": body["storeExternalId"],
        "storeName": body["storeExternalId"],
        "currency": body["currency"].upper(),
        "rate": body.get("exchangeRateToGroupCurrency") or 1,
        "total": body["totalGrossPrice"],
        "usedVouchers": [str(one.get("checkNumber")) for one in body.get("usedBonusChecks") or ()],
        "items": items,
    }


def from_older_receipts(receipts: Any) -> Iterator[Record]:
    """Yields the records of receipts in the older form. Raises the problem invalid_receipt."""
    for receipt in receipts if isinstance(receipts, list) else [receipts]:
        given = _members("", receipt, _OLDER_MEMBERS)
        rows = given.get("transactions")
        if not isinstance(rows, list):
            _reject("transactions", validation_messages.must_be("transactions", "an array"))
        items = [_older_item(position, row) for position, row in enumerate(rows)]
        yield {
            "id": str(given["externalid"]),
            "number": str(given["invoicenumber"]),
            "keyType": _word("customerKeyType", given["customerkeytype"], match_keys.KEY_TYPES),
            "key": str(given["customerkey"]),
            "contactType": str(given.get("contacttype") or "Member"),
            "createdDate": _timestamp("invoiceCreatedDate", given["invoicecreateddate"]),
            "store": str(given["storenumber"]),
            "storeName": str(given["storename"]),
            "currency": str(given.get("currency") or GROUP_CURRENCY).upper(),
            "rate": 1,
            "total": sum(item["gross"] for item in items),
            "usedVouchers": [],
            "items": items,
        }


def points(record: Record) -> int:
    """Returns the points that a receipt earns, one per whole unit of the currency; negative for returns."""
    items = record["items"]
    amount = sum(item["gross"] for item in items if item["awardsBonus"]) if items else record["total"]
    return max(-MAX_AMOUNT, min(MAX_AMOUNT, int(round(amount * record["rate"], 6))))


def is_amount(value: object) -> bool:
    """Whether a value is a number that an item may have."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_AMOUNT


def has_purchase(record: Record) -> bool:
    """Whether something was bought, not only returned."""
    return any(item["type"] == "PURCHASE" for item in record["items"])


def quantity(record: Record) -> int:
    """Returns the number of pieces bought, less those returned."""
    pieces: int = round(sum(item["quantity"] for item in record["items"]))
    return pieces


def net_amount(record: Record) -> float:
    """Returns the amount without tax, in the currency of the receipt."""
    items = record["items"]
    return float(round(sum(item["gross"] - item["tax"] for item in items), 6)) if items else record["total"]


def gross_amount(record: Record) -> float:
    """Returns the amount with tax, in the currency of the group."""
    return float(round(record["total"] * record["rate"], 6))


def _item(position: int, item: Mapping[str, Any]) -> Record:
    kind = _word(f"items[{position}].type", item["type"], _ITEM_TYPES)
    # Returns are negative in the data of live tenants; a positive amount can only mean the same.
    return {
        "type": kind,
        "quantity": _signed(kind, item["quantity"]),
        "gross": _signed(kind, item["grossPaidPrice"]),
        "tax": _signed(kind, item["taxAmount"]),
        "awardsBonus": item.get("awardsBonus") is not False,
        "line": dict(item),
    }


def _older_item(position: int, item: Any) -> Record:
    where = f"transactions[{position}]"
    given = _members(where, item, _OLDER_ITEM_MEMBERS)
    kind = _word(f"{where}.type", given["type"], _OLDER_ITEM_TYPES)
    for name in ("quantity", "price"):
        if not is_amount(given[name]):
            _reject(f"{where}.{name}", validation_messages.must_be(f"{where}.{name}", "a number"))
    negative = "RETURN" if kind == "DISCOUNT" else kind
    return {
        "type": kind,
        "quantity": 0 if kind == "DISCOUNT" else _signed(kind, given["quantity"]),
        "gross": _signed(negative, given["price"]),
        "tax": 0,
        "awardsBonus": True,
        "line": dict(item),
    }


def _signed(kind: str, amount: float) -> float:
    return -abs(amount) if kind == "RETURN" else amount


def _members(where: str, value: Any, required: tuple[str, ...]) -> dict[str, Any]:
    """Returns the members by their names in lower case: the older form is read case-insensitively."""
    if not isinstance(value, dict):
        _reject(where or "receipts", validation_messages.must_be(where or "receipts", "an object"))
    given = {name.lower(): one for name, one in value.items()}
    for name in required:
        if given.get(name.lower()) in (None, ""):
            field = f"{where}.{name}" if where else name
            _reject(field, validation_messages.required(field))
    return given


def _word(field: str, text: Any, words: tuple[str, ...]) -> str:
    by_folded = {word.lower(): word for word in words}
    word = by_folded.get(str(text).lower())
    if word is None:
        _reject(field, validation_messages.must_be(field, validation_messages.one_of(words)))
    return word


def _timestamp(field: str, text: Any) -> str:
    try:
        return format_timestamp(from_iso(str(text)))
    except (ValueError, OverflowError):
        _reject(field, validation_messages.not_valid(field))


def _reject(field: str, message: str) -> NoReturn:
    raise Problem("invalid_receipt", errors=[validation_messages.entry(field, message)])
