"""A door to a server whose connections can be cut, as a network does."""

import socket
import socketserver
import threading
from contextlib import suppress
from urllib.parse import urlsplit


class CuttingDoor(socketserver.ThreadingTCPServer):
    """Passes bytes on to the server at `url`; while it is `closed`, nothing."""

    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passage)
        self.target = urlsplit(url).hostname, urlsplit(url).port
        self.closed = False
        self.sockets: list[socket.socket] = []

    def cut(self) -> None:
        """Ends all connections, and every new one until `closed` is false again."""
        self.closed = True
        for one in self.sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class _Passage(socketserver.BaseRequestHandler):
    server: CuttingDoor

    def handle(self) -> None:
        if self.server.closed:
            return
        with socket.create_connection(self.server.target) as behind:
            self.server.sockets += [self.request, behind]
            answers = threading.Thread(target=_pump, args=(behind, self.request), daemon=True)
            answers.start()
            _pump(self.request, behind)
            answers.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
