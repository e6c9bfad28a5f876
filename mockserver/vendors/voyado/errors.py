"""Voyado error responses: their variable members, and the problem for an invalid call."""

from typing import Any

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.voyado import validation_messages

_PROBLEM_BY_IDENTIFIER = {
    "contactId": "invalid_contact_id",
    "email": "invalid_email_address",
    "mobilePhone": "invalid_phone_number",
    "socialSecurityNumber": "invalid_social_security_number",
}


def error_context(call: Call, _world: World) -> dict[str, Any]:
    """Returns the id of the request, which every error contains."""
    return {"request_id": call.id}


def map_validation_error(_call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
    """Maps a lookup to the error of its invalid identifier; other errors list or contain the messages."""
    fallback = operation.conditions["call_invalid"]
    if fallback == "invalid_search_query":
        return Problem(_PROBLEM_BY_IDENTIFIER.get(violations[0].field, fallback))
    if "no_data" in operation.problems and any(map(_is_empty_body, violations)):
        return Problem("no_data")
    errors = validation_messages.entries(violations)
    return Problem(fallback, errors=errors, reason=errors[0]["errorDescription"])


def _is_empty_body(violation: Violation) -> bool:
    """Whether the body is null, or an object without the members that it needs."""
    whole = violation.location == "body" and not violation.pointer
    return whole and (violation.keyword == "minProperties" or violation.value is None)
