"""Replies of this server to calls that reach no operation, and the events about them."""

import logging
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Response
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from mockserver.call import Call, WireReply
from mockserver.errors import Problem, StoreUnavailableError
from mockserver.formats.error_body import error_body
from mockserver.formats.url_path import decode_path
from mockserver.pipeline.reply_building import render_problem
from mockserver.pipeline.request_context import RequestContext
from mockserver.server.app_context import MAX_BODY_BYTES, AppContext
from mockserver.server.http_request import HttpRequest
from mockserver.server.security_headers import SECURITY_HEADERS
from mockserver.state.events import CallEvent

_log = logging.getLogger("mockserver")


def control_error(context: AppContext, problem: Problem, request: HttpRequest) -> WireReply:
    """The control contract's error response to a request that matches no vendor."""
    call = Call(request.method, decode_path(request.path), origin=request.base_url)
    reply = render_problem(context.control, problem, call, context.worlds, RequestContext())
    reply.headers.update(SECURITY_HEADERS)
    return reply


def reported_control_error(context: AppContext, problem: Problem, request: HttpRequest) -> WireReply:
    """As `control_error`, and notifies the observers: the call is in no journal."""
    reply = control_error(context, problem, request)
    context.worlds.notify(lambda: minimal_event(context, request, reply.status, problem.name))
    return reply


def http_error(context: AppContext, request: HttpRequest, error: HTTPException) -> WireReply:
    """The reply to an HTTP exception of Flask or werkzeug, as JSON."""
    reply = _render(error)
    context.worlds.notify(lambda: minimal_event(context, request, reply.status, None))
    return reply


def store_unavailable(context: AppContext, request: HttpRequest, error: StoreUnavailableError) -> WireReply:
    """A 503 for a request that needs the store while it does not answer."""
    _log.warning("the store is not available (%s)", error)
    description = "the store is not available (the server's log says why); try again"
    return http_error(context, request, ServiceUnavailable(description))


def flask_response(reply: WireReply) -> Response:
    """The reply as a Flask response."""
    response = Response(reply.body, reply.status, {**reply.headers, **SECURITY_HEADERS})
    if not any(name.lower() == "content-type" for name in reply.headers):
        # Flask's default would declare an empty body as HTML.
        del response.headers["Content-Type"]
    return response


def minimal_event(context: AppContext, request: HttpRequest, status: int, problem: str | None) -> CallEvent:
    """The event of a call that reached no vendor; without its query, which may hold secrets."""
    redact = context.vendors.redaction.text
    url = redact(request.base_url) + quote(redact(decode_path(request.path)))
    return CallEvent(request.method, url, status, 0, problem=problem)


def _render(error: Any) -> WireReply:
    name, message = "http", error.description
    if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        name = "body_too_large"
        message = f"the body is larger than {MAX_BODY_BYTES} bytes; send less in one request"
    headers = {"Content-Type": "application/json", **SECURITY_HEADERS}
    return WireReply(error.code, headers, error_body(name, message))
