"""A socket from which one reply is read, bounded in bytes and in time."""

import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Final

from mockserver.errors import ReplyLimitError
from mockserver.verify.limits import describe_bytes

_CHUNK: Final = 65_536


class Deadline:
    """A point in time, a number of seconds after it is made."""

    _now = staticmethod(time.monotonic)  # the real one: tests replace or freeze the functions of `time`

    def __init__(self, seconds: float) -> None:
        self._at = self._now() + seconds

    def left(self) -> float:
        """The seconds until then. Raises `TimeoutError` if there are none."""
        seconds = self._at - self._now()
        if seconds <= 0:
            raise TimeoutError("timed out")
        return seconds


class BoundedSocket(io.RawIOBase):
    """Reads from a socket until a number of bytes or a point in time; what `http.client` needs of a socket.

    A timeout of the socket alone would allow a service to send one byte at a time for ever.
    """

    def __init__(self, sock: socket.socket, max_bytes: int, deadline: Deadline, fix: str = "") -> None:
        super().__init__()
        self._sock = sock
        # It keeps the connection open after `http.client` has closed the socket, as with Connection: close.
        self._raw = sock.makefile("rb", buffering=0)
        self._max_bytes = max_bytes
        self._fix = fix
        self._deadline = deadline
        self.received: int = 0

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The file that `http.client` reads from."""
        return io.BufferedReader(self)

    def close(self) -> None:
        """Closes the connection."""
        self._raw.close()
        super().close()

    def readable(self) -> bool:
        """True: this is a stream for reading."""
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Reads once. Raises `TimeoutError`, or `ReplyLimitError`."""
        self._sock.settimeout(self._deadline.left())
        count = self._raw.readinto(buffer) or 0
        self.received += count
        if self.received > self._max_bytes:
            raise ReplyLimitError(f"the reply is larger than {describe_bytes(self._max_bytes)}{self._fix}")
        return count


@contextmanager
def bounded(
    connection: HTTPConnection, max_bytes: int, deadline: Deadline, fix: str = ""
) -> Iterator[list[BoundedSocket]]:
    """Bounds what is read from a new connection, which is closed at the end; gives the sockets it reads.

    `fix` ends the message of a reply that is too large.
    """
    sockets: list[BoundedSocket] = []

    def bounded_response(sock: Any, *args: Any, **options: Any) -> HTTPResponse:
        sockets.append(BoundedSocket(sock, max_bytes, deadline, fix))
        return HTTPResponse(sockets[-1], *args, **options)  # type: ignore[arg-type]

    connection.response_class = bounded_response  # type: ignore[assignment]
    try:
        connection.connect()
        connection.sock.settimeout(deadline.left())  # for what is sent, too
        yield sockets
    finally:
        connection.close()
        for one in sockets:  # an exception keeps the response, and with it the connection
            one.close()


def read_body(reply: HTTPResponse) -> bytes:
    """The whole body. Raises `HTTPException` if it is cut.

    Read at once, a length that a service only claims would be taken from memory.
    """
    content = b"".join(iter(lambda: reply.read(_CHUNK), b""))
    if reply.length:
        raise HTTPException(f"IncompleteRead: {reply.length} bytes of the body are missing")
    return content
