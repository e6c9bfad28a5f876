"""WSGI in our own words: the call that an environ holds, and an answer as bytes on their way."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final, Protocol

import orjson
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wsgi import get_input_stream

from mockserver.call import Call, WireReply
from mockserver.contract.servers import ORIGIN

CONNECTION: Final = "mockserver.connection"
"""Where a server puts the `Connection` that an answer goes out on into the environ."""

_WITHOUT_BODY = (204, 304)
_URL: Final = re.compile(r"https?://([A-Za-z0-9._~:\[\]-]+)(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Connection(Protocol):
    """What a server lets an application do to the connection, before the application returns its body."""

    def wait(self, seconds: float) -> None:
        """Lets so much time pass before anything is sent."""

    def drop(self) -> None:
        """Has the connection closed without a byte of this answer."""

    def cut(self, after: int) -> None:
        """Has the connection closed after so many bytes of the body, under the length of the whole."""


def decoded_path(environ: Environ) -> str:
    """The decoded path: WSGI hands over UTF-8 as if it were Latin-1."""
    text: str = environ["PATH_INFO"]
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")


def base_url(environ: Environ) -> str:
    """This server as the caller addressed it, without a slash at the end."""
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{_scheme(environ)}://{host}{environ.get('SCRIPT_NAME', '')}"


def read_call(environ: Environ, path: str, prefix: str, largest: int) -> Call:
    """The call, free of WSGI; `prefix` is what stands before its path here, such as `/w/mine/vendor`.

    Raises werkzeug's RequestEntityTooLarge for a body of more bytes.
    """
    headers = {name[5:].replace("_", "-").lower(): environ[name] for name in environ if name[:5] == "HTTP_"}
    raw = b""
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    if environ.get("CONTENT_LENGTH"):
        headers["content-length"] = environ["CONTENT_LENGTH"]
    if "content-length" in headers or "transfer-encoding" in headers:
        raw = get_input_stream(environ, max_content_length=largest).read()
    return Call(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=environ.get("QUERY_STRING", ""),
        origin=(ORIGIN in headers and _origin(headers)) or f"{base_url(environ)}{prefix}",
        headers=headers,
        raw=raw,
        address=environ.get("REMOTE_ADDR", ""),
    )


def _scheme(environ: Environ) -> str:
    """What the caller spoke: a proxy in front of us may have taken TLS off."""
    scheme: str = environ["wsgi.url_scheme"]
    if "HTTP_X_FORWARDED_PROTO" in environ:
        forwarded = environ["HTTP_X_FORWARDED_PROTO"].partition(",")[0].strip().lower()
        return forwarded if forwarded in ("http", "https") else scheme
    return scheme


def _origin(headers: dict[str, str]) -> str | None:
    """The vendor's base URL as a client wrote it that was redirected here; its headers are again its own."""
    found = _URL.fullmatch(headers.pop(ORIGIN))
    if found:
        headers["host"] = found[1]
    return found and found[0]


def send_reply(sent: WireReply, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Starts the response and gives its body: none to a HEAD, which still learns how long it would be.

    What is to go wrong on the way goes wrong here, through the `Connection` that the server put into the
    environ; a server without one can wait, but not break off.
    """
    if sent.delay or sent.dropped or sent.cut is not None:
        sent = _trouble(sent, environ)
        if sent.dropped:
            return []
    return _send(sent, environ, start_response)


def _send(sent: WireReply, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    headers = list(sent.headers.items())
    if sent.status not in _WITHOUT_BODY:
        headers.append(("Content-Length", str(len(sent.body))))
    start_response(f"{sent.status} {HTTP_STATUS_CODES.get(sent.status, 'Unknown')}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [sent.body]


def _trouble(sent: WireReply, environ: Environ) -> WireReply:
    """Has the connection break as the answer wishes, after its delay; gives what is still to be sent."""
    connection: Connection | None = environ.get(CONNECTION)
    if sent.delay:
        wait = time.sleep if connection is None else connection.wait
        wait(sent.delay)
    if not sent.dropped and sent.cut is None:
        return sent
    if connection is None:
        return _no_way_to_the_socket()
    nothing_to_cut = not sent.body or environ["REQUEST_METHOD"] == "HEAD" or sent.status in _WITHOUT_BODY
    if sent.dropped or nothing_to_cut:
        connection.drop()
        return replace(sent, dropped=True)
    connection.cut(sent.cut or 0)
    return sent


def _no_way_to_the_socket() -> WireReply:
    fix = "serve with `mockserver serve`, the pytest plugin or mockserver.transports"
    message = f"this WSGI server gives no way to break a connection off; {fix}"
    body = orjson.dumps({"error": "no_way_to_the_socket", "message": message})
    return WireReply(500, {"Content-Type": "application/json"}, body)
