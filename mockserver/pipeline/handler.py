"""The way of a call: from what came in to what goes out, in order, on one screen (`answer`)."""

import hashlib
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from mockserver.binding.bound_contract import BoundContract
from mockserver.binding.vendor import Vendor
from mockserver.call import NOTHING, Call, Reply, WireReply
from mockserver.contract.operation import Operation, ReplySpec, is_json
from mockserver.contract.validation import (
    ValidationResult,
    Violation,
    find_reply_spec,
    validate_call,
    validate_reply,
)
from mockserver.errors import (
    ContractViolationError,
    PlannedProblem,
    Problem,
    ShortCircuitError,
    StoreUnavailableError,
)
from mockserver.formats.sanitize import format_traceback
from mockserver.formats.timestamps import to_iso
from mockserver.pipeline.authentication import authenticate, find_world
from mockserver.pipeline.fault_injection import FaultContext, minimal_error, run_partially
from mockserver.pipeline.journal_entry import RequestContext, build_entry, redacted_url
from mockserver.pipeline.rate_limiting import RateLimiter
from mockserver.state import events
from mockserver.state.events import CallEvent
from mockserver.state.journal import Exchange
from mockserver.state.session import RequestSession, WorldRecord
from mockserver.state.worlds import Worlds

_log = logging.getLogger("mockserver")
CONTRACT_VIOLATION_HEADER = "X-Mockserver-Broken-Promise"
_TRIES: Final = 3


def handle_call(worlds: Worlds, vendor: Vendor, call: Call, named: str | None) -> WireReply:
    """One call to a vendor, from the door to the door. Raises the problem unknown_world only.

    Of a call that the store could not carry through nothing is kept: it is tried again, or the vendor is out
    of order.
    """
    for _ in range(_TRIES):
        try:
            return _run(worlds, vendor, call, named)
        except StoreUnavailableError as trouble:
            _log.warning("%s %s: the store is not available (%s)", vendor.name, call.route, trouble)
            if not trouble.again:
                break
            call = call.copy(redelivered=call.redelivered)
    sent = minimal_error(vendor.contract, 503)
    _notify(worlds, lambda: _unjournalled_event(vendor, call, sent))
    return sent


def _notify(worlds: Worlds, look: Callable[[], CallEvent]) -> None:
    """Tells the observers, if there are any."""
    if worlds.observers:
        seen = look()
        for one in worlds.observers:
            one.on_call(seen)


def _call_event(registered: WorldRecord, written: Exchange, note: RequestContext) -> CallEvent:
    struck = tuple((fault.id, fault.kind) for fault in note.faults)
    return replace(events.from_exchange(written, registered["name"]), faults=struck)


def _unjournalled_event(vendor: Vendor, call: Call, sent: WireReply) -> CallEvent:
    url = redacted_url(vendor.contract.redaction, call)
    return CallEvent(call.method, url, sent.status, 0, vendor=vendor.name)


def _run(worlds: Worlds, vendor: Vendor, call: Call, named: str | None) -> WireReply:
    """The way of the call, in order. Raises `StoreUnavailableError`."""
    started = time.perf_counter_ns()
    note = RequestContext()
    with worlds.store.transaction():
        # Found in here, so that nobody deletes it meanwhile: its rows would wait for the next of its name.
        look = find_world(worlds, vendor, call, named)
        registered = look.lookup.record
        call.id = _call_id(look.world.seed, look.number)
        try:
            operation = _route(vendor, call, note)
            if look.has_armed_faults and not call.redelivered:
                look = _apply_faults(worlds, vendor, call, look, note)
            allowance = note.rate_limiter = RateLimiter(vendor.contract, note.operation, call, look.world)
            allowance.check_address()
            call.credential = authenticate(vendor, operation, call, look.credentials, look.world)
            allowance.check_credential()
            _validate(vendor, operation, call, note, look.world.switches)
            if look.world.settings.strictness == "strict":
                _reject_unknown(vendor, call, note)
            if look.has_due_jobs:
                worlds.run_due(registered)
            with worlds.store.transaction():
                sent = _run_handler(vendor, call, look.world, note)
                if look.world.settings.jobs == "immediate":
                    worlds.run_immediate_jobs(registered, vendor.name)
                worlds.quota.check(registered["name"], len(call.raw))
        except ShortCircuitError as planned:
            sent = planned.reply
        except Problem as problem:
            sent = _render_problem(vendor, problem, call, look.world, note)
        except Exception as error:  # whatever else goes wrong in here is ours to confess
            sent = _internal_error(vendor, call, error, note)
        note.record_result(sent.status)
        for fault in note.faults:
            fault.after(sent, call)
        written = build_entry(vendor, call, sent, note)
        written |= {"number": look.number, "at": to_iso(look.world.now()), "vendor": vendor.name}
        written["duration_us"] = (time.perf_counter_ns() - started) // 1000
        look.journal.add(written)
    _notify(worlds, lambda: _call_event(registered, written, note))
    if any(fault.kind == "duplicate" for fault in note.faults):
        return handle_call(worlds, vendor, call.copy(redelivered=True), named)
    return sent


