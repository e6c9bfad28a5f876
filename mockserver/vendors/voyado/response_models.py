"""Contacts as the API shows them."""

from typing import Any

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import timestamps

_PLAIN = (
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
    """`{id, attributes, meta, preferences, consents}`; an attribute without a value is null."""
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
    """The contact with its target audiences as they were last calculated, under the names they have now.

    The vendor's overview has vouchers (`bonusChecks`), promotions and warnings too; nobody has any here.
    """
    audiences = world.records("audience")
    known = ((audience, audiences.get(audience)) for audience in record["audiences"])
    return {
        **contact(world, id, record),
        "audiences": [{"id": audience, "name": found["name"]} for audience, found in known if found],
        "bonusChecks": [],
        "promotions": [],
        "warnings": [],
    }


def _attributes(record: Record, today: str) -> dict[str, Any]:
    birthday = record.get("birthDay")
    return {name: record.get(name) for name in _PLAIN} | {
        "age": timestamps.age(birthday, today) if birthday else None,
        "registrationDate": record["createdOn"],
        "bonusPoints": record["bonusPoints"],
        "secrecyMarked": record.get("secrecyMarked", False),
        "currentStore": record.get("store"),
    }
