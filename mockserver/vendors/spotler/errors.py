"""Spotler error responses: problems of invalid calls, and errors as XML."""

import re
from typing import Any, Final

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.vendors.spotler import content_negotiation, xml_body

_AUDIENCE_OPERATIONS: Final = ("create_audience", "update_audience")
_LENGTH_PROBLEMS: Final = {"/name": "audience_name_length", "/externalId": "audience_id_length"}
_LENGTH_KEYWORDS: Final = frozenset(("minLength", "maxLength", "pattern"))
_LISTED_CONTACT: Final = re.compile(r"/contacts/\d+(/externalId)?")
_MISSING_ID_KEYWORDS: Final = frozenset(("required", "minLength"))


def map_validation_error(_call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
    """Maps schema violations to the problems for audience names, contact properties and contact lists."""
    candidates = (_problem_of(operation, violation) for violation in violations)
    problems = [name for name in candidates if name and name in operation.problems]
    if not problems or (len(problems) < len(violations) and operation.id in _AUDIENCE_OPERATIONS):
        return None
    # the vendor lists the name before the id
    return Problem("audience_name_length" if "audience_name_length" in problems else problems[0])


def render_error(call: Call, _status: int, body: Any) -> tuple[str, str] | None:
    """Renders the error as XML if the Accept header prefers XML."""
    if not content_negotiation.prefers_xml(call) or not isinstance(body, dict):
        return None
    root = "audienceContactErrorResponse" if "externalContactIds" in body else "errorResponse"
    return content_negotiation.XML, xml_body.render(root, body)


def _problem_of(operation: Operation, violation: Violation) -> str | None:
    pointer, keyword = violation.pointer, violation.keyword
    if operation.id in _AUDIENCE_OPERATIONS:
        return _length_problem(violation)
    if pointer == "/contact/properties/email":
        return "email_invalid"
    if pointer.startswith("/contact/properties"):
        return "property_invalid"
    if operation.id == "create_contacts" and keyword == "maxItems":
        return "too_many_contacts"
    is_null_id = keyword == "type" and violation.value is None and violation.field == "externalId"
    if _LISTED_CONTACT.fullmatch(pointer) and (is_null_id or keyword in _MISSING_ID_KEYWORDS):
        return "contact_without_external_id"
    if pointer == "/MPSearchQuery" and keyword == "pattern" and "=" in violation.value:
        return "property_invalid"
    return None


def _length_problem(violation: Violation) -> str | None:
    """The problem of a name or id that is missing, null, empty or too long."""
    pointer, keyword = violation.pointer, violation.keyword
    if keyword == "required" and not pointer:
        return next((name for at, name in _LENGTH_PROBLEMS.items() if at[1:] not in violation.value), None)
    has_invalid_length = keyword in _LENGTH_KEYWORDS or (keyword == "type" and violation.value is None)
    return _LENGTH_PROBLEMS.get(pointer) if has_invalid_length else None
