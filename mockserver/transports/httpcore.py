"""In-memory network backends for httpcore, which httpx and redirects use."""

import time
from typing import Any

import anyio
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


def _read_delay(connection: InMemoryConnection, timeout: float | None) -> tuple[float, bool]:
    """How many seconds to wait before reading, and whether there is something to read then."""
    delay = connection.remaining_delay()
    if connection.is_waiting_for_request() or (timeout is not None and delay > timeout):
        return timeout or 0, False
    return delay, True


class _Stream(httpcore.NetworkStream):
    def __init__(self, connection: InMemoryConnection) -> None:
        self._connection = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        seconds, is_readable = _read_delay(self._connection, timeout)
        time.sleep(seconds)
        if not is_readable:
            raise httpcore.ReadTimeout("timed out")
        return self._connection.read(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._connection.feed(buffer):
            self._connection.handle_requests()

    def close(self) -> None:
        self._connection.closed = True

    def start_tls(self, *_context: Any, **_options: Any) -> httpcore.NetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._connection.closed if info == "is_readable" else None


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, connection: InMemoryConnection) -> None:
        self._connection = connection

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        seconds, is_readable = _read_delay(self._connection, timeout)
        await anyio.sleep(seconds)
        if not is_readable:
            raise httpcore.ReadTimeout("timed out")
        return self._connection.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._connection.feed(buffer):
            await anyio.to_thread.run_sync(self._connection.handle_requests)

    async def aclose(self) -> None:
        self._connection.closed = True

    async def start_tls(self, *_context: Any, **_options: Any) -> httpcore.AsyncNetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._connection.closed if info == "is_readable" else None
