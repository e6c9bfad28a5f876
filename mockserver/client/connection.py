"""The wire to a running server: one call of its control API, and how its refusals are told."""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from mockserver.errors import ControlError

__tracebackhide__ = True  # a test that fails in here shows its own line


class Connection:
    """A running mock server, given by its base URL (as `mockserver serve` prints it) and its token."""

    def __init__(self, url: str, timeout: float = 60, token: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ControlError(
                "unreachable", f"{url!r} is no URL of a server; write it as http://127.0.0.1:4700"
            )
        self.url = url.rstrip("/")
        self._host = parts.netloc.rpartition("@")[2]
        self._connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._base = parts.path.rstrip("/") + "/_mock"
        self._timeout = timeout
        self._token = token

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def send(self, method: str, path: str, body: object = None) -> Any:
        """One call of the control API; returns the reply's JSON, or raises ControlError with its message."""
        status, content = self._exchange(method, self._base + path, body)
        try:
            reply = json.loads(content) if content else None
        except ValueError:
            raise self._stranger(f"{method} {path} was answered with {status} and no JSON") from None
        if 200 <= status < 300:
            return reply
        if not isinstance(reply, dict) or not {"error", "message"} <= reply.keys():
            raise self._stranger(f"{method} {path} was answered with {status} in no words of ours")
        raise ControlError(reply["error"], reply["message"], status)

    def _exchange(self, method: str, target: str, body: object) -> tuple[int, bytes]:
        payload = None if body is None else json.dumps(body).encode()
        headers = {} if payload is None else {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        connection = self._connect(self._host, timeout=self._timeout)
        try:
            connection.request(method, target, payload, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException) as trouble:
            what = f"no mock server answers at {self.url} ({trouble or type(trouble).__name__})"
            fix = "start one with `mockserver serve`, or fix the URL"
            raise ControlError("unreachable", f"{what}; {fix}") from trouble
        finally:
            connection.close()

    def _stranger(self, what: str) -> ControlError:
        return ControlError(
            "unreachable", f"{self.url} does not speak like a mock server: {what}; check the URL"
        )
