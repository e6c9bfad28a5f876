"""Parsing of values in requests: ids, dates and names."""

from datetime import datetime
from typing import Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso, from_micros, to_micros

_MAX_DIGITS: Final = 18


def parse_id(value: int | float | str) -> int:
    """The integer of an id, which may be quoted (documented); 0, which no record has, if it is too long."""
    if isinstance(value, str):
        digits = value.lstrip("0")
        return int(digits or "0") if len(digits) <= _MAX_DIGITS else 0
    return int(value)


def parse_datetime(text: str) -> datetime:
    """An ISO 8601 date or date-time, in UTC unless it has an offset.

    Raises `ValueError`, also for a moment outside the years 1 to 9999.
    """
    try:
        moment = from_iso(text.upper())
        return from_micros(to_micros(moment))
    except OverflowError as error:
        raise ValueError(text) from error


def parse_date_field(call: Call, name: str) -> datetime:
    """The date of a member of the body. Problem: field_invalid, for one that does not exist."""
    try:
        return parse_datetime(call.body[name])
    except ValueError as error:
        raise Problem("field_invalid", field=name) from error


def trim(text: str) -> str:
    """The text without surrounding whitespace. A blank text stays: the contract has accepted it."""
    return text.strip() or text
