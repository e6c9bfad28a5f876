"""The request pipeline: turns a Call into a WireReply, stage by stage (`_run` reads in that order)."""

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from mockserver.binding.bound_contract import BoundContract
from mockserver.binding.vendor import Vendor
from mockserver.call import Call, WireReply
from mockserver.contract.operation import Operation
from mockserver.errors import Problem, SeedDataMissingError, ShortCircuitError, StoreUnavailableError
from mockserver.pipeline.authentication import authenticate, find_world
from mockserver.pipeline.call_validation import (
    answer_preflight,
    check_route,
    find_operation,
    negotiate,
    reject_surplus,
    reject_unknown,
    validate,
)
from mockserver.pipeline.fault_injection import apply_faults, minimal_error
from mockserver.pipeline.journal_entry import JournalEntry, redacted_url
from mockserver.pipeline.magic_values import check_magic_values
from mockserver.pipeline.rate_limiting import RateLimiter
from mockserver.pipeline.reply_building import internal_error, render_problem, run_handler
from mockserver.pipeline.reply_reuse import open_reuse
from mockserver.pipeline.request_context import RequestContext
from mockserver.state.events import CallEvent
from mockserver.state.job_runs import JobRuns
from mockserver.state.session import RequestSession
from mockserver.state.worlds import Worlds

_log = logging.getLogger("mockserver")
MAX_TRIES: Final = 3
"""How often a call is tried whose transaction the store has given up."""
DeliverAgain = Callable[[Call], object]
_NOTHING_MORE: Final[Mapping[str, Any]] = MappingProxyType({})


def handle_call(
    worlds: Worlds, vendor: Vendor, call: Call, world: str | None, deliver_again: DeliverAgain | None = None
) -> WireReply:
    """The reply to a call; `world` is the one that the URL names. Raises the problem unknown_world only.

    A call that a fault delivers twice is delivered again at once, unless `deliver_again` takes it.
    If the store is unavailable, the transaction is rolled back and retried; then the vendor answers 503.
    """
    for _ in range(MAX_TRIES):
        try:
            return _run_with_seed_data(worlds, vendor, call, world, deliver_again)
        except StoreUnavailableError as error:
            route = vendor.contract.redaction.text(call.route)
            _log.warning("%s %s: the store is not available (%s)", vendor.name, route, error)
            if not error.again:
                break
            call = call.copy(redelivered=call.redelivered)
    call.id = str(uuid.uuid4())  # it has no place in a journal that an id could derive from
    reply = minimal_error(vendor, call, 503)
    worlds.notify(lambda: _unjournalled_event(vendor, call, reply))
    return reply


def _run_with_seed_data(
    worlds: Worlds, vendor: Vendor, call: Call, named: str | None, deliver_again: DeliverAgain | None
) -> WireReply:
    """The reply to a call, whose seed data is written before if it is missing: without locking the world."""
    try:
        return _run(worlds, vendor, call, named, deliver_again)
    except SeedDataMissingError as missing:
        worlds.seed_data.ensure_loaded(missing.space, worlds.vendors[missing.vendor])
    return _run(worlds, vendor, call, named, deliver_again)


