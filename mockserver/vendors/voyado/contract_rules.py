"""Rules of the contract for contacts that it does not see one by one: rows of a batch, and forms."""

from typing import Any

from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.voyado import validation_messages


def validate(world: World, component: str, value: Any) -> None:
    """Raises the problem validation_error, or no_data for nothing, if the value violates a schema."""
    schema = world.contract.schema({"$ref": f"#/components/schemas/{component}"})
    if schema.is_valid(value):
        return
    if not value:
        raise Problem("no_data")
    violations = [
        Violation("body", one.pointer, one.keyword, one.message, one.value, one.rule)
        for one in schema.violations(value)
    ]
    raise Problem("validation_error", errors=validation_messages.entries(violations))


def describe(world: World, problem: Problem) -> tuple[str, str]:
    """Returns the error code and a message of a problem, the message of its first validation error if any."""
    body = world.contract.problems[problem.name].body(problem.details, exact=False)
    errors = problem.details.get("errors")
    return body["errorCode"], errors[0]["errorDescription"] if errors else body["message"]
