"""A round-robin proxy: each call goes to the next of several servers, as behind a load balancer.

One call per connection; replies are passed on unchanged, broken ones included.
"""

import re
import select
import socket
import socketserver
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle
from urllib.parse import urlsplit

from tests.loopback import opened

_CONNECTION = re.compile(rb"\r\nconnection:[^\r]*", re.IGNORECASE)
_CHUNK = 65536


@contextmanager
def alternating(urls: Sequence[str]) -> Iterator[str]:
    """The URL of a proxy for the servers at `urls`."""
    addresses = cycle([(urlsplit(url).hostname, urlsplit(url).port) for url in urls])

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self._forward()

        def _forward(self) -> None:
            head = self._head()
            if not head:
                return
            with socket.create_connection(next(addresses)) as server:
                server.sendall(head)
                _relay(self.request, server)

        def _head(self) -> bytes:
            """The first bytes of the call, with a `Connection: close` header."""
            received = b""
            while b"\r\n\r\n" not in received:
                more = self.request.recv(_CHUNK)
                if not more:
                    return b""
                received += more
            head, _, rest = received.partition(b"\r\n\r\n")
            return _CONNECTION.sub(b"", head) + b"\r\nConnection: close\r\n\r\n" + rest

    class Proxy(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 128

    proxy = Proxy(("127.0.0.1", 0), Handler)
    with opened(proxy) as url:
        yield url


def _relay(caller: socket.socket, server: socket.socket) -> None:
    """Copies bytes in both directions until the server has sent everything."""
    open_sockets = [caller, server]
    while True:
        for sender in select.select(open_sockets, [], [])[0]:
            received = sender.recv(_CHUNK)
            if sender is server:
                if not received:
                    return
                caller.sendall(received)
            elif received:
                server.sendall(received)
            else:
                open_sockets.remove(caller)
