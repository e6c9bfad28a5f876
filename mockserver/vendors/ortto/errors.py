"""Error responses."""

import re
from typing import Any, Final

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.formats.bounded_text import clip, json_excerpt
from mockserver.formats.json_pointer import parse_pointer
from mockserver.state.world import World
from mockserver.vendors.ortto.filter_errors import filter_problem
from mockserver.vendors.ortto.go_json import decoding_error, type_error
from mockserver.vendors.ortto.ids import raise_malformed
from mockserver.vendors.ortto.instance_records import NAME
from mockserver.vendors.ortto.person_index import PERSON_KEYS
from mockserver.vendors.ortto.raw_json import RawJson

_ID_POINTERS: Final = re.compile(
    r"/(audience_id|cursor_id|person_id|account_id|folder_id|campaign_id)"
    r"|/(contact_ids|account_ids|person_ids|campaign_ids|inclusion_ids|exclusion_ids)/\d+"
    r"|/(people|activities)/\d+/person_id"
)
_PERSON_POINTER: Final = re.compile(r"/people/(\d+)")
_OPERATIONS_BY_KEY: Final = ("subscribe_people", "get_subscriptions")
_MAX_QUOTED: Final = 300
_SENTENCES: Final = {
    "minItems": "at least {wanted} element is required",
    "maxItems": "at most {wanted} elements are allowed",
    "maxLength": "the text is longer than {wanted} characters",
    "minLength": "the text is empty",
    "minimum": "the value is less than {wanted}",
    "maximum": "the value is greater than {wanted}",
    "maxProperties": "at most {wanted} members are allowed",
}


def error_context(call: Call, world: World) -> dict[str, Any]:
    """The name of the instance, which begins most texts, and the id of the request (recorded)."""
    return {"request_id": call.id, "instance": NAME}


def describe_violation(call: Call, violation: Violation) -> str | None:
    """Why a body is not JSON, in the words of Go's decoder; `map_validation_error` words all else."""
    return decoding_error(call.raw) if violation.keyword == "json" else None


def map_validation_error(call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
    """The problem for malformed ids, invalid filters, people without a key, and other invalid calls."""
    first = violations[0]
    raw = RawJson(call.raw.decode("utf-8", "replace"))
    if first.pointer == "/filter" or first.pointer.startswith("/filter/"):
        filter = raw.find("filter")
        return filter_problem(filter, parse_pointer(first.pointer)[1:]) if filter else None
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
    if first.location == "body" and (value := _find_value_of_field(first, raw)):
        return Problem("request_invalid", reason=f"{value} (Invalid value)")
    if first.value is not None and (first.keyword == "type" or _is_wrong_choice(first)):
        return Problem("request_invalid", reason=type_error(operation, first, raw))
    return Problem("request_invalid", reason=f"{_sentence(first)} (Invalid value)")


def _find_value_of_field(violation: Violation, raw: RawJson) -> str | None:
    """The error about the value of a field or attribute, which Go reads into a map and checks later.

    None: the violation is somewhere else. The text is inferred.
    """
    tokens = parse_pointer(violation.pointer)
    depth = next((number for number, token in enumerate(tokens) if ":" in token), None)
    if depth is None:
        return None
    sent = raw.follow(tokens[: depth + 1])
    return f"failed to validate field {tokens[depth]}: {clip(sent.text, _MAX_QUOTED) if sent else 'null'}"


def _is_wrong_choice(violation: Violation) -> bool:
    """Whether the value is of another type than the texts to choose from: Go reads these into a string."""
    rule = violation.rule if isinstance(violation.rule, dict) else {}
    wanted = {type(one) for one in rule.get("enum", ()) if one is not None}
    return violation.keyword == "enum" and wanted == {str} and not isinstance(violation.value, str)


def _sentence(violation: Violation) -> str:
    """The fault and its place, for what Go's decoder takes and Ortto does not (inferred)."""
    where = ".".join(parse_pointer(violation.pointer))
    prefix = f"{where}: " if where else ""
    rule = violation.rule if isinstance(violation.rule, dict) else {}
    if violation.keyword == "required" and isinstance(violation.value, dict):
        missing = [name for name in rule.get("required", ()) if name not in violation.value]
        return f"{prefix}{', '.join(missing)} is required" if missing else f"{prefix}a member is missing"
    if violation.value is None:  # Go's decoder takes null as nothing
        return f"{where or 'the body'} is required"
    alternatives = _alternatives(rule) if isinstance(violation.value, dict) else ""
    if violation.keyword == "anyOf" and alternatives:
        return f"{prefix}{alternatives} is required"
    sentence = _SENTENCES.get(violation.keyword)
    if sentence is not None:
        return prefix + sentence.format(wanted=rule.get(violation.keyword, 0))
    return f"{prefix}{clip(json_excerpt(violation.value, _MAX_QUOTED), _MAX_QUOTED)}"


def _alternatives(rule: dict[str, Any]) -> str:
    """The members of which an object needs one; empty if the rule does not name them."""
    names = [
        name for one in rule.get("anyOf", ()) if isinstance(one, dict) for name in one.get("required", ())
    ]
    return " or ".join(dict.fromkeys(names))


def _malformed_id(value: Any) -> Problem:
    try:
        raise_malformed(value)
    except Problem as problem:
        return problem
