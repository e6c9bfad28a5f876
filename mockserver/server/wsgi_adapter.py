"""WSGI adapter: reads a Call from an environ, sends a WireReply."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final, Protocol

from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wsgi import get_input_stream

from mockserver.call import Call, WireReply
from mockserver.contract.servers import ORIGIN_HEADER
from mockserver.formats.error_body import error_body

CONNECTION: Final = "mockserver.connection"
"""Where a server puts the `Connection` that an answer goes out on into the environ."""

_WITHOUT_BODY = (204, 304)
_URL: Final = re.compile(r"https?://([A-Za-z0-9._~:\[\]-]+)(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Connection(Protocol):
    """Control over the connection of a response, for use before the application returns its body."""

    def wait(self, seconds: float) -> None:
        """Waits before anything is sent."""

    def drop(self) -> None:
        """Closes the connection without sending a byte of the response."""

    def cut(self, after: int) -> None:
        """Closes the connection after this many bytes of the body; Content-Length stays that of the whole."""


def decoded_path(environ: Environ) -> str:
    """The decoded path; WSGI passes UTF-8 as if it were Latin-1."""
    text: str = environ["PATH_INFO"]
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")


def base_url(environ: Environ) -> str:
    """The URL of this server as the caller addressed it, without a trailing slash."""
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{_scheme(environ)}://{host}{environ.get('SCRIPT_NAME', '')}"


def read_call(environ: Environ, path: str, prefix: str, max_bytes: int) -> Call:
    """The call of a request; `prefix` precedes its path on this server, such as `/w/mine/vendor`.

    Raises werkzeug's RequestEntityTooLarge for a body of more than `max_bytes`.
    """
    headers = {name[5:].replace("_", "-").lower(): environ[name] for name in environ if name[:5] == "HTTP_"}
    raw = b""
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    if environ.get("CONTENT_LENGTH"):
        headers["content-length"] = environ["CONTENT_LENGTH"]
    if "content-length" in headers or "transfer-encoding" in headers:
        raw = get_input_stream(environ, max_content_length=max_bytes).read()
    return Call(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=environ.get("QUERY_STRING", ""),
        origin=(ORIGIN_HEADER in headers and _origin(headers)) or f"{base_url(environ)}{prefix}",
        headers=headers,
        raw=raw,
        address=environ.get("REMOTE_ADDR", ""),
    )


def _scheme(environ: Environ) -> str:
    """The scheme that the caller used; a proxy in front may have terminated TLS."""
    scheme: str = environ["wsgi.url_scheme"]
    if "HTTP_X_FORWARDED_PROTO" in environ:
        forwarded = environ["HTTP_X_FORWARDED_PROTO"].partition(",")[0].strip().lower()
        return forwarded if forwarded in ("http", "https") else scheme
    return scheme


def _origin(headers: dict[str, str]) -> str | None:
    """The vendor's base URL that a redirected client called; its Host header is restored."""
    found = _URL.fullmatch(headers.pop(ORIGIN_HEADER))
    if found:
        headers["host"] = found[1]
    return found and found[0]


def send_reply(reply: WireReply, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Starts the response and returns its body; a HEAD gets the headers only.

    Delays and broken connections happen here, through the `Connection` that the server put into the environ;
    with a server that has none, only delays are possible.
    """
    if reply.delay or reply.dropped or reply.cut is not None:
        reply = _disturb(reply, environ)
        if reply.dropped:
            return []
    return _send(reply, environ, start_response)


def _send(reply: WireReply, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    headers = list(reply.headers.items())
    if reply.status not in _WITHOUT_BODY:
        headers.append(("Content-Length", str(len(reply.body))))
    start_response(f"{reply.status} {HTTP_STATUS_CODES.get(reply.status, 'Unknown')}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]


def _disturb(reply: WireReply, environ: Environ) -> WireReply:
    """Waits for the delay and breaks the connection as planned; returns what is still to be sent."""
    connection: Connection | None = environ.get(CONNECTION)
    if reply.delay:
        wait = time.sleep if connection is None else connection.wait
        wait(reply.delay)
    if not reply.dropped and reply.cut is None:
        return reply
    if connection is None:
        return _no_connection_access()
    nothing_to_cut = not reply.body or environ["REQUEST_METHOD"] == "HEAD" or reply.status in _WITHOUT_BODY
    if reply.dropped or nothing_to_cut:
        connection.drop()
        return replace(reply, dropped=True)
    connection.cut(reply.cut or 0)
    return reply


def _no_connection_access() -> WireReply:
    message = "connection faults need `mockserver serve`, the pytest plugin or mockserver.transports"
    body = error_body("no_way_to_the_socket", message)
    return WireReply(500, {"Content-Type": "application/json"}, body)
