"""Runs the handler and builds the reply, checked against the contract; renders problems."""

import logging
from collections.abc import Mapping, Set
from typing import Any, Final

import orjson

from mockserver.binding.bound_contract import BoundContract
from mockserver.call import NOTHING, Call, Reply, WireReply
from mockserver.contract.operation import ReplySpec
from mockserver.contract.validation import find_reply_spec, spec_violations
from mockserver.contract.xml_body import is_xml, render_xml
from mockserver.errors import (
    ContractViolationError,
    PlannedProblem,
    Problem,
    StoreUnavailableError,
    WouldBlockError,
)
from mockserver.formats.error_body import error_body
from mockserver.formats.sanitize import format_traceback
from mockserver.pipeline.fault_injection import run_partially
from mockserver.pipeline.request_context import RequestContext

CONTRACT_VIOLATION_HEADER: Final = "X-Mockserver-Broken-Promise"
"""Marks a 500 as an error of this server, never the vendor's."""

_log = logging.getLogger("mockserver")
_NO_NAMES: Final[frozenset[str]] = frozenset()


def run_handler(bound: BoundContract, call: Call, subject: Any, context: RequestContext) -> WireReply:
    """The reply of the operation's handler. Raises `ContractViolationError`, and the handler's problem."""
    operation = bound.contract.operations[call.operation]
    handler = bound.handlers[operation.id]
    faults = context.faults
    partial = next((fault for fault in faults if fault.kind == "partial"), None) if faults else None
    if partial:
        result = run_partially(operation, call, partial.record.get("item", 0), lambda: handler(call, subject))
    else:
        result = handler(call, subject)
    reply = result if isinstance(result, Reply) else Reply(result)
    status = reply.status or operation.success_status
    context.asked_for_id = call.has_id
    context.varying = varying = {**bound.hooks.response_headers(call, subject), **context.headers}
    headers = {**varying, **reply.headers}
    return _build_reply(bound, operation.replies, status, reply.body, headers, context)


def render_problem(
    bound: BoundContract, problem: Problem, call: Call, subject: Any, context: RequestContext
) -> WireReply:
    """The reply that the contract declares for the problem."""
    operation = context.operation
    context.problem = problem.name
    planned = isinstance(problem, PlannedProblem)
    listed = operation.problems if operation else bound.contract.problems
    spec = listed.get(problem.name) or (bound.contract.problems.get(problem.name) if planned else None)
    try:
        if spec is None:
            where = operation.id if operation else "a call without an operation"
            raise ContractViolationError(
                f"{where} raises the problem {problem.name}, which its contract does not list"
            )
        body = spec.body(bound.hooks.error_context(call, subject) | problem.details, exact=not planned)
        is_own = operation and problem.name in operation.problems
        replies = (
            operation.replies if operation and is_own else bound.contract.replies_declaring(problem.name)
        )
        headers = bound.hooks.response_headers(call, subject) | context.headers
        headers |= _allow_header(problem, find_reply_spec(replies, spec.status))
        status = bound.hooks.error_status(call, subject, spec.status)
        reply = _build_reply(bound, replies, status, body, headers, context)
        rendered = bound.hooks.render_error(call, spec.status, body)
        if rendered is not None:
            reply.headers["Content-Type"], reply.body = rendered[0], rendered[1].encode()
        return reply
    except Exception as error:  # a missing detail, or an error in a hook
        return internal_error(bound, call, error, context)


def internal_error(bound: BoundContract, call: Call, error: Exception, context: RequestContext) -> WireReply:
    """A 500 that is recognizably this server's and not the vendor's.

    Re-raises `StoreUnavailableError` and `WouldBlockError`: the call was not carried out.
    """
    if isinstance(error, StoreUnavailableError | WouldBlockError):
        raise error
    context.kind_of_error = "broken_promise"
    if isinstance(error, ContractViolationError):
        context.error_message = str(error)
    else:
        context.error_message = f"{type(error).__name__}: {error}"
        scrub = bound.contract.redaction.secret_scrubber(call)
        _log.error("an operation failed\n%s", scrub(format_traceback(error)))
    body = error_body("broken_promise", context.error_message)
    return WireReply(500, {"Content-Type": "application/json", CONTRACT_VIOLATION_HEADER: "1"}, body)


def _allow_header(problem: Problem, spec: ReplySpec | None) -> dict[str, str]:
    """The methods of the call's path, unless the contract declares a fixed `Allow` header."""
    is_fixed = spec is not None and "allow" in spec.headers
    return {} if is_fixed or "allow" not in problem.details else {"Allow": problem.details["allow"]}


def _build_reply(
    bound: BoundContract,
    replies: Mapping[str, ReplySpec],
    status: int,
    body: Any,
    headers: Mapping[str, str],
    context: RequestContext,
) -> WireReply:
    spec = find_reply_spec(replies, status)
    fixed = spec.fixed_headers if spec else {}
    given: Set[str] = {name.lower() for name in headers} if headers else _NO_NAMES
    sent = {name: text for name, text in fixed.items() if name.lower() not in given} if given else {**fixed}
    sent.update(headers)
    if spec and spec.alternative_media_types and _media_type(headers) in spec.alternative_media_types:
        return WireReply(status, sent, body.encode())
    if spec and bound.contract.has_overlays and spec.extra_members and spec.is_json:
        body = spec.extra_members.fill(body)
    raw = _serialize(bound, spec, body)
    violations = spec_violations(spec, status, sent, body, raw)
    if violations:
        found = [("reply", violation) for violation in violations]
        context.violations = [*context.violations, *found]
        raise ContractViolationError(f"reply {status}: {violations[0]}")
    media_type = spec.media_type if spec else None
    if media_type is None or body is NOTHING:
        return WireReply(status, sent, b"")
    if "content-type" not in given:
        content_type = bound.contract.reply_content_type if media_type == "application/json" else media_type
        sent = {"Content-Type": content_type, **sent}
    alternative = spec.alternatives.get(context.media_type) if spec else None
    if alternative is not None and is_xml(context.media_type):
        document = render_xml(body, alternative.schema, alternative.components)
        return WireReply(status, {**sent, "Content-Type": context.media_type}, document.encode())
    if spec is None or not spec.is_json:
        if is_xml(media_type) and spec and spec.schema and not isinstance(body, str | bytes):
            document = render_xml(body, spec.schema.schema, spec.schema.components)
            return WireReply(status, sent, document.encode())
        return WireReply(status, sent, body.encode() if isinstance(body, str) else bytes(body))
    return WireReply(status, sent, raw or b"")


def _serialize(bound: BoundContract, spec: ReplySpec | None, body: Any) -> bytes | None:
    """The body as JSON text; None where the reply has no JSON body."""
    if spec is None or body is NOTHING or not spec.is_json:
        return None
    return orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE if bound.contract.reply_newline else 0)


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("Content-Type", "").partition(";")[0].strip()
