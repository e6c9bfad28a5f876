"""What varies in Voyado's refusals, and which refusal a call that does not fit gets."""

from typing import Any

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.state.world import World

_OF_IDENTIFIER = {
    "contactId": "invalid_contact_id",
    "email": "invalid_email_address",
    "mobilePhone": "invalid_phone_number",
    "socialSecurityNumber": "invalid_social_security_number",
}


def error_context(call: Call, _world: World) -> dict[str, Any]:
    """Every refusal names the request."""
    return {"request_id": call.id}


def map_validation_error(_call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
    """Look-ups tell which identifier has a wrong form; bodies list all that is wrong."""
    fallback = operation.conditions["call_invalid"]
    if fallback == "invalid_search_query":
        return Problem(_OF_IDENTIFIER.get(violations[0].field, fallback))
    if fallback != "validation_error":
        return None
    if "no_data" in operation.problems and any(map(_leaves_nothing, violations)):
        return Problem("no_data")
    return Problem("validation_error", errors=[_error(violation) for violation in violations])


def _leaves_nothing(violation: Violation) -> bool:
    """Whether the body is null, or an object without members where one is needed."""
    whole = violation.location == "body" and not violation.pointer
    return whole and (violation.keyword == "minProperties" or violation.value is None)


def _error(violation: Violation) -> dict[str, str]:
    described = {"errorDescription": violation.message}
    return described | {"field": violation.field} if violation.field else described
