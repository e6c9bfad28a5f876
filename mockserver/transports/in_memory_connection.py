"""A connection without a socket: bytes in, bytes out, and in between what the server does on the wire."""

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


class Exchange:
    """The other end of lines: an application, served as `mockserver.server.http_server` serves it."""

    effective_port = 80
    server_name = "127.0.0.1"

    def __init__(self, app: Callable[..., Any]) -> None:
        self.application = app
        self.adj = Adjustments(listen="127.0.0.1:0", ident=None)

    def connect(self) -> "Line":
        """A fresh connection."""
        return Line(self)


class Line:
    """One connection to the application, and to waitress's task the channel."""

    connected = True
    addr = ("127.0.0.1", 0)

    def __init__(self, server: Exchange) -> None:
        self.server = server
        self.adj = server.adj
        self.ended = False
        """Whether the server closed it; what it sent before can still be read."""
        self._sent = bytearray()
        self._due = 0.0
        self._request: Any = None
        self._complete: deque[Any] = deque()

    def feed(self, data: bytes) -> bool:
        """Takes what the client writes; True if there is something to `perform` now."""
        data = bytes(data)
        while data and not self.ended:
            if self._request is None:
                self._request = HTTPRequestParser(self.adj)
            taken = self._request.received(data)
            data = data[taken:]
            if self._request.expect_continue and self._request.headers_finished:
                self._request.expect_continue = self._request.completed = False
                self._sent += _CONTINUE
            if self._request.completed:
                if not self._request.empty:
                    self._complete.append(self._request)
                self._request = None
            elif not taken:
                break
        return bool(self._complete)

    def perform(self) -> None:
        """Has the application answer the calls that are complete."""
        while self._complete and not self.ended:
            request = self._complete.popleft()
            task = (ErrorTask if request.error else Task)(self, request)
            task.service()
            request.close()
            self.ended = task.close_on_finish

    def late(self) -> float:
        """For how many seconds nothing can be read yet."""
        return max(0.0, self._due - time.monotonic())

    def is_silent(self) -> bool:
        """Whether reading now would wait for ever: the server waits for more of the call."""
        return not self._sent and not self.ended

    def read(self, most: int) -> bytes:
        """What the server sent, at most so many bytes; empty when it closed the connection."""
        found = bytes(self._sent[:most])
        del self._sent[:most]
        return found

    def write_soon(self, data: bytes) -> int:
        """The task's: a part of the answer."""
        self._sent += data
        return len(data)

    def send_in_one(self, write: Callable[[bytes], None], data: bytes) -> None:
        """The task's: what this writes goes out together, as all does here."""
        write(data)

    def wait(self, seconds: float) -> None:
        """The task's: an answer that is to be late, which is for the reader to wait for."""
        self._due = time.monotonic() + seconds

    def check_client_disconnected(self) -> bool:
        """The task's: whether the client has gone."""
        return False


class Socket:
    """A line as blocking clients know it: the part of `socket.socket` that `http.client` asks for."""

    def __init__(self, line: Line, timeout: float | None) -> None:
        self.line = line
        self._timeout = timeout

    def settimeout(self, timeout: float | None) -> None:
        """How long `recv` waits; None: for ever."""
        self._timeout = timeout

    def sendall(self, data: bytes) -> None:
        """Raises `BrokenPipeError` if the server closed the connection."""
        if self.line.ended:
            raise BrokenPipeError
        if self.line.feed(data):
            self.line.perform()

    def recv(self, most: int) -> bytes:
        """Empty at the end. Raises `TimeoutError`, without having waited any longer than the timeout."""
        late = self.line.late()
        silent = self.line.is_silent()
        if silent or (self._timeout is not None and late > self._timeout):
            time.sleep(self._timeout or 0)
            raise TimeoutError("timed out")
        time.sleep(late)
        return self.line.read(most)

    def makefile(self, mode: str = "rb", *_buffering: object) -> io.BufferedReader:
        """A file to read from."""
        return io.BufferedReader(_Reader(self))

    def shutdown(self, _how: int) -> None:
        """Ends it, as `close` does."""
        self.close()

    def close(self) -> None:
        """Ends it: what has been read is read."""
        self.line.ended = True


class _Reader(io.RawIOBase):
    def __init__(self, socket: Socket) -> None:
        self._socket = socket

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._socket.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)
