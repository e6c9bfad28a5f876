"""In-process transport for requests: an adapter to mount, `session.mount(url, Transport(app))`."""

from collections.abc import Mapping
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from mockserver.transports.urllib3 import Transport as InMemoryPoolManager


class Transport(HTTPAdapter):
    """An adapter that sends every request to one WSGI application, ignoring proxies and certificates."""

    def __init__(self, app: Any, **options: Any) -> None:
        self._app = app
        super().__init__(**options)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any
    ) -> None:
        """Create the adapter's pool manager; called by requests."""
        self.poolmanager: Any = InMemoryPoolManager(
            self._app, num_pools=connections, maxsize=maxsize, block=block, **pool_kwargs
        )

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """The response to the request. Raises the exceptions of requests."""
        return super().send(request, stream, timeout, verify=False, cert=None, proxies=None)
