"""The properties of contacts: which there are, what they may hold, and how they are kept and shown.

Kept are values as they came, but for sets: a mapping of bits to whether they are on. All names are ones that
clients of the vendor use; which an account really has is its own affair, this one has all of them.
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

_LONGEST = 255
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOBILE = re.compile(r"\+?[0-9][0-9 ()-]{5,19}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def problem_of(given: Mapping[str, Any]) -> str | None:
    """The problem that the vendor has with these: email_invalid, property_invalid, or None."""
    if "email" in given and not _fits("email", given["email"]):
        return "email_invalid"
    fits = all(name in TYPES and _fits(TYPES[name], value) for name, value in given.items())
    return None if fits else "property_invalid"


def written_over(before: Record, given: Mapping[str, Any], purge: bool) -> Record:
    """The properties with the given ones over them, or, with `purge`, in place of them all.

    A null takes a property away; of a set only the bits that are given change. Raises the problems
    email_invalid and property_invalid.
    """
    problem = problem_of(given)
    if problem:
        raise Problem(problem)
    after = {} if purge else dict(before)
    for name, value in given.items():
        if value is None or value == "":
            after.pop(name, None)
        elif TYPES[name] == "set":
            after[name] = after.get(name, {}) | {str(int(one["bit"])): one["enabled"] for one in value}
        else:
            after[name] = value
    return after


def shown(kept: Record, permissions: Sequence[str]) -> dict[str, Any]:
    """The properties that have a value; a set with all of its bits, once it has one."""
    return {
        name: _set(value, _options(name, permissions)) if TYPES[name] == "set" else value
        for name, value in kept.items()
    }


def definitions(permissions: Sequence[str]) -> list[dict[str, Any]]:
    """All properties as the API describes them."""
    return [
        {"name": name, "description": _DESCRIPTIONS[name], "type": type}
        | ({"entries": _entries(_options(name, permissions))} if type == "set" else {})
        for name, type in TYPES.items()
    ]


def matches(kept: Record, name: str, wanted: str) -> bool:
    """Whether the property has this value, whatever its case."""
    return str(kept.get(name, "")).casefold() == wanted.casefold()


def _fits(type: str, value: Any) -> bool:
    if value is None:
        return True
    if type == "set":
        return isinstance(value, list) and all(map(_is_option, value))
    if not isinstance(value, str) or len(value) > _LONGEST:
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
    return is_number and bit in range(1, account_records.BITS + 1) and isinstance(description, str)


def _is_date(text: str) -> bool:
    try:
        return _DATE.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _options(name: str, permissions: Sequence[str]) -> Sequence[str]:
    if name == "permissions":
        return permissions
    return [f"Profile field {bit}" for bit in range(1, account_records.BITS + 1)]


def _entries(options: Sequence[str]) -> list[dict[str, Any]]:
    return [{"bit": bit, "description": option, "rank": bit} for bit, option in enumerate(options, 1)]


def _set(kept: Mapping[str, bool], options: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"bit": bit, "enabled": kept.get(str(bit), False), "description": option}
        for bit, option in enumerate(options, 1)
    ]
