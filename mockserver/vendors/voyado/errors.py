"""Voyado error responses: their variable members, and the problem for an invalid call."""

from typing import Any

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.state.world import World

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
    """Maps a lookup to the error of its invalid identifier, and a body to one error with all violations."""
    fallback = operation.conditions["call_invalid"]
    if fallback == "invalid_search_query":
        return Problem(_PROBLEM_BY_IDENTIFIER.get(violations[0].field, fallback))
    if fallback != "validation_error":
        return None
    if "no_data" in operation.problems and any(map(_is_empty_body, violations)):
        return Problem("no_data")
    return Problem("validation_error", errors=[_to_dict(violation) for violation in violations])


def _is_empty_body(violation: Violation) -> bool:
    """Whether the body is null, or an object without the members that it needs."""
    whole = violation.location == "body" and not violation.pointer
    return whole and (violation.keyword == "minProperties" or violation.value is None)


def _to_dict(violation: Violation) -> dict[str, str]:
    error = {"errorDescription": violation.message}
    return error | {"field": violation.field} if violation.field else error
