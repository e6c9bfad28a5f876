"""The server of a connection, as the connection needs it: a socket server and the in-process transports."""

import ssl
from collections.abc import Callable
from typing import Any, Protocol

from mockserver.server.connection_limits import Connection, Limits
from mockserver.server.http_request import HttpRequest
from mockserver.server.http_response import DateHeader
from mockserver.server.proxy import ProxyRoutes
from mockserver.server.wsgi_call import WsgiReply


class Timer(Protocol):
    """A planned call of a function."""

    def cancel(self) -> None:
        """Calls it off."""


class Dispatch(Protocol):
    """Where calls run."""

    def run(self, request: HttpRequest, done: Callable[[Any], None]) -> None:
        """Runs a call, and passes its reply to `done`, now or later."""

    def run_part(self, reply: WsgiReply, done: Callable[[Any], None]) -> None:
        """Reads on in a response, and passes the next part to `done`, or None if that fails."""

    def refused(self, request: HttpRequest, status: int) -> None:
        """The server itself has answered a request whose head was accepted."""


class ConnectionOwner(Protocol):
    """The server of a connection, as the connection needs it."""

    limits: Limits
    max_body: int
    date: DateHeader
    authority: str
    ssl_context: ssl.SSLContext | None
    """Serves the connections that begin with TLS; None closes them."""

    proxy: ProxyRoutes | None
    """The forward proxy that the server is as well; None refuses to be one."""

    @property
    def dispatch(self) -> Dispatch:
        """The runner of the calls."""

    @property
    def now(self) -> Callable[[], float]:
        """The time of a clock that never goes back, in seconds."""

    def call_soon(self, function: Callable[..., object], *arguments: Any) -> object:
        """Calls a function as soon as others have had their turn."""

    def call_later(self, seconds: float, function: Callable[..., object], *arguments: Any) -> Timer:
        """Calls a function after some seconds."""

    def call_threadsafe(self, function: Callable[..., object], *arguments: Any) -> None:
        """Calls a function in the thread of the connections, from any thread."""

    def connection_opened(self, connection: Connection) -> None:
        """A connection is open."""

    def connection_closed(self, connection: Connection) -> None:
        """A connection is closed."""
