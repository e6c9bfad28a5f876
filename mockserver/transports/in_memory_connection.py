"""In-memory HTTP connection to a WSGI application: takes and returns bytes as a server's socket does."""

import errno
import heapq
import io
import itertools
import ssl
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from mockserver.server.call_dispatch import answer
from mockserver.server.connection_limits import Connection, Limits
from mockserver.server.http_protocol import HttpProtocol
from mockserver.server.http_request import HttpRequest
from mockserver.server.http_response import DateHeader
from mockserver.server.proxy import ProxyRoutes
from mockserver.server.wsgi_call import WsgiReply

_ENVIRON: Final = {"SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "wsgi.multiprocess": False}
_ADDRESS: Final = ("127.0.0.1", 0)


class InMemoryServer:
    """A WSGI application, served like `mockserver.server.http_server` serves it, but without sockets."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self.app = app
        self._server: Any = None
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The URL of the application over loopback, for libraries that need a socket; a server is started."""
        with self._lock:
            if self._server is None:
                # asyncio takes 40 ms to import, which most clients do not need.
                self._server = import_module("mockserver.server.http_server").Server(self.app).start()
            return str(self._server.url)

    def stop(self) -> None:
        """Stop the server, if it has started."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.stop()

    def connect(self) -> "InMemoryConnection":
        """Open a connection."""
        return InMemoryConnection(self.app)


class Timer:
    """A planned call of a function, in the thread that reads from the connection when it is due."""

    def __init__(self, function: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        self._function: Callable[..., object] | None = function
        self._arguments = arguments

    def cancel(self) -> None:
        """Call it off."""
        self._function = None

    def run(self) -> None:
        """Call the function, unless it was called off."""
        if self._function is not None:
            self._function(*self._arguments)


class Dispatch:
    """Runs calls in the thread of their client, which may wait, and which gets their exceptions."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app

    def run(self, request: HttpRequest, done: Callable[[Any], None]) -> None:
        """Run the call."""
        done(answer(self._app, request, _ENVIRON))

    def run_part(self, reply: WsgiReply, done: Callable[[Any], None]) -> None:
        """Read on in a response."""
        done(reply.read_on())

    def refused(self, request: HttpRequest, status: int) -> None:
        """Tell the application of a request that the server itself has answered."""
        if hasattr(self._app, "on_refused"):
            self._app.on_refused(request, status)


class InMemoryConnection:
    """One connection to the application: the transport of its protocol, and its event loop.

    The loop turns whenever the client writes and reads; the application runs in `handle_requests`.
    """

    authority = "127.0.0.1:80"
    ssl_context: ssl.SSLContext | None = None
    proxy: ProxyRoutes | None = None

    def __init__(self, app: Callable[..., Any]) -> None:
        self.limits: Limits = Limits()
        self.max_body: int = min(getattr(app, "max_body", self.limits.body), self.limits.body)
        self.date: DateHeader = DateHeader()
        self.dispatch: Dispatch = Dispatch(app)
        self.closed: bool = False
        """Whether it is closed; what the server sent before can still be read."""
        self.was_reset: bool = False
        """Whether it was reset; nothing can be read any more."""
        self.now: Callable[[], float] = time.monotonic
        self._sent = bytearray()
        self._received: list[bytes] = []
        self._changed = threading.Condition(threading.RLock())
        self._timers: list[tuple[float, int, Timer]] = []
        self._count = itertools.count()
        self._protocol = HttpProtocol(self)
        self._protocol.connection_made(self)

    # For the client

    def feed(self, data: bytes) -> bool:
        """Take bytes written by the client, to be handled by `handle_requests`."""
        if not self.closed:
            self._received.append(bytes(data))
        return bool(self._received)

    def handle_requests(self) -> None:
        """Run the application for the requests that are complete."""
        with self._changed:
            while self._received and not self.closed:
                self._protocol.data_received(self._received.pop(0))
            self._run_due()

    def is_readable(self) -> bool:
        """Whether a read would return at once, if only the end."""
        with self._changed:
            self._run_due()
            return bool(self._sent) or self.closed

    def is_waiting_for_request(self) -> bool:
        """Whether a read would block forever, because the server waits for the rest of a request."""
        return not (self._sent or self.closed or self._timers or self._protocol.is_busy)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Up to `max_bytes` of what the server sent; empty once the connection is closed.

        Raises `TimeoutError` after the timeout, also where a read would block forever: then at once without
        a timeout. Raises `ConnectionResetError` after a reset.
        """
        with self._changed:
            self._wait(time.monotonic() + (threading.TIMEOUT_MAX if timeout is None else timeout), timeout)
            if self.was_reset:
                raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
            found = bytes(self._sent[:max_bytes])
            del self._sent[:max_bytes]
            return found

    def _wait(self, deadline: float, timeout: float | None) -> None:
        """Wait until something can be read. Raises `TimeoutError`."""
        while not self._sent and not self.closed:
            self._run_due()
            if self._sent or self.closed:
                return
            if self.is_waiting_for_request() and timeout is None:
                raise TimeoutError("timed out")
            due = min(self._timers[0][0], deadline) if self._timers else deadline
            self._changed.wait(min(max(0.0, due - time.monotonic()), threading.TIMEOUT_MAX))
            if time.monotonic() >= deadline:
                raise TimeoutError("timed out")

    # For the protocol: what a transport can do

    def write(self, data: bytes) -> None:
        """Send bytes to the client."""
        self._sent += data
        with self._changed:
            self._changed.notify_all()

    def get_write_buffer_size(self) -> int:
        """The number of bytes that the client has not read yet: none, as nothing limits them."""
        return 0

    def get_extra_info(self, name: str) -> Any:
        """The client's address; everything else is unknown."""
        return _ADDRESS if name == "peername" else None

    def can_write_eof(self) -> bool:
        """Whether sending and receiving can end separately: not here."""
        return False

    def pause_reading(self) -> None:
        """The client's bytes wait here anyway."""

    def resume_reading(self) -> None:
        """The client's bytes wait here anyway."""

    def close(self) -> None:
        """Close the connection after what was sent."""
        with self._changed:
            if not self.closed:
                self.closed = True
                self._timers.clear()
                self._protocol.connection_lost(None)
            self._changed.notify_all()

    def abort(self) -> None:
        """Close the connection at once."""
        self.close()

    def reset(self) -> None:
        """Reset the connection: the client can read nothing more."""
        self.was_reset = True
        self._sent.clear()
        self.close()

    # For the protocol: what an event loop can do

    def call_soon(self, function: Callable[..., object], *arguments: Any) -> object:
        """Call a function when the loop turns next."""
        return self.call_later(0.0, function, *arguments)

    def call_later(self, seconds: float, function: Callable[..., object], *arguments: Any) -> Timer:
        """Call a function when the loop turns after some seconds."""
        timer = Timer(function, arguments)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._count), timer))
        return timer

    def call_threadsafe(self, function: Callable[..., object], *arguments: Any) -> None:
        """Call a function now; one thread at a time."""
        with self._changed:
            function(*arguments)
            self._changed.notify_all()

    def connection_opened(self, connection: Connection) -> None:
        """Nothing to do: there is one connection."""

    def connection_closed(self, connection: Connection) -> None:
        """Nothing to do: there is one connection."""

    def _run_due(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            heapq.heappop(self._timers)[2].run()


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
        return self.connection.read(max_bytes, self._timeout)

    def makefile(self, mode: str = "rb", *_buffering: object) -> io.BufferedReader:
        """A file to read from."""
        return io.BufferedReader(_Reader(self))

    def shutdown(self, _how: int) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection; what was read before stays valid."""
        self.connection.close()


class _Reader(io.RawIOBase):
    def __init__(self, socket: InMemorySocket) -> None:
        self._socket = socket

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._socket.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)
