"""Error responses of DigitalAudience.

The vendor documents none; these follow the defaults of web frameworks of its kind.
"""

from typing import Any, Final

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.contract.unknown_properties import collect_properties
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import configuration

_OF_THE_BUCKET: Final = "put_file"


def map_validation_error(_call: Call, operation: Operation, violations: list[Violation]) -> Problem | None:
    """field_required for a missing, null or blank field, field_invalid for any other violation.

    Of several fields, the one that the documentation names first.

    route_not_found for an id in the path that is not an integer, body_malformed for a body that is not an
    object.
    """
    first = min(violations, key=lambda one: _rank(operation, one))
    if first.location == "path":
        return Problem("route_not_found")
    if not first.pointer and first.keyword == "type":
        return Problem("body_malformed")
    field = _field_name(first)
    return Problem("field_required" if _is_missing(first) else "field_invalid", field=field)


def error_context(call: Call, _world: Any) -> dict[str, Any]:
    """The id of the call that failures of the bucket have."""
    return {"storage_request_id": call.id.replace("-", "")[:16].upper()}


def error_status(call: Call, world: World, status: int) -> int:
    """The contract's status, or 200 if the world sends every failure of the API with HTTP 200."""
    if call.operation == _OF_THE_BUCKET:
        return status
    return 200 if configuration.always_sends_200(world) else status


def _rank(operation: Operation, violation: Violation) -> int:
    """The position of the invalid field among the parameters and then the members of the body."""
    body = operation.body.json_schema if operation.body else None
    members = collect_properties(body.schema, body.components) if body else {}
    names = [*(one.name for one in operation.parameters), *members]
    field = _field_name(violation)
    return names.index(field) if field in names else -1


def _field_name(violation: Violation) -> str:
    if violation.keyword == "required" and not violation.pointer:
        # the message of JSON Schema: 'name' is a required property
        return violation.message.partition("'")[2].rpartition("'")[0]
    return violation.pointer.strip("/").partition("/")[0]


def _is_missing(violation: Violation) -> bool:
    value: Any = violation.value
    return violation.keyword == "required" or value is None or (isinstance(value, str) and not value.strip())
