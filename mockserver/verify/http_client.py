"""HTTP client without redirects, retries or corrections: the response is what the server sent."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import orjson

from mockserver.call import NOTHING
from mockserver.contract.json_body import MAX_DEPTH, read_json
from mockserver.contract.operation import is_json
from mockserver.errors import ReplyLimitError, ServerUnreachableError
from mockserver.verify import content_coding
from mockserver.verify.bounded_socket import Deadline, bounded, read_body
from mockserver.verify.limits import DEFAULTS, Limits, describe_bytes
from mockserver.verify.transport_failure import explain_failure

_TOO_DEEP: Final = ("depth limit", "ecursion limit")
"""Words of orjson, depending on its version, for what it does not parse."""
ACCEPT: Final = "application/json, */*;q=0.5"
"""The Accept header of requests without one: only JSON is compared with schemas."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def label(self) -> str:
        """Method and URL for messages, without the query and user information, which may be secret."""
        parts = urlsplit(self.url)
        return f"{self.method} {parts.scheme}://{_host(parts.netloc)}{parts.path}"


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
                return read_json(self.content)
            except ValueError:
                pass
        return self.content.decode("utf-8", "replace")

    @property
    def is_too_deep(self) -> bool:
        """Whether the body is JSON that is nested too deeply to be validated."""
        if not is_json(self.media_type) or self.content.count(b"[") + self.content.count(b"{") <= MAX_DEPTH:
            return False
        try:
            read_json(self.content)
        except orjson.JSONDecodeError as error:
            return any(words in str(error) for words in _TOO_DEEP)
        except ValueError:
            return True
        return False


class Client(Protocol):
    """A sender of the requests of stories."""

    def send(self, request: Request) -> Response:
        """The response to one request. Raises `ServerUnreachableError`."""


class HttpClient:
    """Sends requests within the limits of a run, and records them with their responses in `exchanges`.

    The run starts with the first request.
    """

    def __init__(self, calls_per_second: float | None = None, limits: Limits = DEFAULTS) -> None:
        self.exchanges: list[tuple[Request, Response]] = []
        self.limits = limits
        self._pause = 1 / calls_per_second if calls_per_second else 0.0
        self._next = 0.0
        self._ends_at: float | None = None
        self._received = 0

    def send(self, request: Request) -> Response:
        """The response to one request. Raises `ServerUnreachableError`, or `ReplyLimitError`."""
        response = self.exchange(request)
        self.exchanges.append((request, response))
        return response

    def exchange(self, request: Request) -> Response:
        """The response to one request, which is not recorded. Raises as `send`."""
        self.wait_for_slot()
        try:
            response = self._exchange(request)
        except ReplyLimitError as error:
            raise ReplyLimitError(f"{request.label}: {error}") from error
        except (OSError, HTTPException, ValueError) as error:
            if isinstance(error, TimeoutError) and self._seconds_used_up():
                raise ReplyLimitError(f"{request.label}: {self._time_is_up()}") from error
            problem, fix = explain_failure(error, request.url, self.limits.call_seconds)
            raise ServerUnreachableError(f"{request.label} got no reply ({problem}); {fix}") from error
        return response

    def _exchange(self, request: Request) -> Response:
        sent_at, started = time.time(), time.monotonic()
        seconds = min(self.limits.call_seconds, self._seconds_left(started))
        deadline = Deadline(seconds)
        parts = urlsplit(request.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = _connection(parts.scheme, _host(parts.netloc), seconds)
        with bounded(connection, self.limits.reply_bytes, deadline, "; raise --max-reply-bytes") as sockets:
            try:
                # No User-Agent: some servers vary the response by it.
                headers = {"Accept": ACCEPT, **request.headers}
                connection.request(request.method, target, request.body, headers)
                reply = connection.getresponse()
                content = read_body(reply)
            finally:
                self._received += sum(one.received for one in sockets)
        return self._response(reply, content, time.monotonic() - started, sent_at)

    def _response(self, reply: HTTPResponse, content: bytes, seconds: float, sent_at: float) -> Response:
        headers: dict[str, str] = {}
        for name, text in reply.getheaders():
            name = name.lower()
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
        codings = content_coding.content_codings(headers.get("content-encoding", ""))
        if codings and content:
            decoded = content_coding.decompress(content, codings, self.limits.reply_bytes)
            content = content if decoded is None else decoded
        response = Response(reply.status, headers, content, seconds, sent_at)
        if response.is_too_deep:
            raise ReplyLimitError(f"the reply is nested deeper than {MAX_DEPTH} levels")
        return response

    def _seconds_left(self, now: float) -> float:
        """Seconds until the run must end. Raises `ReplyLimitError` if it must end now."""
        if self._ends_at is None:
            self._ends_at = now + self.limits.run_seconds
        if now >= self._ends_at:
            raise ReplyLimitError(self._time_is_up())
        if self._received > self.limits.run_bytes:
            most = describe_bytes(self.limits.run_bytes)
            raise ReplyLimitError(f"the replies of the run are larger than {most}; run fewer stories")
        return self._ends_at - now

    def _seconds_used_up(self) -> bool:
        return self._ends_at is not None and time.monotonic() >= self._ends_at

    def _time_is_up(self) -> str:
        return f"the run takes longer than {self.limits.run_seconds:g} s; raise --time-limit"

    def wait_for_slot(self) -> None:
        """Sleeps until the rate limit allows the next request."""
        now = time.monotonic()
        if self._pause and now < self._next:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + self._pause


def _host(netloc: str) -> str:
    return netloc.rpartition("@")[2]


def _connection(scheme: str, host: str, timeout: float) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, timeout=timeout, context=ssl.create_default_context())
    return HTTPConnection(host, timeout=timeout)
