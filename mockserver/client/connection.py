"""HTTP connection to the control API of a running server; error responses become ControlError."""

import json
import re
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from mockserver.errors import ControlError
from mockserver.formats.base_url import is_base_url
from mockserver.verify.bounded_socket import Deadline, bounded, read_body
from mockserver.verify.limits import MEBIBYTE

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module
_FIRST_ERROR: Final = 400
_TIMEOUT: Final = 60.0
_WORK_TIMEOUT: Final = 900.0  # a clock moved by years, in a world of 100,000 people
_WORK: Final = re.compile(r"/worlds/[^/]+/(clock|jobs/run|backstage/.*|capsule(\?.*)?|snapshots/[^/]+/file)")
"""The paths of calls that run jobs, replay calls or carry a file, and may thus take long."""
_READ_WORK: Final = re.compile(r".*/(file|capsule)")
"""Those of them that also read: they carry a file."""
_MAX_BYTES: Final = 512 * MEBIBYTE
"""Of one reply: it is kept as a whole."""
_HEALTH: Final = "/health"
_HEALTH_MEMBERS: Final = frozenset({"status", "version", "vendors", "worlds"})
_ERROR_MEMBERS: Final = ("error", "message")


def encode_body(body: object) -> tuple[bytes | None, dict[str, str]]:
    """The body as it is sent (JSON, or the bytes of a file) with its headers; None: without one."""
    if body is None:
        return None, {}
    if isinstance(body, bytes):
        return body, {"Content-Type": "application/zip"}
    return json.dumps(body).encode(), {"Content-Type": "application/json"}


class Connection:
    """A connection to a mock server, given by its base URL (as `mockserver serve` prints it) and its token.

    `timeout` is how many seconds a call may take, up to the last byte of its reply; by default 60, and 900
    for calls that run jobs or carry a file. Before its first call it checks that a mock server answers.
    Raises ControlError (unreachable) for an invalid URL.
    """

    def __init__(self, url: str, timeout: float | None = None, token: str | None = None) -> None:
        if not is_base_url(url):
            raise ControlError("unreachable", f"invalid server URL {url!r}; use http://127.0.0.1:4700")
        parts = urlsplit(url)
        self._url = url.rstrip("/")
        self._host = parts.netloc.rpartition("@")[2]
        self._connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._base = parts.path.rstrip("/") + "/_mock"
        self._timeout = timeout
        self._token = token
        self._is_mock_server = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address!r})"

    @property
    def url(self) -> str:
        """The base URL of the server."""
        return self._url

    @property
    def address(self) -> str:
        """Where the server is, for messages; unlike `url`, reading it never starts a server."""
        return self._url

    def public_url(self, url: str) -> str:
        """A URL from a reply of the control API, as HTTP clients reach it."""
        return url

    def send(self, method: str, path: str, body: object = None) -> Any:
        """Call the control API; returns the JSON of the reply. Raises ControlError for an error response."""
        return self._parse(method, path, *self._request(method, self._base + path, body))

    def _parse(self, method: str, path: str, status: int, content: bytes) -> Any:
        try:
            reply = json.loads(content) if content else None
        except (ValueError, RecursionError):
            raise self._not_a_mock_server(f"{method} {path} returned {status} without JSON") from None
        if 200 <= status < 300:
            return reply
        if not isinstance(reply, dict) or not all(isinstance(reply.get(one), str) for one in _ERROR_MEMBERS):
            raise self._not_a_mock_server(f"{method} {path} returned {status} with an unknown error body")
        raise ControlError(reply["error"], reply["message"], status)

    def fetch_file(self, path: str) -> bytes:
        """The bytes of a file that the control API sends. Raises ControlError for an error response."""
        status, content = self._request("GET", self._base + path, None)
        if status >= _FIRST_ERROR:
            self._parse("GET", path, status, content)
        return content

    def _request(self, method: str, target: str, body: object) -> tuple[int, bytes]:
        if not self._is_mock_server:
            self._check_server()
        return self._exchange(method, target, body)

    def _check_server(self) -> None:
        """Raises ControlError if something else answers; its replies would have members of other names."""
        health = self._parse("GET", _HEALTH, *self._exchange("GET", self._base + _HEALTH, None))
        if not isinstance(health, dict) or not health.keys() >= _HEALTH_MEMBERS:
            raise self._not_a_mock_server(f"GET {_HEALTH} returned other JSON")
        self._is_mock_server = True

    def _exchange(self, method: str, target: str, body: object) -> tuple[int, bytes]:
        payload, headers = encode_body(body)
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        seconds = self._seconds_to_wait(method, target)
        try:
            connection = self._connect(self._host, timeout=seconds)
            with bounded(connection, _MAX_BYTES, Deadline(seconds)):
                connection.request(method, target, payload, headers)
                response = connection.getresponse()
                return response.status, read_body(response)
        except (OSError, HTTPException, ValueError) as error:
            what = f"no mock server answers at {self._url} ({_reason(error)})"
            fix = "start one with `mockserver serve`, or fix the URL"
            raise ControlError("unreachable", f"{what}; {fix}") from error

    def _seconds_to_wait(self, method: str, target: str) -> float:
        if self._timeout is not None:
            return self._timeout
        path = target.removeprefix(self._base)
        is_long = _WORK.fullmatch(path) and (method != "GET" or _READ_WORK.fullmatch(path))
        return _WORK_TIMEOUT if is_long else _TIMEOUT

    def _not_a_mock_server(self, reason: str) -> ControlError:
        return ControlError("unreachable", f"{self.address} is not a mock server: {reason}; check the URL")


def _reason(error: Exception) -> str:
    """The words of an exception, on one line and without a secret."""
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return "the host name or the token is not valid in HTTP"  # the exception's words quote the token
    return " ".join((str(error) or type(error).__name__).split())
