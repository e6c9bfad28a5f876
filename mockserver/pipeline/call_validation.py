"""Routes a call to its operation and validates it against the contract."""

from collections.abc import Mapping
from typing import Any, NoReturn, TypeGuard

from mockserver.binding.bound_contract import BoundContract
from mockserver.call import Call, WireReply
from mockserver.contract.content_negotiation import choose_media_type
from mockserver.contract.operation import Operation, offered_media_types
from mockserver.contract.validation import ValidationResult, Violation, validate_call, validate_path
from mockserver.errors import Problem, ShortCircuitError
from mockserver.formats.url_path import routable_path
from mockserver.pipeline.request_context import RequestContext


def find_operation(
    bound: BoundContract, call: Call, context: RequestContext, switches: Mapping[str, Any]
) -> Operation | tuple[str, ...]:
    """The operation of the call; the methods that its path has instead (none: the path is unknown).

    Notes the operation in the context, and the contract's rules under these switches.
    """
    context.rules = bound.contract.rules(switches)
    routes = bound.contract.routes
    call.route = routes.normalize(routable_path(call.raw_path, call.path))
    found = routes.find(call.method, call.route)
    if isinstance(found, Operation):
        context.operation = found
    elif not _asks_for_methods(found, bound, call):
        context.kind_of_error = "unknown_method" if found else "unknown_path"
        close = bound.contract.suggest_operation(call.method, call.path)
        context.suggestion = f"{close.method} {close.path} ({close.id})" if close else None
    return found


def negotiate(
    bound: BoundContract,
    operation: Operation | tuple[str, ...],
    call: Call,
    context: RequestContext,
) -> None:
    """Chooses the media type of the reply, where the contract negotiates it."""
    default = context.rules.default_media_type
    if default is None:
        return
    if isinstance(operation, Operation):
        offered = operation.offered_media_types
    else:
        offered = offered_media_types(bound.contract.unrouted.replies)
    if not offered:
        return
    chosen = choose_media_type(call.headers.get("accept", ""), offered, default)
    context.is_acceptable = chosen is not None
    context.media_type = chosen or (default if default in offered else offered[0])


def answer_preflight(
    bound: BoundContract, operation: Operation | tuple[str, ...], call: Call, context: RequestContext
) -> None:
    """Raises `ShortCircuitError` with the reply to OPTIONS, where the contract has one for all paths.

    A browser sends its preflight without credentials.
    """
    preflight = bound.contract.preflight
    if call.method == "OPTIONS" and preflight and operation and not isinstance(operation, Operation):
        context.kind_of_error = context.suggestion = None
        status, spec = preflight
        raise ShortCircuitError(WireReply(status, dict(spec.fixed_headers), b""))


def validate(
    bound: BoundContract,
    operation: Operation | tuple[str, ...],
    call: Call,
    context: RequestContext,
) -> None:
    """Fills in the call's typed parameters and body. Raises the contract's problem for an invalid call.

    Raises ShortCircuitError for OPTIONS, where the contract answers it.
    """
    contract = bound.contract
    if _asks_for_methods(operation, bound, call):
        raise ShortCircuitError(WireReply(200, {"Allow": ", ".join(operation)}, b""))
    conditions = operation.conditions if isinstance(operation, Operation) else contract.conditions
    has_type = bool(call.headers.get("content-type"))
    if not has_type and context.rules.requires_content_type(bool(call.raw)):
        raise Problem(conditions["content_type_missing"])
    if not isinstance(operation, Operation):
        raise _unrouted(bound, operation, call, context)
    if not context.is_acceptable:
        raise Problem(conditions["not_acceptable"])
    result = validate_call(
        operation,
        call,
        context.rules.assumed_content_type,
        context.rules.names_ignore_case,
        bound.hooks.decode_body,
        bound.hooks.decode_text,
    )
    call.operation, call.params, call.body = operation.id, result.params, result.body
    context.unknown_properties = result.unknown_properties
    if result.condition:
        _reject(bound, operation, call, context, result)


def check_route(
    bound: BoundContract,
    operation: Operation | tuple[str, ...],
    call: Call,
    context: RequestContext,
) -> None:
    """Rejects a path or a method that does not exist before the credential, where the vendor routes first.

    A path with an invalid parameter does not exist either.
    """
    if not context.rules.routes_first:
        return
    if not isinstance(operation, Operation):
        raise _unrouted(bound, operation, call, context)
    result = validate_path(operation, call)
    if result.condition:
        call.operation = operation.id
        _reject(bound, operation, call, context, result)


def _unrouted(bound: BoundContract, methods: tuple[str, ...], call: Call, context: RequestContext) -> Problem:
    """The problem of a call that no operation matches; `methods` are those that its path has instead."""
    allowed = {"allow": ", ".join(methods)} if methods else {}
    name = bound.contract.conditions["method_unknown" if methods else "path_unknown"]
    return Problem(name, method=call.method, path=call.path, nearest=context.suggestion, **allowed)


def reject_unknown(bound: BoundContract, call: Call, context: RequestContext) -> None:
    """Raises the problem of an invalid call for properties that the contract does not know."""
    found = [
        Violation(
            one.location,
            one.pointer,
            "unknown",
            f"unknown; the nearest known is {one.nearest}" if one.nearest else "unknown; leave it out",
        )
        for one in context.unknown_properties
    ]
    if found and context.operation:
        result = ValidationResult({}, None, "call_invalid", tuple(found))
        _reject(bound, context.operation, call, context, result)


def reject_surplus(bound: BoundContract, call: Call, context: RequestContext) -> None:
    """Raises the problem of an invalid call for what the operation does not know, and would ignore.

    That is a body where it takes none (`{}` has no content), and properties that its contract does not know.
    Operations that cannot answer so, such as probes, ignore it.
    """
    operation = context.operation
    if operation is None or operation.conditions.get("call_invalid") not in operation.problems:
        return
    if operation.body is None and call.raw.strip() not in (b"", b"{}"):
        surplus = Violation("body", "", "unknown", f"{operation.id} takes no body; leave it out")
        _reject(bound, operation, call, context, ValidationResult({}, None, "call_invalid", (surplus,)))
    reject_unknown(bound, call, context)


def _asks_for_methods(
    operation: Operation | tuple[str, ...], bound: BoundContract, call: Call
) -> TypeGuard[tuple[str, ...]]:
    """Whether the call asks which methods a known path supports, and the contract answers that."""
    is_known_path = isinstance(operation, tuple) and bool(operation)
    return call.method == "OPTIONS" and is_known_path and bound.contract.answers_options


def _reject(
    bound: BoundContract, operation: Operation, call: Call, context: RequestContext, result: ValidationResult
) -> NoReturn:
    """Notes the violations of an invalid call, and raises its problem."""
    context.violations = [("call", violation) for violation in result.violations]
    raise _problem_for(bound, operation, call, result)


def _problem_for(bound: BoundContract, operation: Operation, call: Call, result: ValidationResult) -> Problem:
    violations = list(result.violations)
    first = violations[0]
    where = first.location + first.pointer
    reason = bound.hooks.describe_violation(call, first) or first.message
    details = {"reason": reason, "pointer": first.pointer, "field": first.field, "where": where}
    if result.condition == "call_invalid":
        if result.problem:
            return Problem(result.problem, **details)
        chosen = bound.hooks.map_validation_error(call, operation, violations)
        if chosen is not None:
            return chosen
    return Problem(operation.conditions[result.condition or "call_invalid"], **details)
