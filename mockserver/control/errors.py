"""Error responses of the control API: an invalid call gets the nearest valid value or member."""

from collections.abc import Mapping

from mockserver.binding.hooks import Hooks
from mockserver.call import Call
from mockserver.contract.hints import nearest_valid
from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.formats.suggestions import suggest


class ControlHooks(Hooks):
    """The hooks of the control contract."""

    def map_validation_error(
        self, call: Call, operation: Operation, violations: list[Violation]
    ) -> Problem | None:
        """call_does_not_fit with the nearest valid value or member; None if nothing is similar."""
        first = violations[0]
        nearest = nearest_valid(first.keyword, first.rule, first.value) or _nearest_member(first)
        if nearest is None:
            return None
        reason = f"{first.message}, the nearest is {nearest}"
        return Problem(
            operation.conditions["call_invalid"], where=first.location + first.pointer, reason=reason
        )


def _nearest_member(violation: Violation) -> str | None:
    """The member of the schema that is most similar to one that it does not have."""
    if violation.keyword != "additionalProperties" or not isinstance(violation.rule, Mapping):
        return None
    known = [str(name) for name in violation.rule.get("properties", {})]
    free = [name for name in known if name not in violation.value]
    unknown = (name for name in violation.value if name not in known)
    return next(filter(None, (suggest(name, free) for name in unknown)), None)
