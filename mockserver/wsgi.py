"""WSGI in our own words: the call that an environ holds, and an answer as bytes on their way."""

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wsgi import get_input_stream

from mockserver.call import Answer, Call

_WITHOUT_BODY = (204, 304)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


def path(environ: Environ) -> str:
    """The decoded path: WSGI hands over UTF-8 as if it were Latin-1."""
    text: str = environ["PATH_INFO"]
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")


def address(environ: Environ) -> str:
    """This server as the caller addressed it, without a slash at the end."""
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}{environ.get('SCRIPT_NAME', '')}"


def call(environ: Environ, path: str, origin: str, largest: int) -> Call:
    """The call, free of WSGI. Raises werkzeug's RequestEntityTooLarge for a body of more bytes."""
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
        headers=headers,
        raw=raw,
        origin=origin,
        address=environ.get("REMOTE_ADDR", ""),
    )


def send(sent: Answer, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Starts the response and gives its body: none to a HEAD, which still learns how long it would be."""
    headers = list(sent.headers.items())
    if sent.status not in _WITHOUT_BODY:
        headers.append(("Content-Length", str(len(sent.body))))
    start_response(f"{sent.status} {HTTP_STATUS_CODES.get(sent.status, 'Unknown')}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [sent.body]
