"""A socket from which one reply is read, bounded in bytes and in time."""

import io
import socket
import time

from mockserver.errors import ReplyLimitError
from mockserver.verify.limits import describe_bytes


class BoundedSocket(io.RawIOBase):
    """Reads from a socket until a number of bytes or a point in time; what `http.client` needs of a socket.

    A timeout of the socket alone would allow a service to send one byte at a time for ever.
    """

    def __init__(self, sock: socket.socket, max_bytes: int, ends_at: float) -> None:
        super().__init__()
        self._sock = sock
        # It keeps the connection open after `http.client` has closed the socket, as with Connection: close.
        self._raw = sock.makefile("rb", buffering=0)
        self._max_bytes = max_bytes
        self._ends_at = ends_at
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
        remaining = self._ends_at - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(remaining)
        count = self._raw.readinto(buffer) or 0
        self.received += count
        if self.received > self._max_bytes:
            raise ReplyLimitError(
                f"the reply is larger than {describe_bytes(self._max_bytes)}; raise --max-reply-bytes"
            )
        return count
