"""Flask blueprint of the web console and of the vendors' contracts."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from mockserver.control import console
from mockserver.errors import Problem
from mockserver.server import wsgi_adapter
from mockserver.server.app_context import AppContext
from mockserver.server.control_blueprint import contract_response
from mockserver.server.error_replies import control_error, flask_response, reported_control_error
from mockserver.server.security_headers import SECURITY_HEADERS
from mockserver.server.url_paths import split_path
from mockserver.state.worlds import DEFAULT_WORLD


def console_blueprint(context: AppContext) -> Blueprint:
    """The console at `/`."""
    blueprint = Blueprint("console", __name__)
    blueprint.add_url_rule("/", "page", lambda: _page(context), provide_automatic_options=False)
    return blueprint


def contract_of_vendor(context: AppContext) -> Response:
    """The contract that the current request's path names, with the address of the world in it."""
    received = wsgi_adapter.read_request(request.environ)
    url = split_path(received.path)
    try:
        context.worlds.get(DEFAULT_WORLD if url.world is None else url.world)
    except Problem as problem:
        return flask_response(reported_control_error(context, problem, received))
    origin = f"{received.base_url}{url.prefix}"
    return contract_response(context.vendors[url.vendor].contract, origin)


def _page(context: AppContext) -> Response:
    environ = request.environ
    received = wsgi_adapter.read_request(environ)
    try:
        context.access.check_host(environ)
    except Problem as problem:
        return _readable(flask_response(reported_control_error(context, problem, received)))
    try:
        context.access.check_token(environ)
    except Problem as problem:
        response = _readable(flask_response(control_error(context, problem, received)))
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            # A browser then asks its user for the token.
            realm = "mockserver: any name, and the token as password"
            response.headers["WWW-Authenticate"] = f'Basic realm="{realm}"'
        return response
    page = console.render_page(context.worlds, context.vendors, received.base_url)
    return Response(page, 200, SECURITY_HEADERS, content_type="text/html; charset=utf-8")


def _readable(response: Response) -> Response:
    """The error as one line of text, for browsers; others get the JSON of the control API."""
    if "text/html" in request.headers.get("Accept", ""):
        response.set_data(f"{response.get_json()['message']}\n")
        response.content_type = "text/plain; charset=utf-8"
    return response
