"""The places that every call of httpcore, and so of httpx, passes: one blocks, one does not."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore

from mockserver.contract.servers import ORIGIN_HEADER
from mockserver.errors import RedirectRefusedError
from mockserver.redirection import Turned
from mockserver.transports.httpcore import AsyncBackend, Backend

_PORTS: Final = {b"http": 80, b"https": 443}
_Turn = Callable[[str], Turned | None]


def _turning(original: Callable[..., Any], turn: _Turn) -> Callable[..., Any]:
    def handle_request(self: httpcore.ConnectionPool, request: httpcore.Request) -> httpcore.Response:
        turned = _turned(turn, request)
        if turned is None:
            response: httpcore.Response = original(self, request)
            return response
        backend = None if turned.exchange is None else Backend(turned.exchange)
        pool = httpcore.ConnectionPool(network_backend=backend, max_keepalive_connections=0)
        moved: httpcore.Response = original(pool, _moved(request, turned))
        return moved

    return handle_request


def _turning_async(original: Callable[..., Any], turn: _Turn) -> Callable[..., Any]:
    async def handle_async_request(
        self: httpcore.AsyncConnectionPool, request: httpcore.Request
    ) -> httpcore.Response:
        turned = _turned(turn, request)
        if turned is None:
            response: httpcore.Response = await original(self, request)
            return response
        backend = None if turned.exchange is None else AsyncBackend(turned.exchange)
        # Of this call alone: a pool of ours would outlive the event loop of its first caller.
        pool = httpcore.AsyncConnectionPool(network_backend=backend, max_keepalive_connections=0)
        moved: httpcore.Response = await original(pool, _moved(request, turned))
        return moved

    return handle_async_request


PLACES: Final = (
    (httpcore.ConnectionPool, "handle_request", _turning),
    (httpcore.AsyncConnectionPool, "handle_async_request", _turning_async),
)


def _turned(turn: _Turn, request: httpcore.Request) -> Turned | None:
    url = request.url
    port = "" if url.port in (None, _PORTS.get(url.scheme)) else f":{url.port}"
    parts = (url.scheme, url.host, url.target)
    scheme, host, target = (part.decode("latin-1") for part in parts)
    try:
        return turn(f"{scheme}://{host}{port}{target}")
    except RedirectRefusedError as refusal:
        raise httpcore.ConnectError(str(refusal)) from refusal


def _moved(request: httpcore.Request, turned: Turned) -> httpcore.Request:
    server = urlsplit(turned.server)
    # Nobody else can hear a call that stays in this process.
    scheme = server.scheme if turned.exchange is None else "http"
    url = httpcore.URL(
        scheme=scheme, host=server.hostname or "", port=server.port, target=turned.path.encode("latin-1")
    )
    headers = [(name, value) for name, value in request.headers if name.lower() != b"host"]
    headers += [(b"Host", server.netloc.encode()), (ORIGIN_HEADER.encode(), turned.origin.encode("latin-1"))]
    return httpcore.Request(
        request.method, url, headers=headers, content=request.stream, extensions=request.extensions
    )