def _apply_faults(
    worlds: Worlds, vendor: Vendor, call: Call, look: RequestSession, note: RequestContext
) -> RequestSession:
    """Lets the faults act that are meant for this call. Raises the problem or the answer that is planned.

    Gives the world as it is looked at from here on: a latency may have moved its clock.
    """
    operation = note.operation
    note.rate_limiter = allowance = RateLimiter(vendor.contract, operation, call, look.world)
    note.faults = look.faults.match(
        vendor.name, operation.id if operation else None, operation.path if operation else "", call
    )
    advance = worlds.clock(look.world.name).advance
    stage = FaultContext(vendor, operation, call, look.world, allowance, advance)
    for fault in note.faults:
        fault.before(stage)
    return (stage.moved and look.lookup.load()) or look


def handle_internal_call(
    bound: BoundContract,
    call: Call,
    subject: Any,
    transaction: Callable[[], Any],
    before: Callable[[], object],
) -> tuple[WireReply, RequestContext]:
    """One call to a contract of our own (control, backstage): no credentials and no journal of a world.

    Raises `StoreUnavailableError`.
    """
    note = RequestContext()
    call.id = str(uuid.uuid4())
    try:
        operation = _route(bound, call, note)
        _validate(bound, operation, call, note, {})
        with transaction():
            before()
            return _run_handler(bound, call, subject, note), note
    except Problem as problem:
        return _render_problem(bound, problem, call, subject, note), note
    except Exception as error:  # whatever else goes wrong in here is ours to confess
        return _internal_error(bound, call, error, note), note


def render_problem(bound: BoundContract, problem: Problem, call: Call, subject: Any) -> WireReply:
    """What a contract of our own says to a problem that was met before any operation."""
    return _render_problem(bound, problem, call, subject, RequestContext())


