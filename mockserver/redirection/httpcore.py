"""Redirect hooks for httpcore, and so for httpx: the request methods of both connection pools."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore

from mockserver.contract.servers import ORIGIN_HEADER
from mockserver.errors import RedirectRefusedError
from mockserver.redirection import RedirectTarget
from mockserver.transports.httpcore import AsyncBackend, Backend

_DEFAULT_PORTS: Final = {b"http": 80, b"https": 443}
_FindTarget = Callable[[str], RedirectTarget | None]


def _make_handle_request(original: Callable[..., Any], find_target: _FindTarget) -> Callable[..., Any]:
    def handle_request(self: httpcore.ConnectionPool, request: httpcore.Request) -> httpcore.Response:
        target = _target_of(request, find_target)
        if target is None:
            response: httpcore.Response = original(self, request)
            return response
        backend = None if target.in_memory_server is None else Backend(target.in_memory_server)
        pool = httpcore.ConnectionPool(network_backend=backend, max_keepalive_connections=0)
        redirected: httpcore.Response = original(pool, _rewrite_request(request, target))
        return redirected

    return handle_request


def _make_handle_async_request(original: Callable[..., Any], find_target: _FindTarget) -> Callable[..., Any]:
    async def handle_async_request(
        self: httpcore.AsyncConnectionPool, request: httpcore.Request
    ) -> httpcore.Response:
        target = _target_of(request, find_target)
        if target is None:
            response: httpcore.Response = await original(self, request)
            return response
        backend = None if target.in_memory_server is None else AsyncBackend(target.in_memory_server)
        # A pool per call: a shared one would outlive the event loop of its first caller.
        pool = httpcore.AsyncConnectionPool(network_backend=backend, max_keepalive_connections=0)
        redirected: httpcore.Response = await original(pool, _rewrite_request(request, target))
        return redirected

    return handle_async_request


PATCH_POINTS: Final = (
    (httpcore.ConnectionPool, "handle_request", _make_handle_request),
    (httpcore.AsyncConnectionPool, "handle_async_request", _make_handle_async_request),
)
"""Class, method and hook factory of each function that is replaced."""


def _target_of(request: httpcore.Request, find_target: _FindTarget) -> RedirectTarget | None:
    """The redirect target of the request. Raises `httpcore.ConnectError` if a strict redirect refuses it."""
    url = request.url
    port = "" if url.port in (None, _DEFAULT_PORTS.get(url.scheme)) else f":{url.port}"
    parts = (url.scheme, url.host, url.target)
    scheme, host, target = (part.decode("latin-1") for part in parts)
    try:
        return find_target(f"{scheme}://{host}{port}{target}")
    except RedirectRefusedError as error:
        raise httpcore.ConnectError(str(error)) from error


def _rewrite_request(request: httpcore.Request, target: RedirectTarget) -> httpcore.Request:
    server = urlsplit(target.server)
    # An in-memory call never leaves the process, so it needs no TLS.
    scheme = server.scheme if target.in_memory_server is None else "http"
    url = httpcore.URL(
        scheme=scheme, host=server.hostname or "", port=server.port, target=target.path.encode("latin-1")
    )
    headers = [(name, value) for name, value in request.headers if name.lower() != b"host"]
    headers += [(b"Host", server.netloc.encode()), (ORIGIN_HEADER.encode(), target.origin.encode("latin-1"))]
    return httpcore.Request(
        request.method, url, headers=headers, content=request.stream, extensions=request.extensions
    )
