"""The place that every call of urllib3, and so of requests, passes: `HTTPConnectionPool.urlopen`."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, connection_from_url
from urllib3.exceptions import MaxRetryError, NewConnectionError
from urllib3.util import Timeout

from mockserver.contract.servers import ORIGIN_HEADER
from mockserver.errors import RedirectRefusedError
from mockserver.redirection import Turned
from mockserver.transports.urllib3 import Pool

_ORDER: Final = ("body", "headers", "retries", "redirect", "assert_same_host", "timeout", "pool_timeout")
_ORDER_OF_REST: Final = ("release_conn", "chunked", "body_pos", "preload_content", "decode_content")
_PORTS: Final = {"http": 80, "https": 443}


def _turning(original: Callable[..., Any], turn: Callable[[str], Turned | None]) -> Callable[..., Any]:
    def urlopen(
        self: HTTPConnectionPool, method: str, url: str, *arguments: Any, **options: Any
    ) -> BaseHTTPResponse:
        try:
            turned = turn(_absolute(self, url))
        except RedirectRefusedError as refusal:
            unreachable: Any = NewConnectionError(self, str(refusal))  # type: ignore[arg-type]
            raise MaxRetryError(self, url, unreachable) from refusal
        call = partial(original, self, method, url, *arguments, **options)
        if turned is not None:
            given = dict(zip(_ORDER + _ORDER_OF_REST, arguments, strict=False)) | options
            call = partial(original, _pool(turned), method, turned.path, **_as_meant(self, given, turned))
        response: BaseHTTPResponse = call()
        if turned is not None:
            response.url = url
        return response

    return urlopen


PLACES: Final = ((HTTPConnectionPool, "urlopen", _turning),)


def _absolute(pool: HTTPConnectionPool, url: str) -> str:
    """The URL as it was before the pool took it apart; through a proxy it is whole."""
    if url.startswith(("http://", "https://")):
        return url
    port = "" if pool.port in (None, _PORTS.get(str(pool.scheme))) else f":{pool.port}"
    return f"{pool.scheme}://{pool.host}{port}{url}"


def _pool(turned: Turned) -> HTTPConnectionPool:
    if turned.exchange is None:
        return connection_from_url(turned.server)
    return Pool(turned.exchange, "http", "127.0.0.1")


def _as_meant(pool: HTTPConnectionPool, given: dict[str, Any], turned: Turned) -> dict[str, Any]:
    """The arguments with what the client's own pool would have made of those that are left out."""
    headers = given.get("headers")
    own: dict[Any, Any] = (pool.headers if headers is None else headers).copy()  # type: ignore[union-attr]
    for name in [name for name in own if name.lower() in ("host", b"host")]:
        del own[name]
    own[ORIGIN_HEADER] = turned.origin
    timeout = given.get("timeout", Timeout.DEFAULT_TIMEOUT)
    retries = given.get("retries")
    return given | {
        "headers": own,
        "timeout": pool.timeout if timeout is Timeout.DEFAULT_TIMEOUT else timeout,
        "retries": pool.retries if retries is None else retries,
        "assert_same_host": False,
    }
