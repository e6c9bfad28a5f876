"""The event loop of a server: accepts connections, keeps their limits, and stops in good order."""

import asyncio
import errno
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from mockserver.formats.sanitize import format_traceback
from mockserver.server.call_dispatch import CallDispatch
from mockserver.server.connection_limits import Connection, Limits, longest_idle, overdue
from mockserver.server.http_protocol import HttpProtocol
from mockserver.server.http_response import DateHeader
from mockserver.server.listening import BACKLOG
from mockserver.server.proxy import Proxy, ProxyRoutes

_log = logging.getLogger("mockserver")
_SWEEP_SECONDS: Final = 1.0
_ROUNDS_AT_END: Final = 6  # of the loop: accept a connection, prepare it, read what it has sent
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_QUIET_SECONDS: Final = 60.0  # between two lines about a lack of descriptors


class Serving:
    """Serves listening sockets in the thread that calls `run`, until `stop`."""

    def __init__(
        self,
        app: Any,
        sockets: list[socket.socket],
        threads: int,
        *,
        limits: Limits,
        ssl_context: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
        authority: str = "localhost",
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    ) -> None:
        self.limits = limits
        self.max_body: int = min(getattr(app, "max_body", limits.body), limits.body)
        self.ssl_context: ssl.SSLContext | None = ssl_context
        has_host = getattr(app, "has_host", _no_host)
        self.proxy: ProxyRoutes | None = ProxyRoutes(proxy, has_host, _port_of(authority)) if proxy else None
        self.authority = authority
        self.date: DateHeader = DateHeader()
        self.failure: BaseException | None = None
        """What ended the loop, other than `stop`."""
        name, _, port = authority.rpartition(":")
        environ = {
            "SERVER_NAME": name or authority,
            "SERVER_PORT": port,
            "SERVER_SOFTWARE": "mockserver",
            "wsgi.multiprocess": False,
        }
        self.dispatch: CallDispatch = CallDispatch(app, threads, self, environ)
        self._sockets = sockets
        self._loop = (loop_factory or _new_loop)()
        self._loop.set_exception_handler(self._report)
        self.now: Callable[[], float] = self._loop.time
        self.call_soon: Callable[..., asyncio.Handle] = self._loop.call_soon
        self.call_later: Callable[..., asyncio.TimerHandle] = self._loop.call_later
        self.create_task: Callable[..., asyncio.Task[Any]] = self._loop.create_task
        self.create_connection: Callable[..., Any] = self._loop.create_connection
        self._connections: set[Connection] = set()
        self._stopping = asyncio.Event()
        self._all_closed = asyncio.Event()
        self._is_draining = False
        self._lock = threading.Lock()
        self._exhausted_until = 0.0

    def run(self) -> None:
        """Serves until `stop` is called from another thread; what ends it otherwise is its `failure`."""
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self.failure = error
            _log.error("the event loop ended by an error\n%s", format_traceback(error))
        finally:
            self._close()

    def stop(self) -> None:
        """Begins to stop, from any thread."""
        self.call_threadsafe(self._stopping.set)

    def close_listeners(self) -> None:
        """Closes the listening sockets, from any thread."""
        for one in self._sockets:
            one.close()

    def call_threadsafe(self, function: Callable[..., object], *arguments: Any) -> None:
        """Calls a function in the thread of the loop; not if the loop has ended."""
        with self._lock, suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *arguments)

    def connection_opened(self, connection: Connection) -> None:
        """A connection is open."""
        if len(self._connections) >= self.limits.connections:
            self._make_room()
        self._connections.add(connection)
        if self._is_draining:  # it was accepted in the last moment, and would be served on and on
            self.create_task(self._drain(connection))

    def connection_closed(self, connection: Connection) -> None:
        """A connection is closed."""
        self._connections.discard(connection)
        if not self._connections:
            self._all_closed.set()

    async def _serve(self) -> None:
        listeners = [await self._listen(one) for one in self._sockets]
        self._loop.call_later(_SWEEP_SECONDS, self._sweep)
        await self._stopping.wait()
        # What was sent before the stop is answered, by connections too that are not accepted yet.
        await _some_rounds()
        for listener in listeners:
            with suppress(ValueError):  # `close_listeners` was first
                listener.close()
        await _some_rounds()  # until those are open that were accepted last
        self._is_draining = True
        self._all_closed.clear()
        for connection in list(self._connections):
            connection.drain()
        if self._connections:
            try:
                await asyncio.wait_for(self._all_closed.wait(), self.limits.grace_seconds)
            except TimeoutError:
                what = "connections that were still open %g seconds after the stop are closed now: %s"
                _log.warning(what, self.limits.grace_seconds, len(self._connections))
        for connection in list(self._connections):
            connection.abort()
        await asyncio.sleep(0)

    async def _drain(self, connection: Connection) -> None:
        """Answers what a connection has sent before it was open, and ends it."""
        await _some_rounds()
        connection.drain()

    async def _listen(self, one: socket.socket) -> asyncio.Server:
        options: Any = {"sock": one, "backlog": BACKLOG}
        if one.family == getattr(socket, "AF_UNIX", None):
            return await self._loop.create_unix_server(self._protocol, **options)
        return await self._loop.create_server(self._protocol, **options)

    def _protocol(self) -> Any:
        return HttpProtocol(self)

    def _sweep(self) -> None:
        """Ends connections whose clients let the server wait too long."""
        now = self.now()
        for connection in list(self._connections):
            awaited = overdue(connection, self.limits, now)
            if awaited:
                connection.give_up(awaited)
        self._loop.call_later(_SWEEP_SECONDS, self._sweep)

    def _make_room(self) -> None:
        found = longest_idle(self._connections)
        if found is not None:
            self._connections.discard(found)
            found.abort()

    def _report(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Logs what goes wrong outside of calls."""
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _EXHAUSTED:
            self._make_room()
            if time.monotonic() > self._exhausted_until:
                self._exhausted_until = time.monotonic() + _QUIET_SECONDS
                fix = "raise the limit of open files (ulimit -n)"
                _log.error("no more connections can be accepted for now (%s); %s", error.strerror, fix)
        elif isinstance(error, OSError):
            _log.debug("a connection failed (%s)", error)
        else:
            trace = f"\n{format_traceback(error)}" if error else ""
            _log.error("%s%s", context.get("message"), trace)
            if error is not None and not isinstance(error, Exception):
                self.failure = error  # uvloop goes on after it, asyncio's loop ends
                self._stopping.set()

    def _close(self) -> None:
        self.dispatch.end(self.limits.join_seconds)
        self.close_listeners()
        for connection in list(self._connections):
            connection.abort()
        with self._lock:
            with suppress(RuntimeError):  # the loop was never entered
                self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()


async def _some_rounds() -> None:
    """Lets the loop do what it has to do for a connection that waits to be accepted."""
    for _ in range(_ROUNDS_AT_END):
        await asyncio.sleep(0)


def _new_loop() -> asyncio.AbstractEventLoop:
    """A loop that polls sockets: on Windows too, whose own kind cannot serve a socket of another process."""
    return asyncio.SelectorEventLoop()


def _no_host(_host: str) -> bool:
    """Says that an application has no host names of its own."""
    return False


def _port_of(authority: str) -> int:
    port = authority.rpartition(":")[2]
    return int(port) if port.isdigit() else 0
