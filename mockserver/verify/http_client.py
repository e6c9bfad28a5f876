"""HTTP client without redirects, retries or corrections: the response is what the server sent."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from mockserver.call import NOTHING
from mockserver.contract.operation import is_json
from mockserver.errors import ServerUnreachableError

_TIMEOUT_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response; header names in lower case, repeated headers joined by a comma."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    seconds: float = 0.0
    sent_at: float = 0.0
    """Unix time at which the request was sent."""

    @property
    def media_type(self) -> str:
        """The media type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def body(self) -> Any:
        """The parsed JSON, else the text; `NOTHING` if the body is empty."""
        if not self.content:
            return NOTHING
        if is_json(self.media_type):
            try:
                return orjson.loads(self.content)
            except orjson.JSONDecodeError:
                pass
        return self.content.decode("utf-8", "replace")


class HttpClient:
    """Sends requests, optionally rate-limited, and records them with their responses in `exchanges`."""

    def __init__(self, calls_per_second: float | None = None, timeout: float = _TIMEOUT_SECONDS) -> None:
        self.exchanges: list[tuple[Request, Response]] = []
        self._pause = 1 / calls_per_second if calls_per_second else 0.0
        self._next = 0.0
        self._timeout = timeout

    def send(self, request: Request) -> Response:
        """The response to one request. Raises `ServerUnreachableError`."""
        self.wait_for_slot()
        sent_at, started = time.time(), time.perf_counter()
        parts = urlsplit(request.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = _connection(parts.scheme, parts.netloc.rpartition("@")[2], self._timeout)
        try:
            # No User-Agent: some servers vary the response by it.
            connection.request(request.method, target, request.body, {"Accept": "*/*", **request.headers})
            reply = connection.getresponse()
            content = reply.read()
        except (OSError, HTTPException) as error:
            message = f"{request.method} {request.url} got no reply ({type(error).__name__}: {error})"
            raise ServerUnreachableError(" ".join(message.split())) from error
        finally:
            connection.close()
        headers: dict[str, str] = {}
        for name, text in reply.getheaders():
            name = name.lower()
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
        response = Response(reply.status, headers, content, time.perf_counter() - started, sent_at)
        self.exchanges.append((request, response))
        return response

    def wait_for_slot(self) -> None:
        """Sleeps until the rate limit allows the next request."""
        now = time.monotonic()
        if self._pause and now < self._next:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + self._pause


def _connection(scheme: str, host: str, timeout: float) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, timeout=timeout, context=ssl.create_default_context())
    return HTTPConnection(host, timeout=timeout)
