"""Redirect hook for urllib3, and so for requests: `HTTPConnectionPool.urlopen`."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, connection_from_url
from urllib3.exceptions import MaxRetryError, NewConnectionError
from urllib3.util import Timeout

from mockserver.contract.servers import ORIGIN_HEADER
from mockserver.errors import RedirectRefusedError
from mockserver.redirection import RedirectTarget
from mockserver.transports.urllib3 import InMemoryPool

# The parameters of urlopen after method and url, in their order.
_PARAMETERS: Final = ("body", "headers", "retries", "redirect", "assert_same_host", "timeout", "pool_timeout")
_MORE_PARAMETERS: Final = ("release_conn", "chunked", "body_pos", "preload_content", "decode_content")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def _make_urlopen(
    original: Callable[..., Any], find_target: Callable[[str], RedirectTarget | None]
) -> Callable[..., Any]:
    def urlopen(
        self: HTTPConnectionPool, method: str, url: str, *arguments: Any, **options: Any
    ) -> BaseHTTPResponse:
        try:
            target = find_target(_absolute_url(self, url))
        except RedirectRefusedError as error:
            unreachable: Any = NewConnectionError(self, str(error))  # type: ignore[arg-type]
            raise MaxRetryError(self, url, unreachable) from error
        send = partial(original, self, method, url, *arguments, **options)
        if target is not None:
            given = dict(zip(_PARAMETERS + _MORE_PARAMETERS, arguments, strict=False)) | options
            options = _redirected_options(self, given, target)
            send = partial(original, _create_pool(target), method, target.path, **options)
        response: BaseHTTPResponse = send()
        if target is not None:
            response.url = url
        return response

    return urlopen


PATCH_POINTS: Final = ((HTTPConnectionPool, "urlopen", _make_urlopen),)
"""Class, method and hook factory of each function that is replaced."""


def _absolute_url(pool: HTTPConnectionPool, url: str) -> str:
    """The URL with scheme and host, which a pool receives only for calls through a proxy."""
    if url.startswith(("http://", "https://")):
        return url
    port = "" if pool.port in (None, _DEFAULT_PORTS.get(str(pool.scheme))) else f":{pool.port}"
    return f"{pool.scheme}://{pool.host}{port}{url}"


def _create_pool(target: RedirectTarget) -> HTTPConnectionPool:
    if target.in_memory_server is None:
        return connection_from_url(target.server)
    return InMemoryPool(target.in_memory_server, "http", "127.0.0.1")


def _redirected_options(
    pool: HTTPConnectionPool, given: dict[str, Any], target: RedirectTarget
) -> dict[str, Any]:
    """The options of `urlopen` for the target; those left out take the defaults of the client's own pool."""
    headers = given.get("headers")
    own: dict[Any, Any] = (pool.headers if headers is None else headers).copy()  # type: ignore[union-attr]
    for name in [name for name in own if name.lower() in ("host", b"host")]:
        del own[name]
    own[ORIGIN_HEADER] = target.origin
    timeout = given.get("timeout", Timeout.DEFAULT_TIMEOUT)
    retries = given.get("retries")
    return given | {
        "headers": own,
        "timeout": pool.timeout if timeout is Timeout.DEFAULT_TIMEOUT else timeout,
        "retries": pool.retries if retries is None else retries,
        "assert_same_host": False,
    }
