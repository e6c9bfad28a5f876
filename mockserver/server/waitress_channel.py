"""The way to the socket: what an application may do to the connection that its answer goes out on.

waitress asks its channels for a task class; ours is the object at `environ["mockserver.connection"]`.
"""

from collections.abc import Callable
from typing import Any, Final

from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from mockserver.server.wsgi_adapter import CONNECTION

_LARGE: Final = 64 * 1024  # bytes; to copy more of them costs as much as to send them apart


class Task(WSGITask):  # type: ignore[misc]
    """One call on a connection, with what may be done to it: `wait`, `drop` and `cut`."""

    _dropped = False
    _left: int | None = None

    def get_environment(self) -> dict[str, Any]:
        """The environ, with the way to this connection in it."""
        environ: dict[str, Any] = super().get_environment()
        environ[CONNECTION] = self
        # Kept for a second time that never comes: in a ring with it every call would wait for the collector.
        self.environ = None
        return environ

    def wait(self, seconds: float) -> None:
        """Lets so much time pass before anything is sent."""
        self.channel.wait(seconds)

    def drop(self) -> None:
        """Has the connection closed without a byte of this answer."""
        self._dropped = True
        self.close_on_finish = True

    def cut(self, after: int) -> None:
        """Has the connection closed after so many bytes of the body, under the length of the whole."""
        self._left = after
        self.close_on_finish = True  # and not waitress's own way, which would announce it in a header

    def write(self, data: bytes) -> None:
        """Sends a part of the answer, as far as the connection is to hold, its head and it in one."""
        self.channel.send_in_one(self._write, data)

    def _write(self, data: bytes) -> None:
        if self._left is None:
            super().write(data)
            return
        held = data[: self._left]
        self._left -= len(held)
        super().write(held)
        self.content_bytes_written += len(data) - len(held)  # or waitress would warn of too few

    def finish(self) -> None:
        """Sends what is still to be sent when the application is through."""
        if self._left is not None:
            self.write(b"")  # the head at least, and no end of a chunked body
        elif not self._dropped:
            super().finish()


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose calls have a way to it."""

    task_class = Task
    _pieces: list[bytes] | None = None

    def wait(self, seconds: float) -> None:
        """The task's: lets so much time pass, and holds up nobody else."""
        self.server.task_dispatcher.wait(seconds)

    def send_in_one(self, write: Callable[[bytes], None], data: bytes) -> None:
        """The task's: what this writes goes out together, unless it is large."""
        pieces: list[bytes] = []
        self._pieces = pieces
        try:
            write(data)
        finally:
            self._pieces = None
            for piece in [b"".join(pieces)] if len(data) < _LARGE else pieces:
                self.write_soon(piece)

    def write_soon(self, data: Any) -> int:
        """The task's: a part of the answer, which is sent as far as the client takes it."""
        if self._pieces is None:
            return int(super().write_soon(data))
        self._pieces.append(data)
        return len(data)

    def _flush_outbufs_below_high_watermark(self) -> None:
        # A task with that much unsent will wait until the loop has sent some of it.
        if self.total_outbufs_len > self.adj.outbuf_high_watermark:
            self.server.task_dispatcher.give_way()
        super()._flush_outbufs_below_high_watermark()
