"""urllib3 without sockets: a pool manager, and the pool that `requests` and redirects use too."""

from functools import partial
from typing import Any, Final

from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection

from mockserver.transports.in_memory_connection import Exchange, Line, Socket

_KEPT: Final = ("timeout", "maxsize", "block", "headers", "retries")
_PORTS: Final = {"http": 80, "https": 443}


class Connection(HTTPConnection):
    """A connection that is none: what it writes is answered in this process."""

    def __init__(self, *arguments: Any, server: Exchange, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._server = server
        self._line: Line | None = None

    def connect(self) -> None:
        """Opens it."""
        timeout: Any = self.timeout
        self._line = self._server.connect()
        self.sock: Any = Socket(self._line, timeout)

    @property
    def is_connected(self) -> bool:
        """Whether another call may be written to it."""
        return self._line is not None and not self._line.ended


class TLSConnection(Connection):
    """The same for https, which leaves another port out of the header Host."""

    default_port = _PORTS["https"]  # type: ignore[misc]


class Pool(HTTPConnectionPool):
    """The connections to one host, https as well: there is nobody to hide a call from."""

    def __init__(
        self, server: Exchange, scheme: str, host: str, port: int | None = None, **options: Any
    ) -> None:
        kept = {name: options[name] for name in _KEPT if name in options}
        self.ConnectionCls = TLSConnection if scheme == "https" else Connection
        super().__init__(host, port or _PORTS[scheme], server=server, **kept)


class Transport(PoolManager):
    """A pool manager all of whose calls, whatever their host, are answered by one WSGI application."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(**options)
        server = Exchange(app)
        pools: Any = {scheme: partial(Pool, server, scheme) for scheme in _PORTS}
        self.pool_classes_by_scheme = pools
