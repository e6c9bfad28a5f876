"""Rules of promotions: their days, their status, and the values of their redemption channels."""

import calendar
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.vendors.voyado import receipt_logic, validation_messages

CHANNELS: Final = ("POS", "ECOM", "OTHER")
_AMOUNT: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?", re.ASCII)
_PERCENT: Final = re.compile(r"[0-9]{1,3}", re.ASCII)


def from_body(body: Mapping[str, Any], today: str) -> Record:
    """Returns the record of a draft. Raises the problem invalid_promotion for a value that does not fit."""
    channels = [_channel(position, one) for position, one in enumerate(body.get("redemptionChannels") or ())]
    presentation = body.get("presentation") or {}
    return {
        "externalId": body.get("externalId") or None,
        "name": body["name"],
        "validity": validity_from_body(body.get("validity") or {"startDate": today}),
        "presentation": {name: presentation.get(name) for name in ("heading", "description", "link")},
        "channels": channels,
        "activated": False,
    }


def validity_from_body(body: Mapping[str, Any]) -> Record:
    """Returns first day, last day (or None) and assigned validity. Raises the problem invalid_promotion."""
    start, end = body["startDate"][:10], (body.get("endDate") or "")[:10] or None
    if end and end < start:
        raise _invalid("validity.endDate", "after the startDate")
    return {"start": start, "end": end, "assigned": body.get("assignedValidity")}


def status(record: Record, today: str) -> str:
    """Returns the status of a promotion on a day."""
    validity = record["validity"]
    if not record["activated"]:
        return "Draft"
    if validity["end"] and validity["end"] < today:
        return "Ended"
    return "Active" if validity["start"] <= today else "Scheduled"


def expiry(record: Record, today: str) -> str | None:
    """Returns the first day on which a promotion assigned today can no longer be redeemed, or None."""
    assigned, end = record["validity"]["assigned"], record["validity"]["end"]
    days = [_next_day(end)] if end else []
    if assigned:
        first = max(today, record["validity"]["start"])
        days.append(_add(first, assigned["unit"], int(assigned["amount"])))
    return min(days, default=None)


def value(channel: Mapping[str, Any]) -> object:
    """Returns the value of a channel as contacts get it: typed, if it is a percentage or an amount."""
    if channel["value"] is None:
        return None
    if channel["valueType"] == "PERCENT":
        return int(channel["value"])
    if channel["valueType"] == "MONEY":
        return {"currency": receipt_logic.GROUP_CURRENCY, "amount": float(channel["value"])}
    return channel["value"]


def _channel(position: int, given: Mapping[str, Any]) -> Record:
    text, kind = given.get("value"), given["valueType"]
    where = f"redemptionChannels[{position}].value"
    if text is not None and kind == "PERCENT" and not _PERCENT.fullmatch(text):
        raise _invalid(where, "a whole number as a string")
    if text is not None and kind == "MONEY" and not _AMOUNT.fullmatch(text):
        raise _invalid(where, "a number as a string")
    names = ("type", "valueType", "value", "localValues", "instruction")
    return {name: given.get(name) for name in names}


def _invalid(field: str, wanted: str) -> Problem:
    return Problem("invalid_promotion", reason=validation_messages.must_be(field, wanted))


def _next_day(day: str) -> str:
    return _add(day, "Days", 1)


def _add(day: str, unit: str, amount: int) -> str:
    first = date.fromisoformat(day)
    if unit == "Days":
        return (first + timedelta(days=amount)).isoformat()
    years, month = divmod(first.month - 1 + amount, 12)
    year = first.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(first.day, last)).isoformat()
