"""The way of a call: from what came in to what goes out, in order, on one screen (`answer`)."""

import hashlib
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from mockserver.binding.vendor import Bound, Vendor
from mockserver.call import NOTHING, Answer, Call, Reply
from mockserver.contract.operation import Operation, ReplySpec, is_json
from mockserver.contract.validation import Finding, Violation, check_call, check_reply, reply_for
from mockserver.errors import BrokenPromise, Planned, Problem
from mockserver.formats.sanitize import trace
from mockserver.formats.timestamps import to_iso
from mockserver.pipeline.authentication import admit, find_world
from mockserver.pipeline.fault_injection import Stage, out_of_shape, perform_in_part
from mockserver.pipeline.journal_entry import Note, entry, shown_url
from mockserver.pipeline.rate_limiting import Allowance
from mockserver.state import events
from mockserver.state.events import Seen
from mockserver.state.faults import Instead
from mockserver.state.journal import Exchange
from mockserver.state.session import Look, Registered
from mockserver.state.worlds import Worlds
from mockserver.storage.store import Unavailable

_log = logging.getLogger("mockserver")
BROKEN_PROMISE = "X-Mockserver-Broken-Promise"
_TRIES: Final = 3


def answer(worlds: Worlds, vendor: Vendor, call: Call, named: str | None) -> Answer:
    """One call to a vendor, from the door to the door. Raises the problem unknown_world only.

    Of a call that the store could not carry through nothing is kept: it is tried again, or the vendor is out
    of order.
    """
    for _ in range(_TRIES):
        try:
            return _exchange(worlds, vendor, call, named)
        except Unavailable as trouble:
            _log.warning("%s %s: the store is not available (%s)", vendor.name, call.route, trouble)
            if not trouble.again:
                break
            call = call.afresh(again=call.again)
    sent = out_of_shape(vendor.contract, 503)
    _tell(worlds, lambda: _unkept(vendor, call, sent))
    return sent


def _tell(worlds: Worlds, look: Callable[[], Seen]) -> None:
    """Tells the observers, if there are any."""
    if worlds.observers:
        seen = look()
        for one in worlds.observers:
            one.saw(seen)


def _seen(registered: Registered, written: Exchange, note: Note) -> Seen:
    struck = tuple((fault.id, fault.kind) for fault in note.faults)
    return replace(events.of(written, registered["name"]), faults=struck)


def _unkept(vendor: Vendor, call: Call, sent: Answer) -> Seen:
    url = shown_url(vendor.contract.redaction, call)
    return Seen(call.method, url, sent.status, 0, vendor=vendor.name)


def _exchange(worlds: Worlds, vendor: Vendor, call: Call, named: str | None) -> Answer:
    """The way of the call, in order. Raises `Unavailable`."""
    started = time.perf_counter_ns()
    note = Note()
    with worlds.store.transaction():
        # Found in here, so that nobody deletes it meanwhile: its rows would wait for the next of its name.
        look = find_world(worlds, vendor, call, named)
        registered = look.gate.registered
        call.id = _call_id(look.world.seed, look.number)
        try:
            operation = _route(vendor, call, note)
            if look.armed and not call.again:
                look = _strike(worlds, vendor, call, look, note)
            allowance = note.allowance = Allowance(vendor.contract, note.operation, call, look.world)
            allowance.admit_address()
            call.credential = admit(vendor, operation, call, look.known, look.world)
            allowance.admit_caller()
            _check(vendor, operation, call, note, look.world.switches)
            if look.world.settings.strictness == "strict":
                _refuse_unknown(vendor, call, note)
            if look.due:
                worlds.run_due(registered)
            with worlds.store.transaction():
                sent = _perform(vendor, call, look.world, note)
                if look.world.settings.jobs == "immediate":
                    worlds.run_at_once(registered, vendor.name)
                worlds.scales.weigh(registered["name"], len(call.raw))
        except Instead as planned:
            sent = planned.answer
        except Problem as problem:
            sent = _refuse(vendor, problem, call, look.world, note)
        except Exception as error:  # whatever else goes wrong in here is ours to confess
            sent = _confess(vendor, call, error, note)
        note.settle(sent.status)
        for fault in note.faults:
            fault.after(sent, call)
        written = entry(vendor, call, sent, note)
        written |= {"number": look.number, "at": to_iso(look.world.now()), "vendor": vendor.name}
        written["duration_us"] = (time.perf_counter_ns() - started) // 1000
        look.journal.add(written)
    _tell(worlds, lambda: _seen(registered, written, note))
    if any(fault.kind == "duplicate" for fault in note.faults):
        return answer(worlds, vendor, call.afresh(again=True), named)
    return sent


