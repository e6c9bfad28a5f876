"""Reading the values of a person's fields: as text, as a moment, as a telephone number, as a key."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import orjson

Person = dict[str, Any]
Reader = Callable[[Person], Any]

CALLING_CODES: Final = {
    "358": ("FI",), "353": ("IE",), "351": ("PT",), "999": (), "64": ("NZ",), "61": ("AU",), "49": ("DE",),
    "48": ("PL",), "47": ("NO",), "46": ("SE",), "45": ("DK",), "44": ("GB",), "43": ("AT",), "41": ("CH",),
    "39": ("IT",), "34": ("ES",), "33": ("FR",), "32": ("BE",), "31": ("NL",), "1": ("US", "CA"),
}  # fmt: skip
"""Country codes of telephone numbers, none the start of another, and the countries that share them."""

_DAY: Final = ("year", "month", "day")


def derived(field_id: str) -> Reader | None:
    """Reads a field that is made of others; None for one that is kept under its own id."""
    if field_id == "str::name":
        return full_name
    if field_id == "str::person_id":
        return lambda person: person["id"]
    if field_id == "tags":
        return lambda person: person["fields"].get("u4s::t")
    return None


def reader(field_id: str) -> Reader:
    """Reads any field of a person; None where it has no value."""
    return derived(field_id) or (lambda person: person["fields"].get(field_id))


def full_name(person: Person) -> str | None:
    """First and last name; None if the person has neither."""
    fields = person["fields"]
    return " ".join(filter(None, (fields.get("str::first"), fields.get("str::last")))) or None


def as_text(value: Any) -> str | None:
    """What the string operators and the sorting see: the name of a place, the digits of a number."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return value["name"] if "name" in value else f"+{digits(value)}" if "n" in value else _day_text(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower()


def as_moment(value: Any) -> datetime | None:
    """A date object or a timestamp as a moment (a day is its midnight, UTC); None if it is neither."""
    try:
        if isinstance(value, dict):
            year, month, day = (int(value[part]) for part in _DAY)
            return datetime(year, month, day, tzinfo=UTC)
        moment = datetime.fromisoformat(value.upper())
    except (AttributeError, KeyError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def digits(phone: dict[str, str]) -> str:
    """Country code and number in one, digits alone."""
    return only_digits(phone.get("c", "") + phone.get("n", ""))


def only_digits(text: str) -> str:
    """The ASCII digits of the text."""
    return "".join(char for char in text if char in "0123456789")


def split_phone(whole: str) -> dict[str, str]:
    """Country code and number of a whole number; an unknown country code stays in the number."""
    number = whole[1:] if whole[:1] == "+" and whole[1:].isdecimal() else only_digits(whole)
    for length in (1, 2, 3):
        if number[:length] in CALLING_CODES:
            return {"c": number[:length], "n": number[length:]}
    return {"c": "", "n": number}


def stored(field_id: str, value: Any) -> Any:
    """A value of person/merge as it is kept: both ways to write a telephone number become one.

    Of an object no more is kept than its type has; a day can do without its timezone.
    """
    kind = field_id.partition(":")[0]
    if kind == "phn":
        return _stored_phone(value)
    if kind == "int":
        return int(value)  # to JSON Schema 5.0 is an integer too
    if kind == "geo":
        return {"name": value["name"]}
    if kind == "dtz":
        timezone = {"timezone": value["timezone"]} if "timezone" in value else {}
        return {part: int(value[part]) for part in _DAY} | timezone
    return value


def _stored_phone(phone: dict[str, Any]) -> dict[str, str]:
    if isinstance(phone.get("c"), str) and isinstance(phone.get("n"), str):
        return {"c": phone["c"], "n": phone["n"]}
    whole = phone["phone"]
    return split_phone(whole) if phone.get("parse_with_country_code") else {"c": "", "n": only_digits(whole)}


def key_of(value: Any) -> str:
    """What two values have in common when they name the same person: case and spelling do not matter."""
    if isinstance(value, dict):
        return digits(value) if "n" in value else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    if isinstance(value, list):
        return orjson.dumps(value).decode()
    return str(value).strip().casefold()


def _day_text(day: dict[str, Any]) -> str:
    return f"{day.get('year', 0):04}-{day.get('month', 0):02}-{day.get('day', 0):02}"
