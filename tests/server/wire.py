"""Raw connections to servers, and a plain application that replies with what it has received."""

import json
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from mockserver.server import wsgi_adapter
from mockserver.server.connection_limits import Limits
from mockserver.server.http_server import Server

PATIENCE = 20.0


class Received(NamedTuple):
    """One response, as its bytes say."""

    status: int
    headers: dict[str, str]
    body: bytes


def echo(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Iterable[bytes]:
    """Replies with the request; the paths /204, /304 and /chunks reply as they say."""
    path = environ["PATH_INFO"]
    if path in ("/204", "/304"):
        start_response(f"{path[1:]} As Wished", [("X-RateLimit-Limit", "5")])
        return []
    if path == "/chunks":
        start_response("200 OK", [])
        return iter([b"one", b"", b"two"])
    if path == "/large":
        start_response("200 OK", [("Content-Length", str(8 << 20))])
        return [bytes(8 << 20)]
    request = wsgi_adapter.read_request(environ, 8 << 20)
    told = {name: getattr(request, name) for name in ("method", "path", "query", "headers", "authority")}
    body = json.dumps({**told, "body": request.body.decode("latin-1"), "base": request.base_url}).encode()
    start_response("200 OK", [("Content-Length", str(len(body))), ("X-RateLimit-Limit", "5")])
    return [body]


@contextmanager
def serving(app: Callable[..., Any] = echo, **options: Any) -> Iterator[Server]:
    """A running server."""
    limits = options.pop("limits", {})
    server = Server(app, limits=Limits(**limits), **options).start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def connected(server: Server, *requests: bytes) -> Iterator[socket.socket]:
    """A connection on which these requests were sent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(b"".join(requests))
        yield connection


def until_closed(connection: socket.socket) -> bytes:
    """All bytes until the server closes the connection."""
    return b"".join(iter(lambda: connection.recv(1 << 20), b""))


def exchange(server: Server, *requests: bytes) -> bytes:
    """All bytes that the server sends for these requests until it closes the connection."""
    with connected(server, *requests) as connection:
        return until_closed(connection)


def get(path: str = "/", *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    """The head of a request."""
    host = ["Host: here"] if version == "1.1" else []
    return "\r\n".join([f"{method} {path} HTTP/{version}", *host, *headers, "", ""]).encode("latin-1")


def parse(data: bytes, *methods: str) -> list[Received]:
    """The responses in these bytes; `methods` are those of the requests, GET unless given.

    Fails for anything that is not HTTP.
    """
    found: list[Received] = []
    while data:
        method = methods[len(found)] if len(found) < len(methods) else "GET"
        head, end, data = data.partition(b"\r\n\r\n")
        assert end, head
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, _reason = first.split(" ", 2)
        assert version == "HTTP/1.1"
        headers = dict(line.split(": ", 1) for line in lines)
        body, data = _body(method, int(status), headers, data)
        found.append(Received(int(status), headers, body))
    return found


def _body(method: str, status: int, headers: dict[str, str], data: bytes) -> tuple[bytes, bytes]:
    if method == "HEAD" or status in (100, 204, 304):
        return b"", data
    if headers.get("Transfer-Encoding") == "chunked":
        body = b""
        while True:
            size, _, data = data.partition(b"\r\n")
            part, data = data[: int(size, 16)], data[int(size, 16) + 2 :]
            body += part
            if not int(size, 16):
                return body, data
    length = int(headers["Content-Length"]) if "Content-Length" in headers else len(data)
    assert len(data) >= length
    return data[:length], data[length:]


def answered(server: Server, request: bytes) -> Any:
    """What the echo has received of one request."""
    [reply] = parse(exchange(server, request))
    assert reply.status == 200, reply
    return json.loads(reply.body)


def reset_on_close(connection: socket.socket) -> None:
    """Makes a connection end by a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
