"""Calls over real HTTP, one at a time: no redirect is followed, no reply fixed, no call sent twice."""

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

_PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What went out."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """What came back; header names in lower case, several of one name joined by a comma."""

    status: int
    headers: Mapping[str, str]
    raw: bytes
    seconds: float = 0.0
    at: float = 0.0
    """When the call went out, in seconds since 1970."""

    @property
    def media_type(self) -> str:
        """Without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def body(self) -> Any:
        """JSON as its value, anything else as text, `NOTHING` without a byte."""
        if not self.raw:
            return NOTHING
        if is_json(self.media_type):
            try:
                return orjson.loads(self.raw)
            except orjson.JSONDecodeError:
                pass
        return self.raw.decode("utf-8", "replace")


class Wire:
    """Sends calls, at most `rate` a second (None: as they come), and keeps what was said (`exchanges`)."""

    def __init__(self, rate: float | None = None, patience: float = _PATIENCE) -> None:
        self.exchanges: list[tuple[Sent, Came]] = []
        self._pause = 1 / rate if rate else 0.0
        self._next = 0.0
        self._patience = patience

    def send(self, sent: Sent) -> Came:
        """The reply to one call. Raises `ServerUnreachableError`."""
        self.wait()
        at, started = time.time(), time.perf_counter()
        parts = urlsplit(sent.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = _connection(parts.scheme, parts.netloc.rpartition("@")[2], self._patience)
        try:
            # Asked for by no name: some servers send less, or more, to a name they know.
            connection.request(sent.method, target, sent.body, {"Accept": "*/*", **sent.headers})
            reply = connection.getresponse()
            raw = reply.read()
        except (OSError, HTTPException) as error:
            why = f"{sent.method} {sent.url} got no reply ({type(error).__name__}: {error})"
            raise ServerUnreachableError(" ".join(why.split())) from error
        finally:
            connection.close()
        headers: dict[str, str] = {}
        for name, text in reply.getheaders():
            name = name.lower()
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
        came = Came(reply.status, headers, raw, time.perf_counter() - started, at)
        self.exchanges.append((sent, came))
        return came

    def wait(self) -> None:
        """Waits until the next call may go out."""
        now = time.monotonic()
        if self._pause and now < self._next:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + self._pause


def _connection(scheme: str, host: str, patience: float) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, timeout=patience, context=ssl.create_default_context())
    return HTTPConnection(host, timeout=patience)
