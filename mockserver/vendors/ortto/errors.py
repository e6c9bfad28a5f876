"""Error responses."""

import re
from typing import Any, Final

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto.filter_logic import filter_problem
from mockserver.vendors.ortto.ids import raise_malformed
from mockserver.vendors.ortto.instance_records import NAME
from mockserver.vendors.ortto.person_index import PERSON_KEYS

_ID_POINTERS: Final = re.compile(
    r"/(audience_id|cursor_id)|/(contact_ids|inclusion_ids|exclusion_ids)/\d+|/people/\d+/person_id"
)
_PERSON_POINTER: Final = re.compile(r"/people/(\d+)")
_OPERATIONS_BY_KEY: Final = ("subscribe_people", "get_subscriptions")
_GO_TYPES: Final = {
    type(None): "null",
    bool: "bool",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_MESSAGES: Final = {
    "minItems": "at least one element is required",
    "maxItems": "too many elements",
    "maxLength": "the text is too long",
}


def error_context(call: Call, world: World) -> dict[str, Any]:
    """The name of the instance, which begins most texts, and the id of the request (recorded)."""
    return {"request_id": call.id, "instance": NAME, "syntax_error": "unexpected end of JSON input"}


def map_validation_error(call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
    """The problem for malformed ids, invalid filters, people without a key, and other invalid calls."""
    first = violations[0]
    if first.pointer == "/filter" or first.pointer.startswith("/filter/"):
        return filter_problem(call.body["filter"], first.message)
    if _ID_POINTERS.fullmatch(first.pointer) and first.keyword in ("pattern", "type"):
        return _malformed_id(first.value)
    person = _PERSON_POINTER.fullmatch(first.pointer)
    if (
        person
        and operation.id in _OPERATIONS_BY_KEY
        and isinstance(first.value, dict)
        and not any(map(first.value.get, PERSON_KEYS))
    ):
        return Problem("person_unidentified", number=person[1])
    return Problem("request_invalid", reason=_reason(first))


def _reason(violation: Violation) -> str:
    """The error text: what is wrong and where; a wrong type in the words of Go's JSON decoder."""
    where = violation.pointer or "/"
    if violation.keyword == "type":
        expected = violation.message.rpartition(" is not of type ")[2].replace("'", "")
        expected = expected.removesuffix(", null")
        return f"json: cannot unmarshal {_GO_TYPES[type(violation.value)]} into {where} of type {expected}"
    if violation.keyword == "anyOf" and _PERSON_POINTER.fullmatch(where):
        return f"{where}: subscribed or sms_opted_in is required"
    return f"{where}: {_MESSAGES.get(violation.keyword, violation.message.replace(', None]', ']'))}"


def _malformed_id(value: Any) -> Problem:
    try:
        raise_malformed(value)
    except Problem as problem:
        return problem
