"""httpx without sockets: one transport for `Client` and `AsyncClient`."""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from mockserver.transports.httpcore import AsyncBackend, Backend
from mockserver.transports.in_memory_connection import Exchange


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport all of whose calls, whatever their host, are answered by one WSGI application."""

    def __init__(self, app: Any) -> None:
        server = Exchange(app)
        # Never used, as nothing here goes over TLS; but making httpcore's own takes longer than a call.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._pool = httpcore.ConnectionPool(context, network_backend=Backend(server))
        self._async_pool = httpcore.AsyncConnectionPool(context, network_backend=AsyncBackend(server))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; raises what httpx raises."""
        with _said_by_httpx():
            answer = self._pool.handle_request(_plain(request))
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The same for `AsyncClient`."""
        with _said_by_httpx():
            answer = await self._async_pool.handle_async_request(_plain(request))
        stream = _AsyncBody(answer.stream)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=stream, extensions=answer.extensions
        )

    def close(self) -> None:
        """Ends its connections."""
        self._pool.close()

    async def aclose(self) -> None:
        """Ends its connections."""
        await self._async_pool.aclose()


def _plain(request: httpx.Request) -> httpcore.Request:
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
def _said_by_httpx() -> Iterator[None]:
    """httpx gives each exception of httpcore one of its own of the same name."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise kind(str(error)) from error


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        with _said_by_httpx():
            yield from self._stream

    def close(self) -> None:
        self._stream.close()


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _said_by_httpx():
            async for part in self._stream:
                yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
