"""What a contact can be found by, in the form that it is looked up in."""

import re
from collections.abc import Iterator

from mockserver.state.records import Record
from mockserver.vendors.voyado import personal_number_logic

ATTRIBUTES = ("email", "mobilePhone", "socialSecurityNumber", "externalId", "memberNumber")
"""The attributes that find contacts. None of them is unique."""

EMAIL = re.compile(
    r"[A-Za-z0-9!#%&'*+/=?^_`{|}~.-]+@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
"""As the contract's EmailAddress has it; `any` needs to know the form before it knows the parameter."""

LONGEST_EMAIL = 254

# In `any` a plus may be missing: Voyado warns that a customKey of digits that looks like a phone number is
# taken for one.
_PHONE_LIKE = re.compile(r"\+?([1-9][0-9]{6,14})", re.ASCII)


def of(record: Record) -> Iterator[tuple[str, str]]:
    """Attribute and value of everything that a contact is found by."""
    for attribute in ATTRIBUTES:
        value = record.get(attribute)
        if value:
            yield attribute, value.lower() if attribute == "email" else value


def folded(attribute: str, value: str) -> str:
    """The value as it is looked up: e-mail addresses know no case."""
    return value.lower() if attribute == "email" else value


def recognised(text: str, today: str) -> tuple[str, str]:
    """The attribute that `any` takes the text for, and the value to look up; else `customKey` and the text.

    The order is the vendor's: e-mail, social security number, phone number, customKey. The first form that
    fits is final.
    """
    if len(text) <= LONGEST_EMAIL and EMAIL.fullmatch(text):
        return "email", text.lower()
    number = personal_number_logic.normal(text, today)
    if number:
        return "socialSecurityNumber", number
    phone = _PHONE_LIKE.fullmatch(text)
    return ("mobilePhone", f"+{phone[1]}") if phone else ("customKey", text)
