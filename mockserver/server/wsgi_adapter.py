"""WSGI adapter: reads a request from an environ, sends a WireReply."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol
from urllib.parse import quote, unquote_to_bytes

from werkzeug.wsgi import get_input_stream

from mockserver.call import WireReply
from mockserver.formats.authority import is_authority
from mockserver.formats.error_body import error_body
from mockserver.server.http_request import HttpRequest
from mockserver.server.http_response import WITHOUT_BODY, status_line

CONNECTION: Final = "mockserver.connection"
"""Where this project's server puts the `Connection` of a call into the environ."""

_UNQUOTED: Final = "/!$&'()*+,;=:@~"

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Connection(Protocol):
    """The way from an application to the server, past the response that it returns."""

    def send(self, reply: WireReply) -> None:
        """Sends this reply, with its delay and its broken connection."""

    def attach(self, stream: Any) -> None:
        """Sends the head of the application's response, and this `ReplyStream` as its body."""


def read_request(environ: Environ, max_bytes: int | None = None) -> HttpRequest:
    """The request of an environ, with at most `max_bytes` of its body; None: without its body.

    Raises werkzeug's RequestEntityTooLarge for a body of more than `max_bytes`.
    """
    headers = {name[5:].replace("_", "-").lower(): environ[name] for name in environ if name[:5] == "HTTP_"}
    body = b""
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    if environ.get("CONTENT_LENGTH"):
        headers["content-length"] = environ["CONTENT_LENGTH"]
    if max_bytes is not None and ("content-length" in headers or "transfer-encoding" in headers):
        body = get_input_stream(environ, max_content_length=max_bytes).read()
    path, query = _raw_path(environ), environ.get("QUERY_STRING", "")
    host = environ.get("HTTP_HOST", "")
    return HttpRequest(
        method=environ["REQUEST_METHOD"],
        target=f"{path}?{query}" if query else path,
        path=path,
        query=query,
        headers=headers,
        body=body,
        address=environ.get("REMOTE_ADDR", ""),
        scheme=environ.get("wsgi.url_scheme", "http"),
        authority=host
        if is_authority(host)
        else f"{environ.get('SERVER_NAME', 'localhost')}:{environ.get('SERVER_PORT', '80')}",
        root=environ.get("SCRIPT_NAME", ""),
    )


def _raw_path(environ: Environ) -> str:
    """The path as received where the server passes it, else a path that is decoded to the same."""
    decoded = environ["PATH_INFO"].encode("latin-1", "replace")
    for name in ("RAW_URI", "REQUEST_URI"):
        raw = environ.get(name, "").partition("?")[0].removeprefix(environ.get("SCRIPT_NAME", ""))
        if raw and unquote_to_bytes(raw) == decoded:
            return str(raw)
    return quote(decoded, _UNQUOTED)


def send_reply(reply: WireReply, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Starts the response and returns its body; a HEAD gets the headers only.

    This project's server delays the reply or breaks its connection as planned, whatever a middleware in
    between makes of the response; with another server, only delays are possible.
    """
    if reply.delay or reply.breaks_connection:
        connection: Connection | None = environ.get(CONNECTION)
        if connection is not None:
            connection.send(reply)
        elif reply.breaks_connection:
            reply = _no_connection_access()
        else:
            time.sleep(reply.delay)
    headers = list(reply.headers.items())
    if reply.status not in WITHOUT_BODY:
        headers.append(("Content-Length", str(len(reply.body))))
    start_response(status_line(reply.status or 200), headers)  # 0: it is never sent
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]


def _no_connection_access() -> WireReply:
    message = "connection faults need `mockserver serve`, the pytest plugin or mockserver.transports"
    body = error_body("no_way_to_the_socket", message)
    return WireReply(500, {"Content-Type": "application/json"}, body)
