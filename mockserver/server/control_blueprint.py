"""The control API in Flask: its routes are the operations of contracts/control/openapi.yaml."""

import time
from contextlib import nullcontext

import orjson
from flask import Response, current_app, request

from mockserver import control
from mockserver.call import READ_METHODS, Call, WireReply
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.errors import Problem, StoreUnavailableError
from mockserver.formats.url_path import decode_path, routable_path
from mockserver.pipeline.handler import MAX_TRIES, handle_internal_call
from mockserver.pipeline.journal_entry import redacted_url
from mockserver.pipeline.request_context import RequestContext
from mockserver.server import wsgi_adapter
from mockserver.server.app_context import AppContext
from mockserver.server.error_replies import flask_response, reported_control_error
from mockserver.server.security_headers import SECURITY_HEADERS
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


def contract_response(contract: Contract, origin: str, *, secured: bool = True) -> Response:
    """The contract with this server's address; without its security where this server asks for none."""
    document = {**contract.document.root, "servers": [{"url": origin}]}
    if not secured:
        document["security"] = []
    return Response(orjson.dumps(document), 200, SECURITY_HEADERS, content_type="application/json")


def _authorized_response(context: AppContext, environ: wsgi_adapter.Environ) -> Response:
    received = wsgi_adapter.read_request(environ)
    url = split_path(received.path)
    contract = context.control.contract
    context.access.check_host(environ)
    context.access.check_site(environ)
    if url.rest == "/openapi.json" and request.method in READ_METHODS:
        origin = f"{received.base_url}{url.prefix}"
        return contract_response(contract, origin, secured=context.access.token is not None)
    operation = contract.route(request.method, routable_path(url.rest, decode_path(url.rest)))
    if not isinstance(operation, Operation) or operation.schemes:
        context.access.check_token(environ)
    received = wsgi_adapter.read_request(environ, current_app.config["MAX_CONTENT_LENGTH"])
    return flask_response(_run(context, read_call(received, url.rest, url.prefix), operation))


def _run(context: AppContext, call: Call, operation: Operation | tuple[str, ...]) -> WireReply:
    if context.expiry and call.path == _WORLDS:
        context.expiry.delete_expired()  # an expired world must not be listed, nor count against the limit
    untransacted = isinstance(operation, Operation) and operation.id in control.WITHOUT_TRANSACTION
    transaction = nullcontext if untransacted else context.worlds.store.transaction
    started = time.perf_counter_ns()
    for tries_left in reversed(range(MAX_TRIES)):
        try:
            reply, findings = handle_internal_call(
                context.control, call, context.worlds, transaction, lambda: None
            )
            break
        except StoreUnavailableError as error:
            if not (error.again and tries_left):
                raise
            call = call.copy(redelivered=False)
    microseconds = (time.perf_counter_ns() - started) // 1000
    context.worlds.notify(lambda: _event(context, call, reply, findings, microseconds))
    return reply


def _event(
    context: AppContext, call: Call, reply: WireReply, findings: RequestContext, microseconds: int
) -> CallEvent:
    return CallEvent(
        method=context.control.contract.redaction.text(call.method),
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