def _run(
    worlds: Worlds, vendor: Vendor, call: Call, named: str | None, deliver_again: DeliverAgain | None
) -> WireReply:
    """The stages of the pipeline, in one transaction. Raises `StoreUnavailableError`."""
    started = time.perf_counter_ns()
    context = RequestContext()
    with worlds.store.transaction():
        # Inside the transaction: a concurrent delete would leave rows behind for a later world of this name.
        session = find_world(worlds, vendor, call, named)
        record, world = session.lookup.record, session.world
        call.seed, call.number = world.seed, session.number
        try:
            operation = find_operation(vendor, call, context, world.switches)
            negotiate(vendor, operation, call, context)
            if session.has_armed_faults and not call.redelivered:
                session = apply_faults(worlds, vendor, call, session, context)
                world = session.world
            limiter = context.rate_limiter = RateLimiter(vendor.contract, context.operation, call, world)
            limiter.check_address()
            check_route(vendor, operation, call, context)
            answer_preflight(vendor, operation, call, context)
            call.credential = authenticate(vendor, operation, call, session.credentials, world)
            limiter.check_credential()
            reply = _answer(worlds, vendor, operation, call, session, context)
        except ShortCircuitError as planned:
            reply = planned.reply
        except Problem as problem:
            reply = render_problem(vendor, problem, call, world, context)
        except Exception as error:  # a 500 that is this server's, not the vendor's
            reply = internal_error(vendor, call, error, context)
        context.record_result(reply.status)
        for fault in context.faults:
            fault.act_after(reply, call)
        entry = JournalEntry(vendor, call, reply, context, world.now(), started, world.secret)
        session.journal.append(call.number, entry, is_late=bool(reply.delay or reply.trickle))
        _release(call, context)
    if worlds.signals.watchers:
        worlds.signals.send(record["name"])
    worlds.notify(lambda: entry.event(record["name"]))
    if context.faults and any(fault.kind == "duplicate" for fault in context.faults):
        again = call.copy(redelivered=True)
        if deliver_again is None:
            return handle_call(worlds, vendor, again, named)
        deliver_again(again)
    return reply


def _answer(
    worlds: Worlds,
    vendor: Vendor,
    operation: Operation | tuple[str, ...],
    call: Call,
    session: RequestSession,
    context: RequestContext,
) -> WireReply:
    """The reply to an authenticated call: the one kept of the same read, else the handler's."""
    record, world = session.lookup.record, session.world
    if world.settings.magic_values and isinstance(operation, Operation):
        check_magic_values(operation, call, context)
    reuse = open_reuse(vendor, call, session, context)
    kept = reuse.find() if reuse else None
    if kept is not None:
        worlds.quota.check(record["name"], len(call.raw))
        return kept
    validate(vendor, operation, call, context)
    if world.settings.strictness == "strict":
        reject_unknown(vendor, call, context)
    if session.has_due_jobs:
        context.job_runs = (worlds.job_runner.run_due(record),)
    runs: tuple[JobRuns, ...] = ()
    with worlds.store.transaction():
        reply = run_handler(vendor, call, world, context)
        if world.settings.jobs == "immediate":
            runs = (worlds.job_runner.run_immediately(record, vendor.name, world.now()),)
        worlds.quota.check(record["name"], len(call.raw))
    if world.changes.changes or runs:  # only now: a rejected call has changed nothing
        context.changes = world.changes
        context.job_runs += runs
    if reuse:
        reuse.keep(reply)
    return reply


def _release(call: Call, context: RequestContext) -> None:
    """Drops what only the stages needed: the journal keeps both for long.

    A parsed body is many times as large as its text, and the garbage collector visits every object.
    """
    call.body = context.rate_limiter = None
    call.params = context.varying = _NOTHING_MORE


def handle_internal_call(
    bound: BoundContract,
    call: Call,
    subject: Any,
    transaction: Callable[[], Any],
    before: Callable[[], object],
) -> tuple[WireReply, RequestContext]:
    """The reply to a call of the control API or a backstage action: no credentials, no faults, no journal.

    `before` runs in the transaction, ahead of the handler. Raises `StoreUnavailableError`.
    """
    context = RequestContext()
    call.id = str(uuid.uuid4())
    try:
        operation = find_operation(bound, call, context, {})
        validate(bound, operation, call, context)
        reject_surplus(bound, call, context)
        with transaction():
            before()
            return run_handler(bound, call, subject, context), context
    except Problem as problem:
        return render_problem(bound, problem, call, subject, context), context
    except Exception as error:  # anything unexpected becomes a 500
        return internal_error(bound, call, error, context), context


def _unjournalled_event(vendor: Vendor, call: Call, reply: WireReply) -> CallEvent:
    url = redacted_url(vendor.contract.redaction, call)
    return CallEvent(call.method, url, reply.status, 0, id=call.id, vendor=vendor.name)
