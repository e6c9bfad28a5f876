"""The control API in Flask: its routes are the operations of contracts/control/openapi.yaml."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus

import orjson
from flask import Response, current_app, request

from mockserver import control
from mockserver.call import READ_METHODS, Call, WireReply
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.contract.validation import validate_path
from mockserver.control.profile_access import end_due
from mockserver.errors import Problem, StoreUnavailableError
from mockserver.formats.url_path import decode_path, routable_path
from mockserver.pipeline.handler import MAX_TRIES, handle_internal_call
from mockserver.pipeline.journal_entry import redacted_url
from mockserver.pipeline.reply_building import render_problem
from mockserver.pipeline.request_context import RequestContext
from mockserver.server import wsgi_adapter
from mockserver.server.access_control import check_guest
from mockserver.server.app_context import AppContext
from mockserver.server.error_replies import flask_response, reported_control_error
from mockserver.server.journal_replies import begin_stream, wait_for_page
from mockserver.server.url_paths import split_path
from mockserver.server.vendor_middleware import read_call
from mockserver.state.events import CallEvent

_WORLDS = "/worlds"


def call_control(context: AppContext) -> Response:
    """The response of the control API to the current request."""
    environ = request.environ
    try:
        return _authorized_response(context, environ)
    except Problem as problem:
        return flask_response(reported_control_error(context, problem, wsgi_adapter.read_request(environ)))


def contract_reply(contract: Contract, origin: str, *, secured: bool = True) -> WireReply:
    """The contract with this server's address; without its security where this server asks for none."""
    document = {**contract.document.root, "servers": [{"url": origin}]}
    if not secured:
        document["security"] = []
    return WireReply(200, {"Content-Type": "application/json"}, orjson.dumps(document))


def _authorized_response(context: AppContext, environ: wsgi_adapter.Environ) -> Response:
    received = wsgi_adapter.read_request(environ)
    url = split_path(received.path)
    contract = context.control.contract
    context.access.check_host(environ)
    context.access.check_site(environ)
    if url.rest == "/openapi.json" and request.method in READ_METHODS:
        origin = f"{received.base_url}{url.prefix}"
        return flask_response(contract_reply(contract, origin, secured=context.access.token is not None))
    operation = contract.route(request.method, routable_path(url.rest, decode_path(url.rest)))
    guest = None
    if not isinstance(operation, Operation) or operation.schemes:
        guest = context.access.identify(environ)
    received = wsgi_adapter.read_request(environ, current_app.config["MAX_CONTENT_LENGTH"])
    call = read_call(received, url.rest, url.prefix)
    if guest is not None and isinstance(operation, Operation):
        check_guest(guest, operation, _world_of(contract, call, operation))
    if isinstance(operation, Operation) and operation.schemes:  # health must not wait for the store
        context.upkeep.run_if_due()
    return _respond(context, call, operation)


def _world_of(contract: Contract, call: Call, operation: Operation) -> str | None:
    """The world that the path names, read as the operation will read it."""
    call.route = contract.normalize_path(routable_path(call.raw_path, call.path))
    return validate_path(operation, call).params.get("world")


def _respond(context: AppContext, call: Call, operation: Operation | tuple[str, ...]) -> Response:
    """The response to the call; one that takes time does not hold this thread."""
    reply, call, findings = _run(context, call, operation)
    try:
        if findings.operation and findings.operation.is_stream and reply.status == HTTPStatus.OK:
            return begin_stream(context, call, reply)
        if "wait" in call.params:
            waiting = wait_for_page(context, call, reply, lambda: _repeat(context, call, operation))
            if waiting is not None:
                return waiting
    except Problem as problem:
        reply = render_problem(context.control, problem, call, context.worlds, findings)
    return flask_response(reply)


def _repeat(context: AppContext, call: Call, operation: Operation | tuple[str, ...]) -> WireReply:
    """The reply to the same call, later, without a notice to the observers. Raises `WouldBlockError`."""
    with context.worlds.store.brief_waits(time.monotonic()):
        return _carry_out(context, call.copy(redelivered=False), operation)[0]


def _run(
    context: AppContext, call: Call, operation: Operation | tuple[str, ...]
) -> tuple[WireReply, Call, RequestContext]:
    if context.expiry and call.path == _WORLDS:
        context.expiry.delete_expired()  # an expired world must not be listed, nor count against the limit
    started = time.perf_counter_ns()
    reply, call, findings = _carry_out(context, call, operation)
    microseconds = (time.perf_counter_ns() - started) // 1000
    if _changes_world(operation) and "world" in call.params:
        context.worlds.signals.send(call.params["world"])
    context.worlds.notify(lambda: _event(context, call, reply, findings, microseconds))
    return reply, call, findings


def _carry_out(
    context: AppContext, call: Call, operation: Operation | tuple[str, ...]
) -> tuple[WireReply, Call, RequestContext]:
    """The reply, the call that got it, and what was found out about it. Raises `StoreUnavailableError`."""
    untransacted = isinstance(operation, Operation) and operation.id in control.WITHOUT_TRANSACTION

    @contextmanager
    def transaction() -> Iterator[None]:
        if untransacted:
            yield
            return
        with context.worlds.store.transaction():
            yield
            if _changes_world(operation):
                _note_change(context, call)

    for tries_left in reversed(range(MAX_TRIES)):
        try:
            reply, findings = handle_internal_call(
                context.control, call, context.worlds, transaction, partial(_before, context, call)
            )
            break
        except StoreUnavailableError as error:
            if not (error.again and tries_left):
                raise
            call = call.copy(redelivered=False)
    return reply, call, findings


def _changes_world(operation: Operation | tuple[str, ...]) -> bool:
    return isinstance(operation, Operation) and not operation.is_read_only


def _note_change(context: AppContext, call: Call) -> None:
    """Notes the change of a world for those who watch it; not if it was deleted."""
    world = call.params.get("world")
    if world is not None:
        with suppress(Problem):
            context.worlds.journal(world).note_change()


def _before(context: AppContext, call: Call) -> None:
    """Ends the profiles of the call's world whose end has come, as the next vendor call would."""
    if "world" in call.params:
        end_due(context.worlds, call.params["world"])


def _event(
    context: AppContext, call: Call, reply: WireReply, findings: RequestContext, microseconds: int
) -> CallEvent:
    return CallEvent(
        method=call.method,
        url=redacted_url(context.control.contract.redaction, call),
        status=reply.status,
        duration_us=microseconds,
        id=call.id,
        world=call.params.get("world"),
        vendor="control",
        operation=findings.operation.id if findings.operation else None,
        problem=findings.problem,
        flaw=findings.kind_of_error,
        sides=tuple(side for side, _violation in findings.violations),
    )
