"""What a caller may write into a contact, and how it is kept."""

from collections.abc import Mapping
from typing import Any, NoReturn

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import personal_number_logic, tenant_records
from mockserver.vendors.voyado.timestamps import today, written

TEXTS = (
    "firstName",
    "lastName",
    "street",
    "careOf",
    "city",
    "zipCode",
    "countryCode",
    "country",
    "language",
    "discoveryKey",
    "externalId",
)
FORMED = ("email", "mobilePhone", "birthDay", "gender", "secrecyMarked")
"""Attributes whose form the contract checks; an empty one is none."""

Body = Mapping[str, Any]


def fresh(world: World, contact_type: str, source: str, approved: bool) -> Record:
    """A contact of which nothing is known yet."""
    moment = written(world.now())
    return {
        "contactType": contact_type,
        "approved": approved,
        "createdOn": moment,
        "modifiedOn": moment,
        "sourceType": source,
        "bonusPoints": 0,
        "preferences": {"acceptsEmail": False, "acceptsPostal": False, "acceptsSms": False},
        "consents": {},
        "audiences": [],
    }


def apply(world: World, configuration: Record, record: Record, body: Body) -> Record:
    """The record with the body written over it; what Engage does not know is passed over.

    Raises the problem validation_error for a social security number or a birthday that is none.
    """
    record = {**record, "preferences": {**record["preferences"], **_known_preferences(record, body)}}
    for name in TEXTS:
        if name in body:
            _put(record, name, body[name])
    for name in FORMED:
        if name in body:
            _put(record, name, body[name] or None)
    if (body.get("birthDay") or "").startswith("0000"):
        _refuse("birthDay")  # to JSON Schema that year is one, to calendars not
    if "socialSecurityNumber" in body:
        _put_number(world, record, body["socialSecurityNumber"])
    if body.get("createdInStore") and "store" not in record:  # the vendor: immutable once set
        _put(record, "store", tenant_records.store(configuration, body["createdInStore"]))
    _put_consents(world, configuration, record, body)
    return record


def demand(contact_type: Record, record: Record) -> None:
    """Raises the problem validation_error if the contact lacks what its type demands."""
    wanted = dict.fromkeys([contact_type["key"], *contact_type["required"]])
    missing = [name for name in wanted if not record.get(name)]
    if missing:
        raise Problem(
            "validation_error",
            errors=[{"errorDescription": f"{name} is required", "field": name} for name in missing],
        )


def _refuse(name: str) -> NoReturn:
    wrong = {"errorDescription": f"{name} is not valid", "field": name}
    raise Problem("validation_error", errors=[wrong])


def _put(record: Record, name: str, value: Any) -> None:
    if value is None:
        record.pop(name, None)
    else:
        record[name] = value


def _put_number(world: World, record: Record, text: str | None) -> None:
    number = personal_number_logic.normal(text, today(world)) if text else None
    if text and number is None:
        _refuse("socialSecurityNumber")
    _put(record, "socialSecurityNumber", number)
    if number and "birthDay" not in record:  # the vendor: the age comes from the number or the birthday
        _put(record, "birthDay", personal_number_logic.birthday(number))


def _known_preferences(record: Record, body: Body) -> dict[str, bool]:
    given = body.get("preferences", {})
    return {name: given[name] for name in record["preferences"] if name in given}


def _put_consents(world: World, configuration: Record, record: Record, body: Body) -> None:
    """Consents are set and changed, never taken back: one that the body leaves out stays as it is."""
    defined = {consent["id"] for consent in configuration["consents"]}
    given = {
        consent["id"]: {
            "value": consent["value"],
            "date": written(world.now()),
            "comment": consent.get("comment") or "",
            "source": consent.get("source") or "",
        }
        for consent in body.get("consents", [])
        if consent["id"] in defined
    }
    record["consents"] = record["consents"] | given
