"""In-memory network backends for httpcore, which httpx and redirects use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio.to_thread
import httpcore

from mockserver.transports.in_memory_connection import InMemoryConnection, InMemoryServer


class Backend(httpcore.NetworkBackend):
    """A network backend in which every address is one WSGI application."""

    def __init__(self, server: InMemoryServer) -> None:
        self._server = server

    def connect_tcp(self, *_address: Any, **_options: Any) -> httpcore.NetworkStream:
        """Open a connection to the application."""
        return _Stream(self._server.connect())


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """An asynchronous network backend; the WSGI application runs in a thread."""

    def __init__(self, server: InMemoryServer) -> None:
        self._server = server

    async def connect_tcp(self, *_address: Any, **_options: Any) -> httpcore.AsyncNetworkStream:
        """Open a connection to the application."""
        return _AsyncStream(self._server.connect())


@contextmanager
def _map_exceptions() -> Iterator[None]:
    """Raises the exceptions that httpcore raises for those of a socket."""
    try:
        yield
    except TimeoutError as error:
        raise httpcore.ReadTimeout(str(error)) from error
    except OSError as error:
        raise httpcore.ReadError(str(error)) from error


class _Stream(httpcore.NetworkStream):
    def __init__(self, connection: InMemoryConnection) -> None:
        self._connection = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _map_exceptions():
            return self._connection.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._connection.feed(buffer):
            self._connection.handle_requests()

    def close(self) -> None:
        self._connection.close()

    def start_tls(self, *_context: Any, **_options: Any) -> httpcore.NetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._connection.closed if info == "is_readable" else None


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, connection: InMemoryConnection) -> None:
        self._connection = connection

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _map_exceptions():
            if self._connection.is_readable():
                return self._connection.read(max_bytes, timeout)
            return await anyio.to_thread.run_sync(
                self._connection.read, max_bytes, timeout, abandon_on_cancel=True
            )

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._connection.feed(buffer):
            await anyio.to_thread.run_sync(self._connection.handle_requests)

    async def aclose(self) -> None:
        self._connection.close()

    async def start_tls(self, *_context: Any, **_options: Any) -> httpcore.AsyncNetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._connection.closed if info == "is_readable" else None
