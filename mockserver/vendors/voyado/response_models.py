"""Contacts and contact overviews as the API returns them."""

from typing import Any

from mockserver.state.records import RecordView
from mockserver.state.world import World
from mockserver.vendors.voyado import promotion_records, store_records, timestamps, voucher_records

_STORED_ATTRIBUTES = (
    "firstName",
    "lastName",
    "street",
    "careOf",
    "city",
    "zipCode",
    "countryCode",
    "country",
    "email",
    "mobilePhone",
    "birthDay",
    "externalId",
    "socialSecurityNumber",
    "gender",
    "rfm",
    "discoveryKey",
    "memberNumber",
    "language",
    "bonusBasedLevel",
    "lastOrderDate",
)


_PLURAL_PREFERENCES = {
    "acceptsEmail": "AcceptsEmails",
    "acceptsPostal": "AcceptsPostals",
    "acceptsSms": "AcceptsSms",
}
"""The names that a working client of v2 reads."""


def contact(world: World, id: str, record: RecordView) -> dict[str, Any]:
    """Returns `{id, attributes, meta, preferences, consents}`; an attribute without a value is null."""
    store = _store(world, record)
    return {
        "id": id,
        "attributes": _attributes(record, timestamps.today(world), store),
        "meta": {
            "contactType": record["contactType"],
            "createdOn": record["createdOn"],
            "modifiedOn": record["modifiedOn"],
            "sourceType": record["sourceType"],
            "approved": record["approved"],
            "recruitedByStore": store,
        },
        "preferences": record["preferences"],
        "consents": [
            {
                "id": consent,
                "date": record["createdOn"],
                "comment": "",
                "source": record["sourceType"],
                **given,
            }
            for consent, given in record["consents"].items()
        ],
    }


def contact_v2(world: World, id: str, record: RecordView) -> dict[str, Any]:
    """Returns the contact as v2 does: its preferences have other names (switch v2_preference_names)."""
    found = contact(world, id, record)
    if world.switches["v2_preference_names"] == "plural":
        given = found["preferences"]
        found["preferences"] = {_PLURAL_PREFERENCES[name]: value for name, value in given.items()}
    return found


def overview(world: World, id: str, record: RecordView) -> dict[str, Any]:
    """Returns the contact with its target audiences as of their last calculation.

    The audiences have their current names. The vouchers (`bonusChecks`) are those that can be redeemed. The
    vendor's overview also contains warnings; they are not simulated, so this list is empty.
    """
    audiences = world.records("audience")
    current = ((audience, audiences.get(audience)) for audience in record["audiences"])
    return {
        **contact(world, id, record),
        "audiences": [{"id": audience, "name": found["name"]} for audience, found in current if found],
        "bonusChecks": [
            voucher_records.to_bonus_check(voucher, given)
            for voucher, given in voucher_records.list_all(world, id)
            if voucher_records.is_available(world, given)
        ],
        "promotions": promotion_records.of_contact(world, id),
        "warnings": [],
    }


def _store(world: World, record: RecordView) -> dict[str, Any] | None:
    """The contact's store with its current name."""
    kept = record.get("store")
    current = store_records.get(world, kept["externalId"]) if kept else None
    return store_records.as_contact_store(current) if current else kept


def _attributes(record: RecordView, today: str, store: dict[str, Any] | None) -> dict[str, Any]:
    birthday = record.get("birthDay")
    attributes: dict[str, Any] = {name: record.get(name) for name in _STORED_ATTRIBUTES}
    attributes["age"] = timestamps.age(birthday, today) if birthday else None
    attributes["registrationDate"] = record["createdOn"]
    attributes["bonusPoints"] = record["bonusPoints"]
    attributes["secrecyMarked"] = record.get("secrecyMarked", False)
    attributes["currentStore"] = store
    attributes.update(record.get("custom", {}))
    return attributes
