"""In-process transport for urllib3: a pool manager, and the pool that requests and redirects use."""

from functools import partial
from typing import Any, Final

from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection

from mockserver.transports.in_memory_connection import InMemoryConnection, InMemoryServer, InMemorySocket

_POOL_OPTIONS: Final = ("timeout", "maxsize", "block", "headers", "retries")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class InMemoryHTTPConnection(HTTPConnection):
    """An HTTPConnection whose requests are handled by a WSGI application in this process."""

    def __init__(self, *arguments: Any, server: InMemoryServer, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._server = server
        self._connection: InMemoryConnection | None = None

    def connect(self) -> None:
        """Open the connection."""
        timeout: Any = self.timeout
        self._connection = self._server.connect()
        self.sock: Any = InMemorySocket(self._connection, timeout)

    @property
    def is_connected(self) -> bool:
        """Whether another request can be sent on it."""
        return self._connection is not None and not self._connection.closed


class InMemoryHTTPSConnection(InMemoryHTTPConnection):
    """The connection for https URLs, which omits port 443 from the Host header."""

    default_port: int = _DEFAULT_PORTS["https"]  # type: ignore[misc]


class InMemoryPool(HTTPConnectionPool):
    """The connections to one host; https needs no TLS, because requests do not leave the process."""

    def __init__(
        self, server: InMemoryServer, scheme: str, host: str, port: int | None = None, **options: Any
    ) -> None:
        pool_options = {name: options[name] for name in _POOL_OPTIONS if name in options}
        self.ConnectionCls: type[InMemoryHTTPConnection] = (
            InMemoryHTTPSConnection if scheme == "https" else InMemoryHTTPConnection
        )
        super().__init__(host, port or _DEFAULT_PORTS[scheme], server=server, **pool_options)


class Transport(PoolManager):
    """A pool manager that sends every request, for any host, to one WSGI application."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(**options)
        server = InMemoryServer(app)
        pools: Any = {scheme: partial(InMemoryPool, server, scheme) for scheme in _DEFAULT_PORTS}
        self.pool_classes_by_scheme = pools
