"""Values of people's fields, converted: to text, to datetimes, to phone numbers, to lookup keys."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import orjson

Person = dict[str, Any]
Reader = Callable[[Person], Any]

CALLING_CODES: Final[dict[str, tuple[str, ...]]] = {
    "358": ("FI",), "353": ("IE",), "351": ("PT",), "999": (), "64": ("NZ",), "61": ("AU",), "49": ("DE",),
    "48": ("PL",), "47": ("NO",), "46": ("SE",), "45": ("DK",), "44": ("GB",), "43": ("AT",), "41": ("CH",),
    "39": ("IT",), "34": ("ES",), "33": ("FR",), "32": ("BE",), "31": ("NL",), "1": ("US", "CA"),
}  # fmt: skip
"""Calling codes of phone numbers, none a prefix of another, and the countries that share them."""

_DATE_PARTS: Final = ("year", "month", "day")


def derived_reader(field_id: str) -> Reader | None:
    """The reader of a field that is derived from others; None for a stored field."""
    if field_id == "str::name":
        return full_name
    if field_id == "str::person_id":
        return lambda person: person["id"]
    if field_id == "tags":
        return lambda person: person["fields"].get("u4s::t")
    return None


def reader(field_id: str) -> Reader:
    """The reader of any field; it returns None for a person without a value."""
    return derived_reader(field_id) or (lambda person: person["fields"].get(field_id))


def full_name(person: Person) -> str | None:
    """The name that was given, else first and last name; None if the person has neither."""
    fields = person["fields"]
    parts = filter(None, (fields.get("str::first"), fields.get("str::last")))
    return fields.get("str::name") or " ".join(parts) or None


def as_text(value: Any) -> str | None:
    """The text that string operators and sorting use: for a place its name, for a phone its digits."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        if "name" in value:
            return str(value["name"])
        return f"+{phone_digits(value)}" if "n" in value else _date_text(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower()


def as_datetime(value: Any) -> datetime | None:
    """A date object (as midnight UTC) or a timestamp as a datetime; None if it is neither."""
    try:
        if isinstance(value, dict):
            year, month, day = (int(value[part]) for part in _DATE_PARTS)
            return datetime(year, month, day, tzinfo=UTC)
        moment = datetime.fromisoformat(value.upper())
    except (AttributeError, KeyError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def phone_digits(phone: dict[str, str]) -> str:
    """The digits of country code and number."""
    return only_digits(phone.get("c", "") + phone.get("n", ""))


def only_digits(text: str) -> str:
    """The ASCII digits of the text."""
    return "".join(char for char in text if char in "0123456789")


def split_phone(whole: str) -> dict[str, str]:
    """Splits a number into country code and number; an unknown country code stays in the number."""
    number = whole[1:] if whole[:1] == "+" and whole[1:].isdecimal() else only_digits(whole)
    for length in (1, 2, 3):
        if number[:length] in CALLING_CODES:
            return {"c": number[:length], "n": number[length:]}
    return {"c": "", "n": number}


def to_stored(field_id: str, value: Any) -> Any:
    """The stored form of a value of person/merge.

    Both forms of a phone number become one. Objects lose the members that their type does not have; a date
    may lack its timezone.
    """
    kind = field_id.partition(":")[0]
    if kind == "phn":
        return _to_stored_phone(value)
    if kind == "int":
        return int(value)  # JSON Schema accepts 5.0 as an integer.
    if kind == "geo":
        return {"name": value["name"]}
    if kind == "dtz":
        timezone = {"timezone": value["timezone"]} if "timezone" in value else {}
        return {part: int(value[part]) for part in _DATE_PARTS} | timezone
    return value


def _to_stored_phone(phone: dict[str, Any]) -> dict[str, str]:
    if isinstance(phone.get("c"), str) and isinstance(phone.get("n"), str):
        return {"c": phone["c"], "n": phone["n"]}
    whole = phone["phone"]
    return split_phone(whole) if phone.get("parse_with_country_code") else {"c": "", "n": only_digits(whole)}


def lookup_key(value: Any) -> str:
    """The key that is equal for equivalent values: case and the spelling of phone numbers do not matter."""
    if isinstance(value, dict):
        if "n" in value:
            return phone_digits(value)
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    if isinstance(value, list):
        return orjson.dumps(value).decode()
    return str(value).strip().casefold()


def _date_text(day: dict[str, Any]) -> str:
    return f"{day.get('year', 0):04}-{day.get('month', 0):02}-{day.get('day', 0):02}"
