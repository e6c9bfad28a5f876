"""The HTTP server: waitress, the same for `mockserver serve` and for a thread of a test process.

waitress starts and stops in a thread within milliseconds and gives access to the socket.
"""

import errno
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from waitress.server import BaseWSGIServer, create_server

from mockserver.errors import AddressInUseError
from mockserver.server.event_loop import Loop, ThreadPoolLoop
from mockserver.server.waitress_channel import Channel

_BACKLOG = 1024
_MAX_CONNECTIONS = 1000
_MAX_HEADER_BYTES = 64 * 1024  # the request line and all headers
_MAX_BODY_BYTES = 64 * 1024 * 1024  # above the application's limit, whose error response is the better one
_IDENT = None  # no `Server: waitress` header: the vendors' servers do not send one


class Server:
    """Serves a WSGI application on one address: in this thread (`run`) or in a new one (`start`, or `with`).

    with mockserver.Server(mockserver.create_app()) as server:
        world = mockserver.Control(server.url).create_world()
    """

    def __init__(
        self,
        app: Callable[..., Any],
        host: str = "127.0.0.1",
        port: int = 0,
        sockets: list[socket.socket] | None = None,
        threads: int = 0,
    ) -> None:
        """Binds immediately, or takes listening `sockets`; port 0 takes a free port.

        Calls run in `threads` threads; with 0 they run in the thread of the event loop, one after another,
        which is faster as long as calls do not wait for another process.
        Raises `AddressInUseError`, or `OSError` for an unusable address.
        """
        sockets = sockets or listening(host, port)
        self.host = host
        self.port = int(sockets[0].getsockname()[1])
        channels: dict[int, Any] = {}
        self._loop = ThreadPoolLoop(channels, threads) if threads else Loop(channels)
        create_server(
            app,
            map=channels,
            sockets=sockets,
            ident=_IDENT,
            max_request_header_size=_MAX_HEADER_BYTES,
            max_request_body_size=_MAX_BODY_BYTES,
            connection_limit=_MAX_CONNECTIONS,
            # The application reads `X-Forwarded-Proto` itself, for the URLs that it writes and nothing else.
            clear_untrusted_proxy_headers=False,
            _dispatcher=self._loop,
        )
        for one in channels.values():
            if isinstance(one, BaseWSGIServer):
                one.channel_class = Channel
                one.pull_trigger = partial(self._loop.wakeup, one.trigger)

    @property
    def url(self) -> str:
        """The URL under which this machine reaches it, without a trailing slash."""
        return url_of(self.host, self.port)

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def run(self) -> None:
        """Serves until `stop` is called from elsewhere, or the process is interrupted."""
        self.start()
        try:
            with suppress(KeyboardInterrupt):
                self._loop.join()
        finally:
            self.stop()

    def start(self) -> "Server":
        """Serves in a new thread; returns itself."""
        self._loop.start()
        return self

    def stop(self) -> None:
        """Accepts no more connections, answers the calls in flight, and closes every socket."""
        self._loop.stop()


def url_of(host: str, port: int) -> str:
    """The URL under which this machine reaches a server on that address, without a trailing slash."""
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listening(host: str, port: int) -> list[socket.socket]:
    """Listening sockets, one for each address of the host (localhost: one a family), all on the same port.

    Raises `AddressInUseError`, and `OSError` for an unusable address.
    """
    try:
        addresses = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise OSError(errno.EADDRNOTAVAIL, "no such address") from error
    opened: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in addresses:
            one = socket.socket(family, kind, protocol)
            opened.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind((address[0], port or opened[0].getsockname()[1], *address[2:]))
            one.listen(_BACKLOG)
    except OSError as error:
        for one in opened:
            one.close()
        if error.errno == errno.EADDRINUSE:
            fix = "stop the other process or pass another --port"
            raise AddressInUseError(f"port {port} on {host} is already in use; {fix}") from error
        raise
    return opened


class ServableApp(Protocol):
    """A WSGI application that knows how many threads its calls need."""

    @property
    def threads(self) -> int:
        """The `threads` of `Server`."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The WSGI application."""


def serve_forever(
    app: ServableApp,
    sockets: list[socket.socket],
    ready: Callable[[], None],
    wait: Callable[[], object],
) -> None:
    """Serves listening sockets in a thread until `wait` returns; `ready` is called once it answers."""
    server = Server(app, sockets=sockets, threads=app.threads).start()
    try:
        ready()
        wait()
    finally:
        server.stop()
