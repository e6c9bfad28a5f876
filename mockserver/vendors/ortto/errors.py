"""How Ortto words its refusals."""

import re
from typing import Any, Final

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto.filter_logic import refusal
from mockserver.vendors.ortto.ids import refuse_malformed
from mockserver.vendors.ortto.instance_records import NAME

_ID_PLACES: Final = re.compile(
    r"/(audience_id|cursor_id)|/(contact_ids|inclusion_ids|exclusion_ids)/\d+|/people/\d+/person_id"
)
_PERSON: Final = re.compile(r"/people/(\d+)")
_BY_KEY: Final = ("subscribe_people", "get_subscriptions")
_KINDS: Final = {
    type(None): "null",
    bool: "bool",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_WORDS: Final = {
    "minItems": "there has to be an element",
    "maxItems": "there are too many elements",
    "maxLength": "the text is too long",
}
_KEYS: Final = ("person_id", "email", "external_id")


def error_context(call: Call, world: World) -> dict[str, Any]:
    """The instance starts most texts; the request id is fresh for every call (recorded)."""
    return {"request_id": call.id, "instance": NAME}


def map_validation_error(call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
    """Malformed ids, unknown filter operators and people without a key have texts of their own."""
    first = violations[0]
    if first.pointer.startswith("/filter"):
        return refusal(call.body["filter"], first.message)
    if _ID_PLACES.fullmatch(first.pointer) and first.keyword in ("pattern", "type"):
        return _malformed(first.value)
    person = _PERSON.fullmatch(first.pointer)
    if (
        person
        and operation.id in _BY_KEY
        and isinstance(first.value, dict)
        and not any(map(first.value.get, _KEYS))
    ):
        return Problem("person_unidentified", number=person[1])
    return Problem("request_invalid", reason=_reason(first))


def _reason(violation: Violation) -> str:
    """What is wrong and where, in the manner of Go's decoder where it is a type."""
    where = violation.pointer or "/"
    if violation.keyword == "type":
        wanted = violation.message.rpartition(" is not of type ")[2].replace("'", "")
        wanted = wanted.removesuffix(", null")
        return f"json: cannot unmarshal {_KINDS[type(violation.value)]} into {where} of type {wanted}"
    if violation.keyword == "anyOf" and _PERSON.fullmatch(where):
        return f"{where}: subscribed or sms_opted_in is required"
    return f"{where}: {_WORDS.get(violation.keyword, violation.message.replace(', None]', ']'))}"


def _malformed(value: Any) -> Problem:
    try:
        refuse_malformed(value)
    except Problem as problem:
        return problem
