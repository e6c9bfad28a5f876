"""The contact properties that every account of this fake has; the names are those that public clients use."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

_PERMISSIONS: Final = ("Newsletter", "Offers", "Events", "Surveys")
_PROFILE_FIELDS: Final = ("Profile field 1", "Profile field 2", "Profile field 3", "Profile field 4")
_STANDARD: Final = (
    ("email", "email", "E-mail address"),
    ("firstName", "string", "First name"),
    ("infix", "string", "Infix"),
    ("lastName", "string", "Last name"),
    ("initials", "string", "Initials"),
    ("gender", "gender", "Gender"),
    ("birthday", "birthdate", "Birthday"),
    ("street", "string", "Street"),
    ("houseNumber", "string", "House number"),
    ("postalCode", "postcode", "Postal code"),
    ("city", "string", "City"),
    ("country", "string", "Country"),
    ("organisation", "string", "Organisation"),
    ("mobileNumber", "mobNr", "Mobile number"),
    ("taal", "string", "Language"),
    ("customerType", "string", "Customer type"),
    ("firstPurchaseDate", "dateTime", "First purchase"),
    ("lastPurchaseDate", "dateTime", "Last purchase"),
    ("freeField1", "string", "Free field 1"),
    ("profileField1", "string", "Profile field 1"),
)

TYPES: Final[Mapping[str, str]] = {name: type for name, type, _text in _STANDARD}
"""The types of the properties without entries, by name; an account can redefine them."""


def definitions(permissions: Sequence[str]) -> list[dict[str, Any]]:
    """The definitions, with these names of the first permissions."""
    names = (*permissions, *_PERMISSIONS[len(permissions) :])
    plain = [{"name": name, "description": text, "type": type} for name, type, text in _STANDARD]
    return [
        *plain,
        _define_set("permissions", "Permissions", names),
        _define_set("profileFields", "Profile fields", _PROFILE_FIELDS),
    ]


def complete(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The definition with its defaults; only sets have entries, each with a bit of its own."""
    name, type = definition["name"], definition["type"]
    found = {"name": name, "description": definition.get("description", name), "type": type}
    if type == "set":
        by_bit = {int(one["bit"]): one for one in definition.get("entries", [])}
        found["entries"] = [
            {"bit": bit, "description": one["description"], "rank": int(one.get("rank", rank))}
            for rank, (bit, one) in enumerate(by_bit.items(), 1)
        ]
    return found


def _define_set(name: str, description: str, options: Sequence[str]) -> dict[str, Any]:
    entries = [{"bit": bit, "description": option, "rank": bit} for bit, option in enumerate(options, 1)]
    return {"name": name, "description": description, "type": "set", "entries": entries}
