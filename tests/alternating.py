"""A door that alternates: each call goes to another of several servers, as behind a load balancer.

One call a connection; what the server sends comes back as it is, broken off replies included.
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
    """The URL of a door to the servers at `urls`."""
    turns = cycle([(urlsplit(url).hostname, urlsplit(url).port) for url in urls])

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self._pass_on()

        def _pass_on(self) -> None:
            head = self._head()
            if not head:
                return
            with socket.create_connection(next(turns)) as server:
                server.sendall(head)
                _exchange(self.request, server)

        def _head(self) -> bytes:
            """What the caller says first, with the wish for an end of the connection after the reply."""
            said = b""
            while b"\r\n\r\n" not in said:
                more = self.request.recv(_CHUNK)
                if not more:
                    return b""
                said += more
            head, _, rest = said.partition(b"\r\n\r\n")
            return _CONNECTION.sub(b"", head) + b"\r\nConnection: close\r\n\r\n" + rest

    class Door(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 128

    door = Door(("127.0.0.1", 0), Handler)
    with opened(door) as url:
        yield url


def _exchange(caller: socket.socket, server: socket.socket) -> None:
    """Lets each hear the other until the server has said all."""
    listening = [caller, server]
    while True:
        for speaker in select.select(listening, [], [])[0]:
            said = speaker.recv(_CHUNK)
            if speaker is server:
                if not said:
                    return
                caller.sendall(said)
            elif said:
                server.sendall(said)
            else:
                listening.remove(caller)
