"""Spotler error responses: the problems of invalid calls, and their sentences."""

import re
from collections.abc import Mapping
from typing import Any, Final

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.vendors.spotler import violation_messages

_AUDIENCE_OPERATIONS: Final = ("create_audience", "update_audience")
_ORDER_OPERATIONS: Final = ("create_order", "update_order")
_LENGTH_PROBLEMS: Final = {"/name": "audience_name_length", "/externalId": "audience_id_length"}
_LENGTH_KEYWORDS: Final = frozenset(("minLength", "maxLength", "pattern"))
_LISTED_CONTACT: Final = re.compile(r"/contacts/\d+(/externalId)?")
_MISSING_ID_KEYWORDS: Final = frozenset(("required", "minLength"))
_PROPERTIES: Final = ("/contact/properties", "/properties")
_ORDER_PROBLEMS: Final[Mapping[str, tuple[str, str]]] = {
    # the problem of a missing, null or empty member, and that of another wrong value
    "": ("order_empty", "order_empty"),
    "externalId": ("order_id_empty", "order_id_empty"),
    "externalContactId": ("order_contact_id_empty", "order_contact_id_empty"),
    "date": ("order_date_empty", "order_date_illegal"),
    "value": ("order_value_illegal", "order_value_illegal"),
    "externalProductIds": ("order_without_products", "order_without_products"),
}
_CONVERSION_PROBLEMS: Final[Mapping[str, str]] = {
    "mailplusId": "mailplus_id_malformed",
    "type": "conversion_type_illegal",
    "interactionDate": "conversion_date_illegal",
    "value": "conversion_value_illegal",
}
_ORDERED_PRODUCT: Final = re.compile(r"/order/externalProductIds/\d+")


def map_validation_error(_call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
    """Maps schema violations to the problems of names, contacts, orders and conversions."""
    candidates = (_problem_of(operation, violation) for violation in violations)
    problems = [name for name in candidates if name and name in operation.problems]
    if not problems or (len(problems) < len(violations) and operation.id in _AUDIENCE_OPERATIONS):
        return None
    # the vendor lists the name before the id
    return Problem("audience_name_length" if "audience_name_length" in problems else problems[0])


def describe_violation(_call: Call, violation: Violation) -> str | None:
    """The sentence about an invalid part of a call; the vendor's own sentences are not known."""
    return violation_messages.describe(violation)


def _problem_of(operation: Operation, violation: Violation) -> str | None:
    pointer, keyword = violation.pointer, violation.keyword
    if operation.id in _AUDIENCE_OPERATIONS:
        return _length_problem(violation)
    if operation.id in _ORDER_OPERATIONS:
        return _order_problem(violation)
    if operation.id == "create_conversion":
        return _conversion_problem(violation)
    for properties in _PROPERTIES:
        if pointer.startswith(properties):
            return "email_invalid" if pointer == f"{properties}/email" else "property_invalid"
    if operation.id == "create_contacts" and keyword == "maxItems":
        return "too_many_contacts"
    is_null_id = keyword == "type" and violation.value is None and violation.field == "externalId"
    if _LISTED_CONTACT.fullmatch(pointer) and (is_null_id or keyword in _MISSING_ID_KEYWORDS):
        return "contact_without_external_id"
    return None


def _length_problem(violation: Violation) -> str | None:
    """The problem of a name or id that is missing, null, empty or too long."""
    pointer, keyword = violation.pointer, violation.keyword
    if keyword == "required" and not pointer:
        return next((name for at, name in _LENGTH_PROBLEMS.items() if at[1:] not in violation.value), None)
    has_invalid_length = keyword in _LENGTH_KEYWORDS or (keyword == "type" and violation.value is None)
    return _LENGTH_PROBLEMS.get(pointer) if has_invalid_length else None


def _order_problem(violation: Violation) -> str | None:
    """The problem of a member of an order that is missing, empty or not what it must be."""
    pointer, keyword, value = violation.pointer, violation.keyword, violation.value
    if _ORDERED_PRODUCT.fullmatch(pointer):
        return "order_product_id_empty"
    if keyword == "required":
        missing = "" if not pointer else _first_missing(value)
        return None if missing is None else _ORDER_PROBLEMS[missing][0]
    name = pointer.removeprefix("/order").removeprefix("/")
    if not pointer.startswith("/order") or name not in _ORDER_PROBLEMS:
        return None
    if pointer == "/order/externalProductIds" and keyword == "minItems":
        return "order_product_list_empty"
    is_empty = value is None or value == ""
    return _ORDER_PROBLEMS[name][0 if is_empty else 1]


def _conversion_problem(violation: Violation) -> str | None:
    """The problem of a member of a conversion that is missing or not what it must be."""
    if violation.keyword == "required" and not violation.pointer:
        return next((name for at, name in _CONVERSION_PROBLEMS.items() if at not in violation.value), None)
    return _CONVERSION_PROBLEMS.get(violation.pointer[1:])


def _first_missing(value: Any) -> str | None:
    return next((name for name in _ORDER_PROBLEMS if name and name not in value), None)
