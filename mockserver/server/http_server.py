"""The production server, the same for the shell and for a thread in the tests: waitress.

Chosen because it starts and stops in a thread within milliseconds and gives way to the socket.
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
_CONNECTIONS = 1000
_LARGEST_HEADER = 64 * 1024  # the request line and all headers
_LARGEST_BODY = 64 * 1024 * 1024  # more than the application takes, so that mostly its own words refuse it
_IDENT = None  # the vendors' servers do not sign as waitress, so neither do we


class Server:
    """Serves a WSGI application on one address, in this thread (`run`) or in one of its own (`start`)."""

    def __init__(
        self,
        app: Callable[..., Any],
        host: str = "127.0.0.1",
        port: int = 0,
        sockets: list[socket.socket] | None = None,
        threads: int = 0,
    ) -> None:
        """Binds at once, unless to sockets that listen already; port 0 takes a free one.

        Calls are done by so many threads, or (0) by the one that hears the sockets, one after another: that
        is faster as long as none of them waits for anything but its turn.
        Raises `AddressInUseError`, or `OSError` for an unusable address.
        """
        sockets = sockets or listening(host, port)
        self.host = host
        self.port = int(sockets[0].getsockname()[1])
        heard: dict[int, Any] = {}
        self._loop = ThreadPoolLoop(heard, threads) if threads else Loop(heard)
        create_server(
            app,
            map=heard,
            sockets=sockets,
            ident=_IDENT,
            max_request_header_size=_LARGEST_HEADER,
            max_request_body_size=_LARGEST_BODY,
            connection_limit=_CONNECTIONS,
            # Our own reading of the one that counts, `X-Forwarded-Proto`, trusts it with nothing but URLs.
            clear_untrusted_proxy_headers=False,
            _dispatcher=self._loop,
        )
        for one in heard.values():
            if isinstance(one, BaseWSGIServer):
                one.channel_class = Channel
                one.pull_trigger = partial(self._loop.wakeup, one.trigger)

    @property
    def url(self) -> str:
        """Where it can be reached from this machine, without a slash at the end."""
        return url_of(self.host, self.port)

    def run(self) -> None:
        """Serves until `stop` is called from elsewhere, or the process is interrupted."""
        self.start()
        try:
            with suppress(KeyboardInterrupt):
                self._loop.join()
        finally:
            self.stop()

    def start(self) -> "Server":
        """Serves in a thread."""
        self._loop.start()
        return self

    def stop(self) -> None:
        """Takes no more connections, answers what is in flight, and closes every socket."""
        self._loop.stop()


def url_of(host: str, port: int) -> str:
    """Where a server that listens there can be reached from this machine, without a slash at the end."""
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listening(host: str, port: int) -> list[socket.socket]:
    """A socket for each address that the host stands for (localhost: one a family), all of one port."""
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
            fix = "stop who listens there or choose another --port"
            raise AddressInUseError(f"port {port} on {host} is taken; {fix}") from error
        raise
    return opened


class ServableApp(Protocol):
    """A WSGI application that says how it is best served."""

    @property
    def threads(self) -> int:
        """What `Server` takes by this name."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The WSGI application."""


def serve_forever(
    app: ServableApp,
    sockets: list[socket.socket],
    ready: Callable[[], None],
    wait: Callable[[], object],
) -> None:
    """Serves on sockets that listen, in a thread, until `wait` returns; `ready` is called once it answers."""
    server = Server(app, sockets=sockets, threads=app.threads).start()
    try:
        ready()
        wait()
    finally:
        server.stop()
