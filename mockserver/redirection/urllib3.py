"""Redirect hooks for urllib3, and so for requests, and for its fork urllib3-future, and so for niquests.

The fork replaces urllib3, or is installed beside it as urllib3_future; it has asynchronous pools as well.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, Final

from mockserver.contract.servers import ORIGIN_HEADER
from mockserver.errors import RedirectRefusedError
from mockserver.redirection import RedirectTarget
from mockserver.transports.urllib3 import InMemoryPool

# The parameters of urlopen after method and url, in their order.
_PARAMETERS: Final = ("body", "headers", "retries", "redirect", "assert_same_host", "timeout", "pool_timeout")
_MORE_PARAMETERS: Final = ("release_conn", "chunked", "body_pos", "preload_content", "decode_content")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_FindTarget = Callable[[str], RedirectTarget | None]


def patch_points(library: Any) -> tuple[tuple[Any, str, Callable[..., Any]], ...]:
    """Class, method and hook factory of each function of urllib3, or of its fork, that is replaced."""
    found = [(library.HTTPConnectionPool, "urlopen", partial(_make_urlopen, library))]
    if _is_fork(library):
        found.append((library.AsyncHTTPConnectionPool, "urlopen", partial(_make_async_urlopen, library)))
    return tuple(found)


def _make_urlopen(library: Any, original: Callable[..., Any], find_target: _FindTarget) -> Callable[..., Any]:
    def urlopen(self: Any, method: str, url: str, *arguments: Any, **options: Any) -> Any:
        target = _find(library, self, url, find_target)
        if target is None:
            return original(self, method, url, *arguments, **options)
        options = _redirected_options(library, self, _named(arguments, options), target)
        connect = library.connection_from_url
        response = original(_create_pool(library, connect, target), method, target.path, **options)
        response.url = url
        return response

    return urlopen


def _make_async_urlopen(
    library: Any, original: Callable[..., Any], find_target: _FindTarget
) -> Callable[..., Any]:
    async def urlopen(self: Any, method: str, url: str, *arguments: Any, **options: Any) -> Any:
        target = _find(library, self, url, find_target)
        if target is None:
            return await original(self, method, url, *arguments, **options)
        options = _redirected_options(library, self, _named(arguments, options), target)
        connect = library.async_connection_from_url
        response = await original(_create_pool(library, connect, target), method, target.path, **options)
        response.url = url
        return response

    return urlopen


def _is_fork(library: Any) -> bool:
    return hasattr(library, "AsyncHTTPConnectionPool")


PATCH_POINTS: Final = patch_points(import_module("urllib3"))
"""Class, method and hook factory of each function that is replaced."""


def _find(library: Any, pool: Any, url: str, find_target: _FindTarget) -> RedirectTarget | None:
    """The redirect target of a call. Raises the library's `MaxRetryError` if a strict redirect refuses it."""
    try:
        return find_target(_absolute_url(pool, url))
    except RedirectRefusedError as error:
        unreachable = library.exceptions.NewConnectionError(pool, str(error))
        raise library.exceptions.MaxRetryError(pool, url, unreachable) from error


def _named(arguments: tuple[Any, ...], options: dict[str, Any]) -> dict[str, Any]:
    return dict(zip(_PARAMETERS + _MORE_PARAMETERS, arguments, strict=False)) | options


def _absolute_url(pool: Any, url: str) -> str:
    """The URL with scheme and host, which a pool receives only for calls through a proxy."""
    if url.startswith(("http://", "https://")):
        return url
    port = "" if pool.port in (None, _DEFAULT_PORTS.get(str(pool.scheme))) else f":{pool.port}"
    return f"{pool.scheme}://{pool.host}{port}{url}"


def _create_pool(library: Any, connect: Callable[[str], Any], target: RedirectTarget) -> Any:
    if target.in_memory_server is None:
        return connect(target.server)
    if _is_fork(library):  # its connections need real sockets
        return connect(str(target.in_memory_server.url))
    return InMemoryPool(target.in_memory_server, "http", "127.0.0.1")


def _redirected_options(
    library: Any, pool: Any, given: dict[str, Any], target: RedirectTarget
) -> dict[str, Any]:
    """The options of `urlopen` for the target; those left out take the defaults of the client's own pool."""
    headers = given.get("headers")
    own: dict[Any, Any] = (pool.headers if headers is None else headers).copy()
    for name in [name for name in own if name.lower() in ("host", b"host")]:
        del own[name]
    own[ORIGIN_HEADER] = target.origin
    usual = library.util.Timeout.DEFAULT_TIMEOUT
    timeout = given.get("timeout", usual)
    retries = given.get("retries")
    return given | {
        "headers": own,
        "timeout": pool.timeout if timeout is usual else timeout,
        "retries": pool.retries if retries is None else retries,
        "assert_same_host": False,
    }
