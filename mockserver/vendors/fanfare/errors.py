"""Which refusal a call that does not fit gets, and its details."""

from typing import Any, Final

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem

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


def validation_failed(*wrong: tuple[str, str]) -> Problem:
    """The problem validation_failed with (field, message) pairs."""
    details = [{"field": field, "message": message} for field, message in wrong]
    return Problem("validation_failed", details=details)


def map_validation_error(_call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
    """All that is wrong, once for each field: the documented body of `Validation failed`."""
    if "validation_failed" not in operation.problems:
        return None
    wrong: dict[str, str] = {}
    for violation in violations:
        wrong.setdefault(_field(violation), _message(violation))
    return validation_failed(*wrong.items())


def _field(violation: Violation) -> str:
    """A path with dots, as in `rules.0.operator`; the missing member itself where one is missing."""
    if violation.location != "body":  # of a parameter that is a list, whichever item is wrong
        return violation.pointer.split("/")[1]
    path = violation.pointer.strip("/").replace("/", ".").replace("~1", "/").replace("~0", "~")
    if violation.keyword == "required" and isinstance(violation.value, dict):
        missing = _missing_property(violation)
        return ".".join(part for part in (path, missing) if part)
    return path


def _missing_property(violation: Violation) -> str:
    # JSON Schema's own words: 'name' is a required property
    return violation.message.partition("'")[2].rpartition("'")[0]


def _message(violation: Violation) -> str:
    if violation.keyword == "format":
        return next((text for name, text in _FORMATS.items() if name in violation.message), "Invalid format")
    return _MESSAGES.get(violation.keyword, violation.message)


def error_context(call: Call, _world: Any) -> dict[str, Any]:
    """Refusals may name the request."""
    return {"request_id": f"req_{call.id.replace('-', '')[:24]}"}