def _strike(worlds: Worlds, vendor: Vendor, call: Call, look: Look, note: Note) -> Look:
    """Lets the faults act that are meant for this call. Raises the problem or the answer that is planned.

    Gives the world as it is looked at from here on: a latency may have moved its clock.
    """
    operation = note.operation
    note.allowance = allowance = Allowance(vendor.contract, operation, call, look.world)
    note.faults = look.faults.strike(
        vendor.name, operation.id if operation else None, operation.path if operation else "", call
    )
    advance = worlds.clock(look.world.name).advance
    stage = Stage(vendor, operation, call, look.world, allowance, advance)
    for fault in note.faults:
        fault.before(stage)
    return (stage.moved and look.gate.enter()) or look


def answer_directly(
    bound: Bound, call: Call, subject: Any, transaction: Callable[[], Any], before: Callable[[], object]
) -> tuple[Answer, Note]:
    """One call to a contract of our own (control, backstage): no credentials and no journal of a world.

    Raises `Unavailable`.
    """
    note = Note()
    call.id = str(uuid.uuid4())
    try:
        operation = _route(bound, call, note)
        _check(bound, operation, call, note, {})
        with transaction():
            before()
            return _perform(bound, call, subject, note), note
    except Problem as problem:
        return _refuse(bound, problem, call, subject, note), note
    except Exception as error:  # whatever else goes wrong in here is ours to confess
        return _confess(bound, call, error, note), note


def refuse_directly(bound: Bound, problem: Problem, call: Call, subject: Any) -> Answer:
    """What a contract of our own says to a problem that was met before any operation."""
    return _refuse(bound, problem, call, subject, Note())


