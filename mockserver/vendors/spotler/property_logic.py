"""Contact properties: their definitions, validation, merging and rendering.

Values are stored as sent, except that a set is stored as a mapping of bits to booleans. The names are those
that clients of the vendor use. A real account defines its properties; this fake's account has all of them.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.vendors.spotler import account_records

TYPES: Final = {
    "email": "email",
    "firstName": "string",
    "infix": "string",
    "lastName": "string",
    "initials": "string",
    "gender": "gender",
    "birthday": "birthdate",
    "street": "string",
    "houseNumber": "string",
    "postalCode": "postcode",
    "city": "string",
    "country": "string",
    "organisation": "string",
    "mobileNumber": "mobNr",
    "taal": "string",
    "customerType": "string",
    "firstPurchaseDate": "date",
    "lastPurchaseDate": "date",
    "freeField1": "string",
    "profileField1": "string",
    "permissions": "set",
    "profileFields": "set",
}
_DESCRIPTIONS: Final = {
    "email": "E-mail address",
    "firstName": "First name",
    "infix": "Infix",
    "lastName": "Last name",
    "initials": "Initials",
    "gender": "Gender",
    "birthday": "Birthday",
    "street": "Street",
    "houseNumber": "House number",
    "postalCode": "Postal code",
    "city": "City",
    "country": "Country",
    "organisation": "Organisation",
    "mobileNumber": "Mobile number",
    "taal": "Language",
    "customerType": "Customer type",
    "firstPurchaseDate": "First purchase",
    "lastPurchaseDate": "Last purchase",
    "freeField1": "Free field 1",
    "profileField1": "Profile field 1",
    "permissions": "Permissions",
    "profileFields": "Profile fields",
}

_MAX_LENGTH = 255
_EMAIL = re.compile(r"[^@\s]+@[^@\s][^@\s.]*\.[^@\s]+")
_MOBILE = re.compile(r"\+?[0-9][0-9 ()-]{5,19}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def validate(properties: Mapping[str, Any]) -> None:
    """Raises the problem email_invalid or property_invalid for unknown properties and invalid values."""
    if "email" in properties and not _is_valid("email", properties["email"]):
        raise Problem("email_invalid")
    if not all(name in TYPES and _is_valid(TYPES[name], value) for name, value in properties.items()):
        raise Problem("property_invalid")


def merge(before: Record, changes: Mapping[str, Any], purge: bool) -> Record:
    """Merges changes into stored properties; with `purge` the changes replace all of them.

    A null removes a property; in a set only the bits of the change are updated. Raises the problems
    email_invalid and property_invalid.
    """
    validate(changes)
    after = {} if purge else dict(before)
    for name, value in changes.items():
        if value is None or value == "":
            after.pop(name, None)
        elif TYPES[name] == "set":
            after[name] = after.get(name, {}) | {str(int(one["bit"])): one["enabled"] for one in value}
        else:
            after[name] = value
    return after


def render(stored: Record, permissions: Sequence[str]) -> dict[str, Any]:
    """The properties that have a value; a set that has one is rendered with all its bits."""
    return {
        name: _render_set(value, _options(name, permissions)) if TYPES[name] == "set" else value
        for name, value in stored.items()
    }


def definitions(permissions: Sequence[str]) -> list[dict[str, Any]]:
    """The definitions of all properties, as the API returns them."""
    return [
        {"name": name, "description": _DESCRIPTIONS[name], "type": type}
        | ({"entries": _render_entries(_options(name, permissions))} if type == "set" else {})
        for name, type in TYPES.items()
    ]


def matches(stored: Record, name: str, value: str) -> bool:
    """True if the property has this value, case-insensitively."""
    return str(stored.get(name, "")).casefold() == value.casefold()


def _is_valid(type: str, value: Any) -> bool:
    if value is None:
        return True
    if type == "set":
        return isinstance(value, list) and all(map(_is_option, value))
    if not isinstance(value, str) or len(value) > _MAX_LENGTH:
        return False
    match type:
        case "email":
            return value == "" or _EMAIL.fullmatch(value) is not None
        case "gender":
            return value in {"", "M", "F"}
        case "mobNr":
            return value == "" or _MOBILE.fullmatch(value) is not None
        case "birthdate" | "date":
            return value == "" or _is_date(value)
    return True


def _is_option(one: Any) -> bool:
    if not isinstance(one, dict) or not isinstance(one.get("enabled"), bool):
        return False
    bit, description = one.get("bit"), one.get("description", "")
    is_number = isinstance(bit, int | float) and not isinstance(bit, bool)
    return is_number and bit in range(1, account_records.SET_SIZE + 1) and isinstance(description, str)


def _is_date(text: str) -> bool:
    try:
        return _DATE.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _options(name: str, permissions: Sequence[str]) -> Sequence[str]:
    if name == "permissions":
        return permissions
    return [f"Profile field {bit}" for bit in range(1, account_records.SET_SIZE + 1)]


def _render_entries(options: Sequence[str]) -> list[dict[str, Any]]:
    return [{"bit": bit, "description": option, "rank": bit} for bit, option in enumerate(options, 1)]


def _render_set(stored: Mapping[str, bool], options: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"bit": bit, "enabled": stored.get(str(bit), False), "description": option}
        for bit, option in enumerate(options, 1)
    ]
