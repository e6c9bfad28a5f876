"""The production server, the same for the shell and for a thread in the tests: waitress.

Chosen because it starts and stops in a thread within milliseconds and gives way to the socket.
"""

import errno
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from waitress import wasyncore
from waitress.server import BaseWSGIServer, create_server
from waitress.trigger import trigger

from mockserver.connection import Channel, Rest

_THREADS = 8
_BACKLOG = 1024
_CONNECTIONS = 1000
_LARGEST_HEADER = 64 * 1024  # the request line and all headers
_LARGEST_BODY = 64 * 1024 * 1024  # more than the application takes, so that mostly its own words refuse it
_IDENT = None  # the vendors' servers do not sign as waitress, so neither do we


class Taken(OSError):  # noqa: N818 - says what the address is
    """The address is in use. One line with the mend."""


class Server:
    """Serves a WSGI application on one address, in this thread (`run`) or in one of its own (`start`)."""

    def __init__(self, app: Callable[..., Any], host: str = "127.0.0.1", port: int = 0) -> None:
        """Binds at once; port 0 takes a free one. Raises `Taken`, or `OSError` for an unusable address."""
        sockets = _listening(host, port)
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
        host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

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
        """Lets the workers finish, closes every socket in the server's own thread, and waits for its end."""
        self._rest.end()
        # First the workers: one that has just answered still needs what wakes the server's thread.
        self._server.task_dispatcher.shutdown()
        waker = next((one for one in list(self._map.values()) if isinstance(one, trigger)), None)
        if waker is not None and self._runs:
            # The server's thread may find what to do, and close the pipe, before this one has knocked on it.
            with suppress(OSError):
                waker.pull_trigger(lambda: wasyncore.close_all(self._map))
        elif waker is not None:
            self._close()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None

    def _close(self) -> None:
        self._rest.end()
        wasyncore.close_all(self._map)
        self._server.task_dispatcher.shutdown()


def _listening(host: str, port: int) -> list[socket.socket]:
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
