"""Flask blueprint of the web console and of the vendors' contracts."""

from flask import Blueprint, Response, request

from mockserver.control import console
from mockserver.errors import Problem
from mockserver.server import wsgi_adapter
from mockserver.server.app_context import AppContext
from mockserver.server.control_blueprint import contract_response
from mockserver.server.error_replies import control_error, flask_response, reported_control_error
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
        return flask_response(reported_control_error(context, problem, received))
    try:
        context.access.check_token(environ)
    except Problem as problem:
        response = flask_response(control_error(context, problem, received))
        # A browser then asks its user for the token.
        response.headers["WWW-Authenticate"] = 'Basic realm="mockserver: any name, and the token as password"'
        return response
    page = console.render_page(context.worlds, context.vendors, received.base_url)
    return Response(page, 200, content_type="text/html; charset=utf-8")