def _call_id(seed: int, number: int) -> str:
    digits = hashlib.blake2b(f"{seed}/{number}".encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _route(bound: Bound, call: Call, note: Note) -> Operation | tuple[str, ...]:
    call.route = bound.contract.plain(call.path)
    found = bound.contract.route(call.method, call.route)
    if isinstance(found, Operation):
        note.operation = found
    else:
        note.flaw = "unknown_method" if found else "unknown_path"
        nearest = bound.contract.nearest(call.method, call.path)
        note.nearest = f"{nearest.method} {nearest.path} ({nearest.id})" if nearest else None
    return found


def _check(
    bound: Bound,
    operation: Operation | tuple[str, ...],
    call: Call,
    note: Note,
    switches: Mapping[str, Any],
) -> None:
    """Fills in the call's typed parameters and body. Raises the problem for what does not fit."""
    contract = bound.contract
    conditions = operation.conditions if isinstance(operation, Operation) else contract.conditions
    if contract.demands_content_type(switches) and not call.headers.get("content-type"):
        raise Problem(conditions["content_type_missing"])
    if not isinstance(operation, Operation):
        allowed = {"allow": ", ".join(operation)} if operation else {}
        condition = "method_unknown" if operation else "path_unknown"
        raise Problem(
            conditions[condition], method=call.method, path=call.path, nearest=note.nearest, **allowed
        )
    finding = check_call(operation, call)
    call.operation, call.params, call.body = operation.id, finding.params, finding.body
    note.unknown = finding.unknown
    if finding.condition:
        note.violations = [("call", violation) for violation in finding.violations]
        raise _problem_for(bound, operation, call, finding)


def _refuse_unknown(bound: Bound, call: Call, note: Note) -> None:
    """Raises the vendor's problem for a call that does not fit, if it has what the contract does not know."""
    found = [
        Violation(one.place, one.pointer, "unknown", f"unknown; the nearest known is {one.nearest}")
        for one in note.unknown
    ]
    if found and note.operation:
        note.violations = [("call", violation) for violation in found]
        raise _problem_for(bound, note.operation, call, Finding({}, None, "call_invalid", tuple(found)))


def _problem_for(bound: Bound, operation: Operation, call: Call, finding: Finding) -> Problem:
    violations = list(finding.violations)
    first = violations[0]
    where = first.place + first.pointer
    details = {"reason": first.message, "pointer": first.pointer, "field": first.field, "where": where}
    if finding.condition == "call_invalid":
        if finding.problem:
            return Problem(finding.problem, **details)
        chosen = bound.refuse(call, operation, violations)
        if chosen is not None:
            return chosen
    return Problem(operation.conditions[finding.condition or "call_invalid"], **details)


def _perform(bound: Bound, call: Call, subject: Any, note: Note) -> Answer:
    """The operation itself, and its reply held against the contract. Raises `BrokenPromise`."""
    operation = bound.contract.operations[call.operation]
    function = bound.functions[operation.id]
    partly = next((fault for fault in note.faults if fault.kind == "partial"), None)
    if partly:
        result = perform_in_part(operation, call, partly.wish.get("item", 0), lambda: function(call, subject))
    else:
        result = function(call, subject)
    reply = result if isinstance(result, Reply) else Reply(result)
    status = reply.status or operation.success
    headers = {**bound.headers(call, subject), **note.headers, **reply.headers}
    return _send(bound, operation.replies, status, reply.body, headers, note)


def _refuse(bound: Bound, problem: Problem, call: Call, subject: Any, note: Note) -> Answer:
    """The problem as the contract words it."""
    operation = note.operation
    note.problem = problem.name
    planned = isinstance(problem, Planned)
    listed = operation.problems if operation else bound.contract.problems
    spec = listed.get(problem.name) or (bound.contract.problems.get(problem.name) if planned else None)
    where = operation.id if operation else "a call that no operation answers"
    try:
        if spec is None:
            raise BrokenPromise(
                f"{where} answers with problem {problem.name}, which its contract does not list"
            )
        body = spec.body(bound.standing(call, subject) | problem.details, exact=not planned)
        at_home = operation and problem.name in operation.problems
        replies = operation.replies if operation and at_home else bound.contract.home_of(problem.name)
        headers = bound.headers(call, subject) | note.headers
        headers |= _allowed(problem, reply_for(replies, spec.status))
        sent = _send(bound, replies, bound.status(call, subject, spec.status), body, headers, note)
        dressed = bound.dress(call, spec.status, body)
        if dressed is not None:
            sent.headers["Content-Type"], sent.body = dressed[0], dressed[1].encode()
        return sent
    except Exception as error:  # a detail that is missing, or the vendor's errors.py: ours to confess
        return _confess(bound, call, error, note)


def _allowed(problem: Problem, spec: ReplySpec | None) -> dict[str, str]:
    """The methods that a path does have, unless the vendor says the same `Allow` to everything."""
    says_its_own = spec is not None and "allow" in spec.headers
    return {} if says_its_own or "allow" not in problem.details else {"Allow": problem.details["allow"]}


def _send(
    bound: Bound,
    replies: Mapping[str, ReplySpec],
    status: int,
    body: Any,
    headers: Mapping[str, str],
    note: Note,
) -> Answer:
    spec = reply_for(replies, status)
    own = {name.lower() for name in headers}
    standing = spec.standing if spec else {}
    sent = {name: text for name, text in standing.items() if name.lower() not in own} if own else {**standing}
    sent.update(headers)
    if spec and spec.others and _media_type(headers) in spec.others:
        return Answer(status, sent, body.encode())
    written = _written(bound, spec, body)
    violations = check_reply(replies, status, sent, body, written)
    if violations:
        note.violations += [("reply", violation) for violation in violations]
        raise BrokenPromise(f"reply {status}: {violations[0]}")
    media_type = spec.media_type if spec else None
    if media_type is None or body is NOTHING:
        return Answer(status, sent, b"")
    if "content-type" not in own:
        content_type = bound.contract.reply_content_type if media_type == "application/json" else media_type
        sent = {"Content-Type": content_type, **sent}
    if not is_json(media_type):
        return Answer(status, sent, body.encode() if isinstance(body, str) else bytes(body))
    return Answer(status, sent, written or b"")


def _written(bound: Bound, spec: ReplySpec | None, body: Any) -> bytes | None:
    """The body as JSON, if it is to be sent so."""
    if spec is None or spec.media_type is None or body is NOTHING or not is_json(spec.media_type):
        return None
    return orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE if bound.contract.reply_newline else 0)


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("Content-Type", "").partition(";")[0].strip()


def _confess(bound: Bound, call: Call, error: Exception, note: Note) -> Answer:
    """A 500 that is visibly ours and not the vendor's; but a store that is not there is neither."""
    if isinstance(error, Unavailable):
        raise error
    note.flaw = "broken_promise"
    if isinstance(error, BrokenPromise):
        note.why = str(error)
    else:
        note.why = f"{type(error).__name__}: {error}"
        unquoted = bound.contract.redaction.unquoting(call)
        _log.error("an operation failed\n%s", unquoted(trace(error)))
    body = orjson.dumps({"error": "broken_promise", "message": note.why})
    return Answer(500, {"Content-Type": "application/json", BROKEN_PROMISE: "1"}, body)
