"""Rules for the attributes that callers write: defaults, normalization, validation."""

from collections.abc import Mapping
from typing import Any, NoReturn

from mockserver.errors import Problem
from mockserver.state.records import Record, RecordView
from mockserver.state.world import World
from mockserver.vendors.voyado import personal_number_logic, store_records, validation_messages
from mockserver.vendors.voyado.timestamps import format_timestamp, today

TEXT_ATTRIBUTES = (
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
FORMATTED_ATTRIBUTES = ("email", "mobilePhone", "birthDay", "gender", "secrecyMarked")
"""Attributes whose format the contract validates; an empty value removes them."""

Body = Mapping[str, Any]


def new_contact(world: World, contact_type: str, source: str, approved: bool) -> Record:
    """Returns the record of a contact without attributes."""
    now = format_timestamp(world.now())
    return {
        "contactType": contact_type,
        "approved": approved,
        "createdOn": now,
        "modifiedOn": now,
        "sourceType": source,
        "bonusPoints": 0,
        "preferences": {"acceptsEmail": False, "acceptsPostal": False, "acceptsSms": False},
        "consents": {},
        "audiences": [],
    }


def apply_body(world: World, configuration: RecordView, record: Record, body: Body) -> Record:
    """Returns a copy of the record, updated with the known members of the body; unknown members are ignored.

    Raises the problem validation_error for an invalid social security number or birthday.
    """
    record = {**record, "preferences": {**record["preferences"], **_known_preferences(record, body)}}
    for name in TEXT_ATTRIBUTES:
        if name in body:
            _set(record, name, body[name])
    for name in FORMATTED_ATTRIBUTES:
        if name in body:
            _set(record, name, body[name] or None)
    if (body.get("birthDay") or "").startswith("0000"):
        _raise_invalid("birthDay")  # JSON Schema accepts the year 0000, `datetime.date` does not
    if "socialSecurityNumber" in body:
        _set_social_security_number(world, record, body["socialSecurityNumber"])
    if body.get("createdInStore") and "store" not in record:  # documented as immutable once set
        store = store_records.get(world, body["createdInStore"])
        _set(record, "store", store and store_records.as_contact_store(store))
    _set_consents(world, configuration, record, body)
    custom = {name: body[name] for name in world.account_members("WritableContact") if name in body}
    return {**record, "custom": {**record.get("custom", {}), **custom}} if custom else record


def validate_required(contact_type: Record, record: Record, before: Record | None = None) -> None:
    """Raises the problem validation_error if the contact lacks an attribute that its type requires.

    Attributes that it lacked `before` are not reported.
    """
    required = dict.fromkeys([contact_type["key"], *contact_type["required"]])
    missing = [name for name in required if not record.get(name) and (before is None or before.get(name))]
    if missing:
        messages = validation_messages
        raise Problem(
            "validation_error", errors=[messages.entry(name, messages.required(name)) for name in missing]
        )


def _raise_invalid(name: str) -> NoReturn:
    messages = validation_messages
    raise Problem("validation_error", errors=[messages.entry(name, messages.not_valid(name))])


def _set(record: Record, name: str, value: Any) -> None:
    if value is None:
        record.pop(name, None)
    else:
        record[name] = value


def _set_social_security_number(world: World, record: Record, text: str | None) -> None:
    number = personal_number_logic.normalize(text, today(world)) if text else None
    if text and number is None:
        _raise_invalid("socialSecurityNumber")
    _set(record, "socialSecurityNumber", number)
    if number and "birthDay" not in record:  # documented: the age follows from the number or the birthday
        _set(record, "birthDay", personal_number_logic.birthday(number))


def _known_preferences(record: Record, body: Body) -> dict[str, bool]:
    given = body.get("preferences", {})
    return {name: given[name] for name in record["preferences"] if name in given}


def _set_consents(world: World, configuration: RecordView, record: Record, body: Body) -> None:
    """Sets the consents in the body; the others keep their values, as a consent cannot become unset."""
    if not body.get("consents"):
        return
    defined = {consent["id"] for consent in configuration["consents"]}
    given = {
        consent["id"]: {
            "value": consent["value"],
            "date": format_timestamp(world.now()),
            "comment": consent.get("comment") or "",
            "source": consent.get("source") or "",
        }
        for consent in body.get("consents", [])
        if consent["id"] in defined
    }
    record["consents"] = record["consents"] | given
