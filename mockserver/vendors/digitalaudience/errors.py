"""Which refusal a call that does not fit gets, and with what HTTP status refusals are sent.

The vendor documents no refusal at all: these follow what frameworks of its kind say.
"""

from typing import Any

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import configuration


def map_validation_error(_call: Call, _operation: Operation, violations: list[Violation]) -> Problem | None:
    """What is not there, null or blank is required; anything else is invalid; a body must be an object."""
    first = violations[0]
    if first.location == "path":
        return Problem("route_not_found")
    if not first.pointer and first.keyword == "type":
        return Problem("body_malformed")
    field = _field(first)
    return Problem("field_required" if _is_missing(first) else "field_invalid", field=field)


def error_status(_call: Call, world: World, status: int) -> int:
    """The HTTP status that a refusal is sent with."""
    return 200 if configuration.always_sends_200(world) else status


def _field(violation: Violation) -> str:
    if violation.keyword == "required" and not violation.pointer:
        # JSON Schema's own words: 'name' is a required property
        return violation.message.partition("'")[2].rpartition("'")[0]
    return violation.pointer.strip("/").partition("/")[0]


def _is_missing(violation: Violation) -> bool:
    value: Any = violation.value
    return violation.keyword == "required" or value is None or (isinstance(value, str) and not value.strip())