def _call_id(seed: int, number: int) -> str:
    digits = hashlib.blake2b(f"{seed}/{number}".encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _route(bound: BoundContract, call: Call, note: RequestContext) -> Operation | tuple[str, ...]:
    call.route = bound.contract.normalize_path(call.path)
    found = bound.contract.route(call.method, call.route)
    if isinstance(found, Operation):
        note.operation = found
    else:
        note.kind_of_error = "unknown_method" if found else "unknown_path"
        nearest = bound.contract.suggest_operation(call.method, call.path)
        note.suggestion = f"{nearest.method} {nearest.path} ({nearest.id})" if nearest else None
    return found


def _validate(
    bound: BoundContract,
    operation: Operation | tuple[str, ...],
    call: Call,
    note: RequestContext,
    switches: Mapping[str, Any],
) -> None:
    """Fills in the call's typed parameters and body. Raises the problem for what does not fit."""
    contract = bound.contract
    conditions = operation.conditions if isinstance(operation, Operation) else contract.conditions
    if contract.requires_content_type(switches) and not call.headers.get("content-type"):
        raise Problem(conditions["content_type_missing"])
    if not isinstance(operation, Operation):
        allowed = {"allow": ", ".join(operation)} if operation else {}
        condition = "method_unknown" if operation else "path_unknown"
        raise Problem(
            conditions[condition], method=call.method, path=call.path, nearest=note.suggestion, **allowed
        )
    finding = validate_call(operation, call)
    call.operation, call.params, call.body = operation.id, finding.params, finding.body
    note.unknown_properties = finding.unknown_properties
    if finding.condition:
        note.violations = [("call", violation) for violation in finding.violations]
        raise _problem_for(bound, operation, call, finding)


def _reject_unknown(bound: BoundContract, call: Call, note: RequestContext) -> None:
    """Raises the vendor's problem for a call that does not fit, if it has what the contract does not know."""
    found = [
        Violation(one.location, one.pointer, "unknown", f"unknown; the nearest known is {one.nearest}")
        for one in note.unknown_properties
    ]
    if found and note.operation:
        note.violations = [("call", violation) for violation in found]
        raise _problem_for(
            bound, note.operation, call, ValidationResult({}, None, "call_invalid", tuple(found))
        )


def _problem_for(
    bound: BoundContract, operation: Operation, call: Call, finding: ValidationResult
) -> Problem:
    violations = list(finding.violations)
    first = violations[0]
    where = first.location + first.pointer
    details = {"reason": first.message, "pointer": first.pointer, "field": first.field, "where": where}
    if finding.condition == "call_invalid":
        if finding.problem:
            return Problem(finding.problem, **details)
        chosen = bound.hooks.map_validation_error(call, operation, violations)
        if chosen is not None:
            return chosen
    return Problem(operation.conditions[finding.condition or "call_invalid"], **details)


def _run_handler(bound: BoundContract, call: Call, subject: Any, note: RequestContext) -> WireReply:
    """The operation itself, and its reply held against the contract. Raises `ContractViolationError`."""
    operation = bound.contract.operations[call.operation]
    function = bound.handlers[operation.id]
    partly = next((fault for fault in note.faults if fault.kind == "partial"), None)
    if partly:
        result = run_partially(operation, call, partly.wish.get("item", 0), lambda: function(call, subject))
    else:
        result = function(call, subject)
    reply = result if isinstance(result, Reply) else Reply(result)
    status = reply.status or operation.success
    headers = {**bound.hooks.response_headers(call, subject), **note.headers, **reply.headers}
    return _build_reply(bound, operation.replies, status, reply.body, headers, note)


def _render_problem(
    bound: BoundContract, problem: Problem, call: Call, subject: Any, note: RequestContext
) -> WireReply:
    """The problem as the contract words it."""
    operation = note.operation
    note.problem = problem.name
    planned = isinstance(problem, PlannedProblem)
    listed = operation.problems if operation else bound.contract.problems
    spec = listed.get(problem.name) or (bound.contract.problems.get(problem.name) if planned else None)
    where = operation.id if operation else "a call that no operation answers"
    try:
        if spec is None:
            raise ContractViolationError(
                f"{where} answers with problem {problem.name}, which its contract does not list"
            )
        body = spec.body(bound.hooks.error_context(call, subject) | problem.details, exact=not planned)
        at_home = operation and problem.name in operation.problems
        replies = operation.replies if operation and at_home else bound.contract.replies_with(problem.name)
        headers = bound.hooks.response_headers(call, subject) | note.headers
        headers |= _allow_header(problem, find_reply_spec(replies, spec.status))
        sent = _build_reply(
            bound, replies, bound.hooks.error_status(call, subject, spec.status), body, headers, note
        )
        dressed = bound.hooks.render_error(call, spec.status, body)
        if dressed is not None:
            sent.headers["Content-Type"], sent.body = dressed[0], dressed[1].encode()
        return sent
    except Exception as error:  # a detail that is missing, or the vendor's errors.py: ours to confess
        return _internal_error(bound, call, error, note)


def _allow_header(problem: Problem, spec: ReplySpec | None) -> dict[str, str]:
    """The methods that a path does have, unless the vendor says the same `Allow` to everything."""
    says_its_own = spec is not None and "allow" in spec.headers
    return {} if says_its_own or "allow" not in problem.details else {"Allow": problem.details["allow"]}


def _build_reply(
    bound: BoundContract,
    replies: Mapping[str, ReplySpec],
    status: int,
    body: Any,
    headers: Mapping[str, str],
    note: RequestContext,
) -> WireReply:
    spec = find_reply_spec(replies, status)
    own = {name.lower() for name in headers}
    standing = spec.standing if spec else {}
    sent = {name: text for name, text in standing.items() if name.lower() not in own} if own else {**standing}
    sent.update(headers)
    if spec and spec.others and _media_type(headers) in spec.others:
        return WireReply(status, sent, body.encode())
    written = _serialize(bound, spec, body)
    violations = validate_reply(replies, status, sent, body, written)
    if violations:
        note.violations += [("reply", violation) for violation in violations]
        raise ContractViolationError(f"reply {status}: {violations[0]}")
    media_type = spec.media_type if spec else None
    if media_type is None or body is NOTHING:
        return WireReply(status, sent, b"")
    if "content-type" not in own:
        content_type = bound.contract.reply_content_type if media_type == "application/json" else media_type
        sent = {"Content-Type": content_type, **sent}
    if not is_json(media_type):
        return WireReply(status, sent, body.encode() if isinstance(body, str) else bytes(body))
    return WireReply(status, sent, written or b"")


def _serialize(bound: BoundContract, spec: ReplySpec | None, body: Any) -> bytes | None:
    """The body as JSON, if it is to be sent so."""
    if spec is None or spec.media_type is None or body is NOTHING or not is_json(spec.media_type):
        return None
    return orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE if bound.contract.reply_newline else 0)


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("Content-Type", "").partition(";")[0].strip()


def _internal_error(bound: BoundContract, call: Call, error: Exception, note: RequestContext) -> WireReply:
    """A 500 that is visibly ours and not the vendor's; but a store that is not there is neither."""
    if isinstance(error, StoreUnavailableError):
        raise error
    note.kind_of_error = "broken_promise"
    if isinstance(error, ContractViolationError):
        note.error_message = str(error)
    else:
        note.error_message = f"{type(error).__name__}: {error}"
        unquoted = bound.contract.redaction.secret_scrubber(call)
        _log.error("an operation failed\n%s", unquoted(format_traceback(error)))
    body = orjson.dumps({"error": "broken_promise", "message": note.error_message})
    return WireReply(500, {"Content-Type": "application/json", CONTRACT_VIOLATION_HEADER: "1"}, body)
