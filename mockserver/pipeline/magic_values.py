"""Replies with the problem that a magic value in the call asks for, in a world that has them on."""

from typing import Final

from mockserver.call import Call
from mockserver.contract.magic_values import find_address, find_magic_value
from mockserver.contract.operation import Operation
from mockserver.errors import PlannedProblem
from mockserver.formats.suggestions import nearest
from mockserver.pipeline.request_context import RequestContext
from mockserver.state.faults import MAGIC_VALUE, Fault

_ID: Final = "magic-value"


def check_magic_values(operation: Operation, call: Call, context: RequestContext) -> None:
    """Raises the problem of the first magic value in the call, which its exchange names.

    An address of this form whose problem the operation does not have is an ordinary one: a remark says so.
    """
    sent = (call.path, call.query, call.headers, call.raw)
    found = find_magic_value(operation.problems, *sent)
    if found is None:
        if (other := find_address(*sent)) is not None:
            near = nearest(other.problem, operation.problems)
            call.remarks.append(
                f"{other.value} provokes nothing: {operation.id} has no such problem (nearest: {near})"
            )
        return
    call.remarks.append(f"the magic value {found.value} provokes {found.problem}")
    fault = Fault({"id": _ID, "kind": MAGIC_VALUE, "seen": 1, "spent": 1}, call.seed)
    context.faults = [fault, *context.faults]
    raise PlannedProblem(found.problem)
