"""waitress channel and task that let an application delay, drop or cut its response.

The task of a call is the object at `environ["mockserver.connection"]`. The HTTP server of another choice
will replace this module: it relies on undocumented members of waitress.
"""

from collections.abc import Callable
from typing import Any, Final

from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from mockserver.server.wsgi_adapter import CONNECTION

_MAX_JOINED: Final = 64 * 1024  # bytes; copying more costs as much as sending the parts separately


class Task(WSGITask):  # type: ignore[misc]
    """One call on a connection; `wait`, `drop` and `cut` change how its response is sent."""

    _dropped = False
    _left: int | None = None

    def get_environment(self) -> dict[str, Any]:
        """The WSGI environ, with this task at `CONNECTION`."""
        environ: dict[str, Any] = super().get_environment()
        environ[CONNECTION] = self
        # waitress caches environ; drop it to avoid a reference cycle (gc pauses of about 25 ms).
        self.environ = None
        return environ

    def wait(self, seconds: float) -> None:
        """Waits before anything is sent."""
        self.channel.wait(seconds)

    def drop(self) -> None:
        """Closes the connection without sending a byte of the response."""
        self._dropped = True
        self.close_on_finish = True

    def cut(self, after: int) -> None:
        """Closes the connection after this many bytes of the body; Content-Length stays that of the whole."""
        self._left = after
        self.close_on_finish = True  # waitress's own attribute would announce it in a header

    def write(self, data: bytes) -> None:
        """Sends a part of the response, up to the cut, together with the headers."""
        self.channel.send_in_one(self._write, data)

    def _write(self, data: bytes) -> None:
        if self._left is None:
            super().write(data)
            return
        sent = data[: self._left]
        self._left -= len(sent)
        super().write(sent)
        self.content_bytes_written += len(data) - len(sent)  # otherwise waitress warns of too few

    def finish(self) -> None:
        """Sends what is left when the application has returned."""
        if self._left is not None:
            self.write(b"")  # at least the headers, and no end of a chunked body
        elif not self._dropped:
            super().finish()


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose calls can delay, drop or cut their responses."""

    task_class = Task
    _pieces: list[bytes] | None = None

    def wait(self, seconds: float) -> None:
        """Waits without blocking other calls. For `Task`."""
        self.server.task_dispatcher.wait(seconds)

    def send_in_one(self, write: Callable[[bytes], None], data: bytes) -> None:
        """Sends what `write` writes as one piece, unless it is large. For `Task`."""
        pieces: list[bytes] = []
        self._pieces = pieces
        try:
            write(data)
        finally:
            self._pieces = None
            for piece in [b"".join(pieces)] if len(data) < _MAX_JOINED else pieces:
                self.write_soon(piece)

    def write_soon(self, data: Any) -> int:
        """Queues a part of the response; it is sent as fast as the client reads. For `Task`."""
        if self._pieces is None:
            return int(super().write_soon(data))
        self._pieces.append(data)
        return len(data)

    def _flush_outbufs_below_high_watermark(self) -> None:
        # A task with this much unsent data waits until the loop has sent some of it.
        if self.total_outbufs_len > self.adj.outbuf_high_watermark:
            self.server.task_dispatcher.yield_loop()
        super()._flush_outbufs_below_high_watermark()
