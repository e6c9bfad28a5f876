"""Answers that break, from our server and from one that really breaks: two servers that should feel alike."""

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from mockserver.call import WireReply
from mockserver.server import wsgi_adapter
from mockserver.server.http_server import Server

BODY = b'{"audiences": [1, 2, 3]}'
TYPE = {"Content-Type": "application/json"}
TIMEOUT = 0.3
DELAY = 2.0
PATIENCE = 20.0


def patience(url: str) -> float:
    """The timeout of a call: short where it is to strike, or a busy machine would meet it elsewhere."""
    return TIMEOUT if url.endswith("/late") else PATIENCE


ANSWERS = {
    "/whole": WireReply(200, TYPE, BODY),
    "/empty": WireReply(200, TYPE, b""),
    "/gone": WireReply(204, {}, b"", cut=0),
    "/drop": WireReply(200, TYPE, BODY, dropped=True),
    "/cut": WireReply(200, TYPE, BODY, cut=len(BODY) // 2),
    "/cut-at-once": WireReply(200, TYPE, BODY, cut=0),
    "/cut-nothing": WireReply(200, TYPE, b"", cut=0),
    "/cut-large": WireReply(200, TYPE, BODY * 100_000, cut=len(BODY) * 90_000),
    "/delay": WireReply(200, TYPE, BODY, delay=DELAY),
    "/late": WireReply(200, TYPE, BODY, delay=PATIENCE),
    "/short-delay": WireReply(200, TYPE, BODY, delay=0.1),
    "/delayed-drop": WireReply(200, TYPE, BODY, delay=0.1, dropped=True),
    "/delayed-cut": WireReply(200, TYPE, BODY, delay=0.1, cut=3),
}


def app(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Iterable[bytes]:
    """Answers as the path says; elsewhere with what was sent."""
    path = wsgi_adapter.decoded_path(environ)
    sent = ANSWERS.get(path) or WireReply(200, TYPE, path.encode() + environ["wsgi.input"].read())
    return wsgi_adapter.send_reply(sent, environ, start_response)


@contextmanager
def ours(threads: int = 0) -> Iterator[str]:
    """The URL of our server in front of `app`."""
    server = Server(app, threads=threads).start()
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def real() -> Iterator[str]:
    """The URL of a server made of sockets alone that breaks as a crashing or hanging one does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_break, args=(listening,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)


def _break(listening: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection, _address = listening.accept()
            threading.Thread(target=_break_one, args=(connection,), daemon=True).start()


def _break_one(connection: socket.socket) -> None:
    with connection, suppress(OSError):
        request = b""
        while b"\r\n\r\n" not in request:
            got = connection.recv(65536)
            if not got:
                return
            request += got
        path = request.split()[1].decode()
        sent = ANSWERS[path]
        time.sleep(sent.delay)
        if sent.dropped:
            return
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(sent.body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + sent.body[: sent.cut])


def chain(error: BaseException | None) -> list[str]:
    """The classes of an exception and of what it came from, for a comparison."""
    found: list[str] = []
    while error is not None:
        found.append(f"{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or error.__context__
    return found


def raw(url: str, request: bytes) -> bytes:
    """All that the server sends to this request until it closes the connection."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))
