"""The production server, the same for the shell and for a thread in the tests: waitress.

Chosen because it starts and stops in a thread within milliseconds and gives way to the socket.
"""

import errno
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.trigger import trigger

from mockserver.connection import Channel, Rest

_THREADS = 8
_BACKLOG = 1024
_CONNECTIONS = 1000
_LARGEST_HEADER = 64 * 1024  # the request line and all headers
_LARGEST_BODY = 64 * 1024 * 1024  # more than the application takes, so that mostly its own words refuse it
_GRACE = 10.0  # seconds that calls in flight have when the server stops
_IDENT = None  # the vendors' servers do not sign as waitress, so neither do we


class Taken(OSError):  # noqa: N818 - says what the address is
    """The address is in use. One line with the mend."""


class Server:
    """Serves a WSGI application on one address, in this thread (`run`) or in one of its own (`start`)."""

    def __init__(
        self,
        app: Callable[..., Any],
        host: str = "127.0.0.1",
        port: int = 0,
        sockets: list[socket.socket] | None = None,
    ) -> None:
        """Binds at once, unless to sockets that listen already; port 0 takes a free one.

        Raises `Taken`, or `OSError` for an unusable address.
        """
        sockets = sockets or listening(host, port)
        self.host = host
        self.port = int(sockets[0].getsockname()[1])
        self._map: dict[int, Any] = {}
        self._server = create_server(
            app,
            map=self._map,
            sockets=sockets,
            threads=_THREADS,
            ident=_IDENT,
            max_request_header_size=_LARGEST_HEADER,
            max_request_body_size=_LARGEST_BODY,
            connection_limit=_CONNECTIONS,
            # Our own reading of the one that counts, `X-Forwarded-Proto`, trusts it with nothing but URLs.
            clear_untrusted_proxy_headers=False,
        )
        self._rest = Rest(_THREADS)
        for one in self._map.values():
            if isinstance(one, BaseWSGIServer):
                one.channel_class = partial(Channel, self._rest)
        self._runs = False
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it can be reached from this machine, without a slash at the end."""
        return url_of(self.host, self.port)

    def run(self) -> None:
        """Serves until `stop` is called from elsewhere, or the process is interrupted."""
        self._runs = True
        try:
            self._server.run()
        finally:
            self._close()

    def start(self) -> "Server":
        """Serves in a thread."""
        self._runs = True
        self._thread = threading.Thread(target=self.run, name="mockserver", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Takes no more connections, answers what is in flight, and closes every socket in its own thread."""
        self._rest.end()
        self._drain()
        # First the workers: one that has just answered still needs what wakes the server's thread.
        self._server.task_dispatcher.shutdown()
        waker = self._waker()
        if waker is not None and self._runs:
            # The server's thread may find what to do, and close the pipe, before this one has knocked on it.
            with suppress(OSError):
                waker.pull_trigger(lambda: wasyncore.close_all(self._map))
        elif waker is not None:
            self._close()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None

    def _drain(self) -> None:
        """Waits until nobody waits for an answer any more, or too long."""
        waker = self._waker()
        if waker is None or not self._runs:
            return
        with suppress(OSError):
            waker.pull_trigger(self._close_doors)
        deadline = time.monotonic() + _GRACE
        while any(map(_is_busy, list(self._map.values()))) and time.monotonic() < deadline:
            time.sleep(0.005)

    def _close_doors(self) -> None:
        for one in list(self._map.values()):
            if isinstance(one, BaseWSGIServer):
                # Only the socket: waitress's own way would take the waker of open connections with it.
                wasyncore.dispatcher.close(one)

    def _waker(self) -> trigger | None:
        return next((one for one in list(self._map.values()) if isinstance(one, trigger)), None)

    def _close(self) -> None:
        self._rest.end()
        wasyncore.close_all(self._map)
        self._server.task_dispatcher.shutdown()


def url_of(host: str, port: int) -> str:
    """Where a server that listens there can be reached from this machine, without a slash at the end."""
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_busy(one: Any) -> bool:
    """Whether a connection has a call that is not answered to its last byte."""
    return isinstance(one, HTTPChannel) and bool(one.requests or one.total_outbufs_len)


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
            mend = "stop who listens there or choose another --port"
            raise Taken(f"port {port} on {host} is taken; {mend}") from error
        raise
    return opened


def serve_here(
    app: Callable[..., Any],
    sockets: list[socket.socket],
    ready: Callable[[], None],
    wait: Callable[[], object],
) -> None:
    """Serves on sockets that listen, in a thread, until `wait` returns; `ready` is called once it answers."""
    server = Server(app, sockets=sockets).start()
    try:
        ready()
        wait()
    finally:
        server.stop()
