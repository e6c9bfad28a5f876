"""Which refusal a call gets that does not fit, and refusals as XML."""

import re
from typing import Any, Final

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.vendors.spotler import content_negotiation, xml_body

_AUDIENCES: Final = ("create_audience", "update_audience")
_LENGTHS: Final = {"/name": "audience_name_length", "/externalId": "audience_id_length"}
_SIZES: Final = frozenset(("minLength", "maxLength", "pattern"))
_OF_LIST: Final = re.compile(r"/contacts/\d+(/externalId)?")
_WITHOUT_ID: Final = frozenset(("required", "minLength"))


def map_validation_error(_call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
    """Audiences' names, contacts' properties and lists of contacts have refusals of their own."""
    named = (_named(operation, violation) for violation in violations)
    known = [name for name in named if name and name in operation.problems]
    if not known or (len(known) < len(violations) and operation.id in _AUDIENCES):
        return None
    # the name comes before the id in the vendor's own list of what may be wrong
    return Problem("audience_name_length" if "audience_name_length" in known else known[0])


def render_error(call: Call, _status: int, body: Any) -> tuple[str, str] | None:
    """The refusal as XML for those who like it better than JSON."""
    if not content_negotiation.wants_xml(call) or not isinstance(body, dict):
        return None
    root = "audienceContactErrorResponse" if "externalContactIds" in body else "errorResponse"
    return content_negotiation.XML, xml_body.written(root, body)


def _named(operation: Operation, violation: Violation) -> str | None:
    pointer, keyword = violation.pointer, violation.keyword
    if operation.id in _AUDIENCES:
        if keyword == "required" and not pointer:  # one that is missing is empty
            return next((name for at, name in _LENGTHS.items() if at[1:] not in violation.value), None)
        is_empty = keyword in _SIZES or (keyword == "type" and violation.value is None)
        return _LENGTHS.get(pointer) if is_empty else None
    if pointer == "/contact/properties/email":
        return "email_invalid"
    if pointer.startswith("/contact/properties"):
        return "property_invalid"
    if operation.id == "create_contacts" and keyword == "maxItems":
        return "too_many_contacts"
    is_none = keyword == "type" and violation.value is None and violation.field == "externalId"
    if _OF_LIST.fullmatch(pointer) and (is_none or keyword in _WITHOUT_ID):
        return "contact_without_external_id"
    if pointer == "/MPSearchQuery" and keyword == "pattern" and "=" in violation.value:
        return "property_invalid"
    return None
