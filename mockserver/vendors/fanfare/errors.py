"""Fanfare error responses."""

from typing import Any, Final

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.formats.json_pointer import parse_pointer
from mockserver.vendors.fanfare.problems import validation_failed

_MESSAGES: Final = {
    "required": "Required",
    "minLength": "Too short",
    "maxLength": "Too long",
    "minItems": "Too few items",
    "maxItems": "Too many items",
    "enum": "Invalid value",
    "const": "Invalid value",
    "pattern": "Invalid format",
}
_FORMATS: Final = {"email": "Invalid email format", "date-time": "Invalid date"}


def map_validation_error(_call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
    """The problem validation_failed with one message per invalid field."""
    if "validation_failed" not in operation.problems:
        return None
    errors: dict[str, str] = {}
    for violation in violations:
        errors.setdefault(_field(violation), _message(violation))
    return validation_failed(*errors.items())


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


def _message(violation: Violation) -> str:
    if violation.keyword == "format":
        return next((text for name, text in _FORMATS.items() if name in violation.message), "Invalid format")
    return _MESSAGES.get(violation.keyword, violation.message)


def error_context(call: Call, _world: Any) -> dict[str, Any]:
    """The request id."""
    return {"request_id": f"req_{call.id.replace('-', '')[:24]}"}
