"""Fanfare error responses."""

from typing import Any

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.formats.json_pointer import parse_pointer
from mockserver.vendors.fanfare.problems import validation_failed
from mockserver.vendors.fanfare.request_ids import host_id, request_id, storage_request_id
from mockserver.vendors.fanfare.violation_messages import render_violation


def map_validation_error(_call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
    """The problem validation_failed with one message per invalid field; batch_too_large for a long batch."""
    if "batch_too_large" in operation.problems and any(map(_is_long_batch, violations)):
        return Problem("batch_too_large")
    if "validation_failed" not in operation.problems:
        return None
    errors: dict[str, str] = {}
    for violation in violations:
        errors.setdefault(_field(violation), render_violation(violation))
    return validation_failed(*errors.items())


def _is_long_batch(violation: Violation) -> bool:
    return violation.location == "body" and not violation.pointer and violation.keyword == "maxItems"


def _field(violation: Violation) -> str:
    """A dotted path, such as `rules.0.operator`; for a missing property, the path of the property."""
    if violation.location != "body":  # the parameter, not the item of a list parameter
        return parse_pointer(violation.pointer)[0]
    path = ".".join(parse_pointer(violation.pointer))
    if violation.keyword == "required" and isinstance(violation.value, dict):
        missing = _missing_property(violation)
        return ".".join(part for part in (path, missing) if part)
    return path


def _missing_property(violation: Violation) -> str:
    # The message of jsonschema: 'name' is a required property
    return violation.message.partition("'")[2].rpartition("'")[0]


def error_context(call: Call, _world: Any) -> dict[str, Any]:
    """The ids of the call."""
    return {
        "request_id": request_id(call),
        "storage_request_id": storage_request_id(call),
        "host_id": host_id(call),
    }
