"""Faulty replies from the mock server, and from a plain socket server that fails in the same ways."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import product
from typing import Any

from mockserver.call import WireReply
from mockserver.formats.url_path import decode_path
from mockserver.server import wsgi_adapter
from mockserver.server.http_server import Server

BODY = b'{"audiences": [1, 2, 3]}'
HEADERS = {"Content-Type": "application/json"}
SHORT_TIMEOUT = 0.1
TRICKLE_TIMEOUT = 0.3
"""Seconds within which a server under load sends its headers."""
LONG_TIMEOUT = 60.0


def timeout_for(url: str) -> float:
    """The timeout of a call: short only for calls that should time out, so that load causes no others."""
    if url.endswith("/late-trickle"):
        return TRICKLE_TIMEOUT
    return SHORT_TIMEOUT if url.endswith("/late") else LONG_TIMEOUT


REPLIES = {
    "/whole": WireReply(200, HEADERS, BODY),
    "/empty": WireReply(200, HEADERS, b""),
    "/gone": WireReply(204, {}, b"", cut=0),
    "/drop": WireReply(200, HEADERS, BODY, dropped=True),
    "/cut": WireReply(200, HEADERS, BODY, cut=len(BODY) // 2),
    "/cut-at-once": WireReply(200, HEADERS, BODY, cut=0),
    "/cut-nothing": WireReply(200, HEADERS, b"", cut=0),
    "/cut-large": WireReply(200, HEADERS, BODY * 100_000, cut=len(BODY) * 90_000),
    "/late": WireReply(200, HEADERS, BODY, delay=LONG_TIMEOUT),
    "/short-delay": WireReply(200, HEADERS, BODY, delay=0.1),
    "/reset": WireReply(200, HEADERS, BODY, reset=True),
    "/delayed-reset": WireReply(200, HEADERS, BODY, delay=0.05, reset=True),
    "/trickle": WireReply(200, HEADERS, BODY, trickle=0.15),
    "/late-trickle": WireReply(200, HEADERS, BODY, trickle=2 * LONG_TIMEOUT),
    "/delayed-drop": WireReply(200, HEADERS, BODY, delay=0.05, dropped=True),
    "/delayed-cut": WireReply(200, HEADERS, BODY, delay=0.05, cut=3),
}


def app(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Iterable[bytes]:
    """Reply as the path says; for other paths with the path and the body of the request."""
    path = decode_path(wsgi_adapter.read_request(environ).path)
    reply = REPLIES.get(path) or WireReply(200, HEADERS, path.encode() + environ["wsgi.input"].read())
    return wsgi_adapter.send_reply(reply, environ, start_response)


@contextmanager
def mock_server(threads: int = 0, loop_factory: Any = None) -> Iterator[str]:
    """The URL of the project's own server in front of `app`."""
    server = Server(app, threads=threads, loop_factory=loop_factory).start()
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def socket_server(host: str = "127.0.0.1") -> Iterator[str]:
    """The URL of a plain socket server that fails like a crashing or hanging server."""
    with socket.create_server((host, 0)) as listening:
        thread = threading.Thread(target=_serve, args=(listening,), daemon=True)
        thread.start()
        try:
            yield f"http://{host}:{listening.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=LONG_TIMEOUT)


def _serve(listening: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection, _address = listening.accept()
            threading.Thread(target=_serve_connection, args=(connection,), daemon=True).start()


def _serve_connection(connection: socket.socket) -> None:
    with connection, suppress(OSError):
        request = b""
        while b"\r\n\r\n" not in request:
            received = connection.recv(65536)
            if not received:
                return
            request += received
        path = request.split()[1].decode()
        reply = REPLIES[path]
        time.sleep(reply.delay)
        if reply.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if reply.dropped or reply.reset:
            return
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(reply.body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + (b"" if reply.trickle else reply.body[: reply.cut]))
        for index in range(len(reply.body) if reply.trickle else 0):
            time.sleep(reply.trickle / len(reply.body))
            connection.sendall(reply.body[index : index + 1])


class Failures:
    """The exceptions of clients at one server, each found out once.

    Those that come by a timeout are waited for all at once, from the start.
    """

    def __init__(self, url: str, *clients: Callable[[str], bytes]) -> None:
        self._url = url
        self._found: dict[tuple[Callable[[str], bytes], str], Future[Exception]] = {}
        slow = list(product(clients, ("late", "late-trickle")))
        self._pool = ThreadPoolExecutor(len(slow) + 1)
        for client, failure in slow:
            self._begin(client, failure)

    def __call__(self, client: Callable[[str], bytes], failure: str) -> Exception:
        return (self._found.get((client, failure)) or self._begin(client, failure)).result(LONG_TIMEOUT)

    def _begin(self, client: Callable[[str], bytes], failure: str) -> "Future[Exception]":
        begun = self._found[client, failure] = self._pool.submit(_exception, client, f"{self._url}/{failure}")
        return begun


def _exception(client: Callable[[str], bytes], url: str) -> Exception:
    try:
        client(url)
    except Exception as error:
        return error
    raise AssertionError(f"{url} has not failed")


def exception_chain(error: BaseException | None) -> list[str]:
    """The class names of an exception and its causes, for comparison."""
    found: list[str] = []
    while error is not None:
        found.append(f"{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or error.__context__
    return found


def raw(url: str, request: bytes) -> bytes:
    """All bytes that the server sends for this request until it closes the connection."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=LONG_TIMEOUT) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))
