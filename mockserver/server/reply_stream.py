"""A reply whose body is pushed by other threads while it lasts, such as server-sent events.

A Flask view (or any WSGI application) returns one and is done; no thread is held for the client:

    def events() -> Response:
        stream = ReplyStream(on_close=lambda: watchers.remove(stream))
        watchers.add(stream)
        return Response(stream.begin(request.environ), content_type="text/event-stream")

    for stream in watchers:  # from any thread, at any time
        stream.send(b"data: changed\\n\\n")

`send` returns False, and `on_close` has been called, once the client has gone, the server stops, or the
client has not read for so long that `max_unread` bytes wait for it. `close` ends the reply. Another WSGI
server serves such a reply too, but holds a thread for it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Condition
from typing import Any, Final

from mockserver.server.wsgi_adapter import CONNECTION

MAX_UNREAD: Final = 4 * 1024 * 1024
"""Bytes that may by default wait for a client that does not read; then its connection is closed."""


class ReplyStream:
    """The sending end of a streamed reply; every method may be called from any thread."""

    def __init__(
        self,
        on_close: Callable[[], object] = lambda: None,
        max_unread: int = MAX_UNREAD,
        *,
        is_endless: bool = True,
    ) -> None:
        """`on_close` is called once, when no more can be sent, in whichever thread notices.

        A client that has closed its side of the connection gets the whole of a stream that is not endless.
        """
        self.max_unread = max_unread
        self.is_endless = is_endless
        self._on_close = on_close
        self._changed = Condition()
        self._pending: deque[bytes] = deque()
        self._wake: Callable[[], object] = lambda: None
        self._is_complete = False  # by `close`
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be sent."""
        return self._is_complete or self._is_over

    def begin(self, environ: Mapping[str, Any]) -> Iterable[bytes]:
        """The body that the application returns as its response to this request."""
        connection = environ.get(CONNECTION)
        if connection is None:
            return self._blocking()
        connection.attach(self)
        return iter(())

    def send(self, data: bytes) -> bool:
        """Sends a part of the body; False if nothing more can be sent. Never waits."""
        with self._changed:
            if self.is_over:
                return False
            if data:
                self._pending.append(data)
            self._changed.notify_all()
            wake = self._wake
        wake()
        return True

    def close(self) -> None:
        """Ends the reply after what was sent."""
        with self._changed:
            self._is_complete = True
            self._changed.notify_all()
            wake = self._wake
        wake()

    def connect(self, wake: Callable[[], object]) -> None:
        """For the server: `wake` is called when there is something to `take`."""
        with self._changed:
            self._wake = wake
        wake()

    def take(self) -> tuple[bytes, bool]:
        """For the server: what is to be sent, and whether that is the end."""
        with self._changed:
            data = b"".join(self._pending)
            self._pending.clear()
            return data, self._is_complete

    def end(self) -> None:
        """For the server: nothing more can be sent."""
        with self._changed:
            ended_before, self._is_over = self._is_over, True
            self._pending.clear()
            self._wake = lambda: None
            self._changed.notify_all()
        if not ended_before:
            self._on_close()

    def _blocking(self) -> Iterator[bytes]:
        try:
            complete = False
            while not complete:
                with self._changed:
                    self._changed.wait_for(lambda: self._pending or self.is_over)
                data, complete = self.take()
                if data:
                    yield data
        finally:
            self.end()
