"""Contacts and contact overviews as the API returns them."""

from typing import Any

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import timestamps

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


def contact(world: World, id: str, record: Record) -> dict[str, Any]:
    """Returns `{id, attributes, meta, preferences, consents}`; an attribute without a value is null."""
    return {
        "id": id,
        "attributes": _attributes(record, timestamps.today(world)),
        "meta": {
            "contactType": record["contactType"],
            "createdOn": record["createdOn"],
            "modifiedOn": record["modifiedOn"],
            "sourceType": record["sourceType"],
            "approved": record["approved"],
            "recruitedByStore": record.get("store"),
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


def overview(world: World, id: str, record: Record) -> dict[str, Any]:
    """Returns the contact with its target audiences as of their last calculation.

    The audiences have their current names. The vendor's overview also contains vouchers (`bonusChecks`),
    promotions and warnings; they are not simulated, so these lists are empty.
    """
    audiences = world.records("audience")
    current = ((audience, audiences.get(audience)) for audience in record["audiences"])
    return {
        **contact(world, id, record),
        "audiences": [{"id": audience, "name": found["name"]} for audience, found in current if found],
        "bonusChecks": [],
        "promotions": [],
        "warnings": [],
    }


def _attributes(record: Record, today: str) -> dict[str, Any]:
    birthday = record.get("birthDay")
    attributes: dict[str, Any] = dict(
        zip(_STORED_ATTRIBUTES, map(record.get, _STORED_ATTRIBUTES), strict=True)
    )
    attributes["age"] = timestamps.age(birthday, today) if birthday else None
    attributes["registrationDate"] = record["createdOn"]
    attributes["bonusPoints"] = record["bonusPoints"]
    attributes["secrecyMarked"] = record.get("secrecyMarked", False)
    attributes["currentStore"] = record.get("store")
    return attributes
