"""In-memory HTTP connection to a WSGI application: takes and returns bytes as a server's socket does."""

import io
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask

from mockserver.server.waitress_channel import Task

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class InMemoryServer:
    """A WSGI application, served like `mockserver.server.http_server` serves it, but without sockets."""

    effective_port = 80
    server_name = "127.0.0.1"

    def __init__(self, app: Callable[..., Any]) -> None:
        self.application = app
        self.adj = Adjustments(listen="127.0.0.1:0", ident=None)

    def connect(self) -> "InMemoryConnection":
        """Open a connection."""
        return InMemoryConnection(self)


class InMemoryConnection:
    """One connection to the application; also the channel of waitress's tasks."""

    connected = True
    addr = ("127.0.0.1", 0)

    def __init__(self, server: InMemoryServer) -> None:
        self.server = server
        self.adj = server.adj
        self.closed = False
        """Whether it is closed; what the server sent before can still be read."""
        self._sent = bytearray()
        self._due = 0.0
        self._request: Any = None
        self._complete: deque[Any] = deque()

    def feed(self, data: bytes) -> bool:
        """Parse bytes written by the client; True if there are complete requests for `handle_requests`."""
        data = bytes(data)
        while data and not self.closed:
            if self._request is None:
                self._request = HTTPRequestParser(self.adj)
            consumed = self._request.received(data)
            data = data[consumed:]
            if self._request.expect_continue and self._request.headers_finished:
                self._request.expect_continue = self._request.completed = False
                self._sent += _CONTINUE
            if self._request.completed:
                if not self._request.empty:
                    self._complete.append(self._request)
                self._request = None
            elif not consumed:
                break
        return bool(self._complete)

    def handle_requests(self) -> None:
        """Run the application for the complete requests."""
        while self._complete and not self.closed:
            request = self._complete.popleft()
            task = (ErrorTask if request.error else Task)(self, request)
            task.service()
            request.close()
            self.closed = task.close_on_finish

    def remaining_delay(self) -> float:
        """Seconds until something can be read."""
        return max(0.0, self._due - time.monotonic())

    def is_waiting_for_request(self) -> bool:
        """Whether a read would block forever, because the server waits for the rest of a request."""
        return not self._sent and not self.closed

    def read(self, max_bytes: int) -> bytes:
        """Up to `max_bytes` of what the server sent; empty once the connection is closed."""
        found = bytes(self._sent[:max_bytes])
        del self._sent[:max_bytes]
        return found

    def write_soon(self, data: bytes) -> int:
        """Send a part of the reply. Part of waitress's channel interface."""
        self._sent += data
        return len(data)

    def send_in_one(self, write: Callable[[bytes], None], data: bytes) -> None:
        """Send what `write` writes in one piece, as everything is here. Called by the task."""
        write(data)

    def wait(self, seconds: float) -> None:
        """Delay the reply; the reader of the connection waits. Called by the task."""
        self._due = time.monotonic() + seconds

    def check_client_disconnected(self) -> bool:
        """Whether the client has disconnected. Part of waitress's channel interface."""
        return False


class InMemorySocket:
    """An in-memory connection with the methods of `socket.socket` that `http.client` uses."""

    def __init__(self, connection: InMemoryConnection, timeout: float | None) -> None:
        self.connection = connection
        self._timeout = timeout

    def settimeout(self, timeout: float | None) -> None:
        """Set the timeout of `recv` in seconds; None: no timeout."""
        self._timeout = timeout

    def sendall(self, data: bytes) -> None:
        """Send data and run the application. Raises `BrokenPipeError` if the connection is closed."""
        if self.connection.closed:
            raise BrokenPipeError
        if self.connection.feed(data):
            self.connection.handle_requests()

    def recv(self, max_bytes: int) -> bytes:
        """Up to `max_bytes`, empty at the end. Raises `TimeoutError` after the timeout.

        A read that would block forever raises it too, at once if there is no timeout.
        """
        delay = self.connection.remaining_delay()
        blocks_forever = self.connection.is_waiting_for_request()
        if blocks_forever or (self._timeout is not None and delay > self._timeout):
            time.sleep(self._timeout or 0)
            raise TimeoutError("timed out")
        time.sleep(delay)
        return self.connection.read(max_bytes)

    def makefile(self, mode: str = "rb", *_buffering: object) -> io.BufferedReader:
        """A file to read from."""
        return io.BufferedReader(_Reader(self))

    def shutdown(self, _how: int) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection; what was read before stays valid."""
        self.connection.closed = True


class _Reader(io.RawIOBase):
    def __init__(self, socket: InMemorySocket) -> None:
        self._socket = socket

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._socket.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)
