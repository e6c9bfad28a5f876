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
from mockserver.pipeline.reply_building import render_problem
from mockserver.pipeline.request_context import RequestContext
from mockserver.server import wsgi_adapter
from mockserver.server.app_context import MAX_BODY_BYTES, AppContext
from mockserver.state.events import CallEvent

_log = logging.getLogger("mockserver")


def control_error(context: AppContext, problem: Problem, environ: wsgi_adapter.Environ) -> WireReply:
    """The control contract's error response to a request that matches no vendor."""
    call = Call(
        environ["REQUEST_METHOD"], wsgi_adapter.decoded_path(environ), origin=wsgi_adapter.base_url(environ)
    )
    return render_problem(context.control, problem, call, context.worlds, RequestContext())


def reported_control_error(context: AppContext, problem: Problem, environ: wsgi_adapter.Environ) -> WireReply:
    """As `control_error`, and notifies the observers: the call is in no journal."""
    reply = control_error(context, problem, environ)
    context.worlds.notify(lambda: _minimal_event(environ, reply.status, problem.name))
    return reply


def http_error(context: AppContext, environ: wsgi_adapter.Environ, error: HTTPException) -> Response:
    """The response to an HTTP exception of Flask or werkzeug, as JSON."""
    response = _render(error)
    context.worlds.notify(lambda: _minimal_event(environ, response.status_code, None))
    return response


def store_unavailable(
    context: AppContext, environ: wsgi_adapter.Environ, error: StoreUnavailableError
) -> Response:
    """A 503 for a request that needs the store while it does not answer."""
    _log.warning("the store is not available (%s)", error)
    description = "the store is not available (the server's log says why); try again"
    return http_error(context, environ, ServiceUnavailable(description))


def flask_response(reply: WireReply) -> Response:
    """The reply as a Flask response."""
    response = Response(reply.body, reply.status, reply.headers)
    if not any(name.lower() == "content-type" for name in reply.headers):
        # Flask's default would declare an empty body as HTML.
        del response.headers["Content-Type"]
    return response


def _minimal_event(environ: wsgi_adapter.Environ, status: int, problem: str | None) -> CallEvent:
    """The event of a call that reached no vendor; without its query, which may hold secrets."""
    url = wsgi_adapter.base_url(environ) + quote(wsgi_adapter.decoded_path(environ))
    return CallEvent(environ["REQUEST_METHOD"], url, status, 0, problem=problem)


def _render(error: Any) -> Response:
    name, message = "http", error.description
    if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        name = "body_too_large"
        message = f"the body is larger than {MAX_BODY_BYTES} bytes; send less in one request"
    body = error_body(name, message)
    return Response(body, error.code, content_type="application/json")
