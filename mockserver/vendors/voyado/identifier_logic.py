"""Identifiers of contacts, in the normal form that lookups use."""

import re
from collections.abc import Iterator

from mockserver.state.records import Record
from mockserver.vendors.voyado import personal_number_logic

IDENTIFIERS = ("email", "mobilePhone", "socialSecurityNumber", "externalId", "memberNumber")
"""The attributes that lookups search. None of them is unique."""

EMAIL = re.compile(
    r"[A-Za-z0-9!#%&'*+/=?^_`{|}~.-]+@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
"""Same pattern as EmailAddress in the contract, which cannot validate `any`."""

MAX_EMAIL_LENGTH = 254

# The plus is optional in `any`: Voyado warns that a numeric customKey in the format of a phone number is
# taken for one.
_PHONE = re.compile(r"\+?([1-9][0-9]{6,14})", re.ASCII)


def identifiers(record: Record) -> Iterator[tuple[str, str]]:
    """Yields attribute and normalized value of every identifier that the contact has."""
    for attribute in IDENTIFIERS:
        value = record.get(attribute)
        if value:
            yield attribute, value.lower() if attribute == "email" else value


def normalize(attribute: str, value: str) -> str:
    """Returns the value in the form that is indexed: e-mail addresses are case-insensitive."""
    return value.lower() if attribute == "email" else value


def detect(text: str, today: str) -> tuple[str, str]:
    """Returns the attribute that the value of `any` belongs to, and the value to look up.

    The first format that matches is final, in the vendor's order: e-mail address, social security number,
    phone number. Anything else is a `customKey`.
    """
    if len(text) <= MAX_EMAIL_LENGTH and EMAIL.fullmatch(text):
        return "email", text.lower()
    number = personal_number_logic.normalize(text, today)
    if number:
        return "socialSecurityNumber", number
    phone = _PHONE.fullmatch(text)
    return ("mobilePhone", f"+{phone[1]}") if phone else ("customKey", text)
