"""Flask blueprint of the web console, its files, and the vendors' contracts."""

from http import HTTPStatus

from flask import Blueprint, Response, abort, request

from mockserver.call import READ_METHODS
from mockserver.control import console
from mockserver.errors import Problem
from mockserver.server import wsgi_adapter
from mockserver.server.app_context import AppContext
from mockserver.server.control_blueprint import contract_reply
from mockserver.server.error_replies import control_error, flask_response, reported_control_error
from mockserver.server.security_headers import CONSOLE_HEADERS, SECURITY_HEADERS
from mockserver.server.url_paths import UrlPath, split_path
from mockserver.state.worlds import DEFAULT_WORLD


def console_blueprint(context: AppContext) -> Blueprint:
    """The console at `/`."""
    blueprint = Blueprint("console", __name__)
    view = lambda: _asset(context, console.PAGE)  # noqa: E731
    blueprint.add_url_rule("/", "page", view, provide_automatic_options=False)
    return blueprint


def console_asset(context: AppContext, url: UrlPath) -> Response:
    """The file of the console that the current request's path names."""
    return _asset(context, url.rest.removeprefix("/"))


def contract_of_vendor(context: AppContext) -> Response:
    """The contract that the current request's path names, with the address of the world in it.

    Pages that may call the vendors may read it, such as those that show it and try its calls.
    """
    received = wsgi_adapter.read_request(request.environ)
    url = split_path(received.path)
    try:
        context.worlds.get(DEFAULT_WORLD if url.world is None else url.world)
    except Problem as problem:
        reply = reported_control_error(context, problem, received)
    else:
        reply = contract_reply(context.vendors[url.vendor].contract, f"{received.base_url}{url.prefix}")
    cors = context.cors
    return flask_response(cors.share(received, reply) if cors and cors.allows(received) else reply)


def _asset(context: AppContext, name: str) -> Response:
    """The file. It holds no data of a world: those come from the control API, which requires the token."""
    environ = request.environ
    if request.method not in READ_METHODS:
        abort(HTTPStatus.METHOD_NOT_ALLOWED)
    try:
        context.access.check_host(environ)
    except Problem as problem:
        received = wsgi_adapter.read_request(environ)
        return _readable(flask_response(reported_control_error(context, problem, received)))
    asset = console.read_asset(name)
    if asset is None:
        unknown = Problem("unknown_path", path=f"/_console/{name}")
        return flask_response(control_error(context, unknown, wsgi_adapter.read_request(environ)))
    packs = request.accept_encodings.quality("gzip") > 0
    content = asset.packed if packs else asset.content
    response = Response(content, HTTPStatus.OK, CONSOLE_HEADERS, content_type=asset.content_type)
    response.vary.add("Accept-Encoding")
    if packs:
        response.content_encoding = "gzip"
    response.set_etag(f"{asset.etag}-gzip" if packs else asset.etag)
    response.make_conditional(request)  # a browser keeps the files, and asks whether they are current
    return response


def _readable(response: Response) -> Response:
    """The error as one line of text, for browsers; others get the JSON of the control API."""
    if "text/html" in request.headers.get("Accept", ""):
        response.set_data(f"{response.get_json()['message']}\n")
        response.content_type = "text/plain; charset=utf-8"
        response.headers.update(SECURITY_HEADERS)
    return response
