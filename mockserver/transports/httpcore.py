"""httpcore without sockets: network backends, which `httpx` and redirects use."""

import time
from typing import Any

import anyio
import anyio.to_thread
import httpcore

from mockserver.transports.in_memory_connection import Exchange, Line


class Backend(httpcore.NetworkBackend):
    """Where every address is one WSGI application."""

    def __init__(self, server: Exchange) -> None:
        self._server = server

    def connect_tcp(self, *_address: Any, **_options: Any) -> httpcore.NetworkStream:
        """A fresh connection."""
        return _Stream(self._server.connect())


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """The same for clients that wait without blocking; the application runs in a thread."""

    def __init__(self, server: Exchange) -> None:
        self._server = server

    async def connect_tcp(self, *_address: Any, **_options: Any) -> httpcore.AsyncNetworkStream:
        """A fresh connection."""
        return _AsyncStream(self._server.connect())


def _patience(line: Line, timeout: float | None) -> tuple[float, bool]:
    """For how long to wait before reading, and whether there is something to read then."""
    late = line.late()
    if line.is_silent() or (timeout is not None and late > timeout):
        return timeout or 0, False
    return late, True


class _Stream(httpcore.NetworkStream):
    def __init__(self, line: Line) -> None:
        self._line = line

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        seconds, answered = _patience(self._line, timeout)
        time.sleep(seconds)
        if not answered:
            raise httpcore.ReadTimeout("timed out")
        return self._line.read(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._line.feed(buffer):
            self._line.perform()

    def close(self) -> None:
        self._line.ended = True

    def start_tls(self, *_context: Any, **_options: Any) -> httpcore.NetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._line.ended if info == "is_readable" else None


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, line: Line) -> None:
        self._line = line

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        seconds, answered = _patience(self._line, timeout)
        await anyio.sleep(seconds)
        if not answered:
            raise httpcore.ReadTimeout("timed out")
        return self._line.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._line.feed(buffer):
            await anyio.to_thread.run_sync(self._line.perform)

    async def aclose(self) -> None:
        self._line.ended = True

    async def start_tls(self, *_context: Any, **_options: Any) -> httpcore.AsyncNetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._line.ended if info == "is_readable" else None
