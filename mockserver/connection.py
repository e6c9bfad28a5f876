"""The way to the socket: what an application may do to the connection that its answer goes out on.

waitress asks its channels for a task class; ours is the object at `environ["mockserver.connection"]`.
"""

import threading
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ThreadedTaskDispatcher, WSGITask

from mockserver.wsgi import CONNECTION


class Rest:
    """Lets a worker wait without any other call having to wait for a worker: a spare one takes its place."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._waiting = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def take(self, dispatcher: ThreadedTaskDispatcher, seconds: float) -> None:
        """Waits so long, or until the server is stopped."""
        self._resize(dispatcher, 1)
        try:
            self._ended.wait(seconds)
        finally:
            self._resize(dispatcher, -1)

    def end(self) -> None:
        """Nobody waits any longer."""
        with self._lock:
            self._ended.set()

    def _resize(self, dispatcher: ThreadedTaskDispatcher, by: int) -> None:
        with self._lock:
            self._waiting += by
            if not self._ended.is_set():  # a dispatcher that was shut down would come back to life
                dispatcher.set_thread_count(self._workers + self._waiting)


class Task(WSGITask):  # type: ignore[misc]
    """One call on a connection, with what may be done to it: `wait`, `drop` and `cut`."""

    _dropped = False
    _left: int | None = None

    def get_environment(self) -> dict[str, Any]:
        """The environ, with the way to this connection in it."""
        environ: dict[str, Any] = super().get_environment()
        environ[CONNECTION] = self
        return environ

    def wait(self, seconds: float) -> None:
        """Lets so much time pass before anything is sent."""
        self.channel.rest.take(self.channel.server.task_dispatcher, seconds)

    def drop(self) -> None:
        """Has the connection closed without a byte of this answer."""
        self._dropped = True
        self.close_on_finish = True

    def cut(self, after: int) -> None:
        """Has the connection closed after so many bytes of the body, under the length of the whole."""
        self._left = after
        self.close_on_finish = True  # and not waitress's own way, which would announce it in a header

    def write(self, data: bytes) -> None:
        """Sends a part of the answer, as far as the connection is to hold."""
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

    def __init__(self, rest: Rest, *arguments: Any, **options: Any) -> None:
        self.rest = rest
        super().__init__(*arguments, **options)
