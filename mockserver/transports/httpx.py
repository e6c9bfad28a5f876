"""In-process transport for httpx, for both `Client` and `AsyncClient`."""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from mockserver.transports.httpcore import AsyncBackend, Backend
from mockserver.transports.in_memory_connection import InMemoryServer


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """An httpx transport that sends every request, for any host, to one WSGI application."""

    def __init__(self, app: Any) -> None:
        server = InMemoryServer(app)
        # Not used, as there is no TLS here; creating httpcore's default context takes longer than a call.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._pool = httpcore.ConnectionPool(context, network_backend=Backend(server))
        self._async_pool = httpcore.AsyncConnectionPool(context, network_backend=AsyncBackend(server))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The response to the request. Raises the exceptions of httpx."""
        with _map_exceptions():
            response = self._pool.handle_request(_to_httpcore(request))
        stream = _ResponseStream(response.stream)
        return httpx.Response(
            response.status, headers=response.headers, stream=stream, extensions=response.extensions
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response to the request of an `AsyncClient`. Raises the exceptions of httpx."""
        with _map_exceptions():
            response = await self._async_pool.handle_async_request(_to_httpcore(request))
        stream = _AsyncResponseStream(response.stream)
        return httpx.Response(
            response.status, headers=response.headers, stream=stream, extensions=response.extensions
        )

    def close(self) -> None:
        """Close its connections."""
        self._pool.close()

    async def aclose(self) -> None:
        """Close its connections."""
        await self._async_pool.aclose()


def _to_httpcore(request: httpx.Request) -> httpcore.Request:
    url = httpcore.URL(
        scheme=request.url.raw_scheme,
        host=request.url.raw_host,
        port=request.url.port,
        target=request.url.raw_path,
    )
    return httpcore.Request(
        request.method,
        url,
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


@contextmanager
def _map_exceptions() -> Iterator[None]:
    """Raises httpx's exception of the same name for each exception of httpcore."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise kind(str(error)) from error


class _ResponseStream(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        with _map_exceptions():
            yield from self._stream

    def close(self) -> None:
        self._stream.close()


class _AsyncResponseStream(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _map_exceptions():
            async for chunk in self._stream:
                yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
