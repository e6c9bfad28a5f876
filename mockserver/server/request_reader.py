"""Collects the parts of a request that the parser finds, and refuses what no server may accept."""

import re
from collections.abc import Callable
from typing import Any, Final, Protocol

from httptools import HttpRequestParser

from mockserver.errors import RefusedRequestError
from mockserver.formats.authority import is_authority
from mockserver.server.connection_limits import Limits
from mockserver.server.http_request import HttpRequest

_ABSOLUTE: Final = re.compile(r"https?://(?:[^/?#@]*@)?([^/?#]*)([^#]*)", re.IGNORECASE)
_VERSIONS: Final = ("1.1", "1.0")
_MAX_NAMES, _MAX_NAME_LENGTH = 64, 64  # of headers that a connection remembers
_OVERHEAD: Final = 16  # times the size of a body that its chunks may take
_ASK: Final = "correct what the client sends"


class Server(Protocol):
    """The server of a connection, as the reader needs it."""

    limits: Limits
    max_body: int
    authority: str
    proxy: object

    def now(self) -> float:
        """The time of a clock that never goes back, in seconds."""


class RequestReader:
    """The callbacks of httptools' parser; complete requests are passed to `complete`.

    A callback refuses by raising `RefusedRequestError`, which the parser passes on.
    """

    def __init__(
        self,
        server: Any,
        address: str,
        complete: Callable[[HttpRequest], None],
        asks: Callable[[], None],
    ) -> None:
        """`asks` is called when the client asks whether to send the body (`Expect: 100-continue`)."""
        self._server: Server = server
        self._limits = server.limits
        self._max_body: int = server.max_body
        self._max_headers: int = server.limits.headers
        self._address = address
        self._complete = complete
        self._asks = asks
        self.parser: Any = None
        """The parser that calls back."""
        self.scheme: str = "http"
        """Whether the connection speaks http or https."""
        self.phase: str = "idle"
        """What is awaited: hello (of TLS), idle (the beginning of a request), head or body."""
        self.awaits_body: bool = False
        """Whether the parser has stopped before the body."""
        self.is_fresh: bool = True
        """Whether nothing was received yet, so that the next bytes may begin TLS."""
        self.wants_continue: bool = False
        self.begun: float = 0.0
        """When the first byte of the request arrived."""
        self._target = b""
        self._headers: dict[str, str] = {}
        self._names: dict[bytes, str] = {}  # in lower case, as clients repeat them with every request
        self._hosts = 0
        self._tunnels = 0
        self._header_bytes = 0
        self._fed_bytes = 0
        self._body: list[bytes] = []
        self._body_bytes = 0

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self.is_fresh = False
        self.phase = "head"
        self.begun = self._server.now()
        self._target = b""
        self._headers = {}
        self._hosts = self._header_bytes = self._fed_bytes = self._body_bytes = 0

    def on_url(self, part: bytes) -> None:
        """The target, or a part of it."""
        self._target = self._target + part if self._target else part
        if len(self._target) > self._limits.target:
            self._refuse(414, "target_too_long", f"the URL is longer than {self._limits.target} bytes")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or one trailer after a chunked body, which is ignored."""
        size = self._header_bytes = self._header_bytes + len(name) + len(value) + 4
        if size > self._max_headers:
            self._refuse_headers()
        if self.phase == "body":
            return
        headers = self._headers
        key = self._names.get(name) or self._lower(name)
        text = value.decode("latin-1").rstrip(" \t")
        if key not in headers:
            headers[key] = text
        else:
            self._hosts += key == "host"
            headers[key] += f"{'; ' if key == 'cookie' else ', '}{text}"

    def _lower(self, name: bytes) -> str:
        """The name of a header in lower case; it is kept, if there are not many yet."""
        key = name.decode("latin-1").lower()
        if len(self._names) < _MAX_NAMES and len(key) <= _MAX_NAME_LENGTH:
            self._names[name] = key
        return key

    def on_headers_complete(self) -> None:
        """The head is whole."""
        headers = self._headers
        version = self.parser.get_http_version()
        if version not in _VERSIONS:
            self._refuse(400, "invalid_request", "the HTTP version is not supported; use HTTP/1.1")
        if self.parser.get_method() == b"CONNECT":
            self._check_connect()
        elif self._hosts or ("host" not in headers and version == "1.1"):
            self._refuse(400, "invalid_request", f"the request has no or two Host headers; {_ASK}")
        self._check_host(headers.get("host", ""))
        self._check_length(version)
        self.phase = "body"
        self.wants_continue = (
            version == "1.1" and headers.get("expect", "").lower() == "100-continue" and self._has_body()
        )
        if self.wants_continue:
            self._asks()

    def on_body(self, part: bytes) -> None:
        """A part of the body."""
        self.wants_continue = False
        self._body.append(part)
        self._body_bytes += len(part)
        if self._body_bytes > self._max_body:
            self._refuse_body()

    def on_message_complete(self) -> None:
        """The request is whole."""
        if (
            "upgrade" in self._headers
            and self.parser.get_method() != b"CONNECT"
            and self._has_body()
            and self.parser.should_upgrade()
        ):
            # llhttp leaves the body to the other protocol, which this server does not speak.
            self.awaits_body = True
            return
        body = b"".join(self._body) if self._body else b""
        self._body = []
        self.phase = "idle"
        self.wants_continue = False
        self._complete(self._build(body))

    def _build(self, body: bytes) -> HttpRequest:
        headers, method, target = self._headers, self.parser.get_method().decode("ascii"), self._target
        scheme = self.scheme
        text = target.decode("latin-1")
        authority = headers.get("host") or self._server.authority
        local = text
        if text[:1] != "/":
            absolute = _ABSOLUTE.match(text)
            if absolute:
                if self._server.proxy is not None:
                    scheme = "https" if text[:5].lower() == "https" else "http"
                authority, local = absolute[1], absolute[2]
                headers["host"] = authority
                local = local if local[:1] == "/" else f"/{local}"
        path, _, query = local.partition("#")[0].partition("?")
        return HttpRequest(
            method,
            text,
            path,
            query,
            headers,
            body,
            self._address,
            scheme,
            authority,
            "",
            self.parser.get_http_version(),
            self.parser.should_keep_alive() and method != "CONNECT",
        )

    def begin_tunnel(self) -> HttpRequestParser:
        """A new parser, for what a client sends through the tunnel that it has asked for."""
        self._tunnels += 1
        self.is_fresh, self.scheme, self.phase = True, "http", "idle"
        self.parser = parser = HttpRequestParser(self)
        return parser

    def read_on(self) -> HttpRequestParser:
        """A new parser, for the rest of a request at which the old one has stopped for another protocol."""
        if not self.awaits_body:
            self.parser = parser = HttpRequestParser(self)
            return parser
        self.awaits_body = False
        headers, method = self._headers, self.parser.get_method().decode("ascii")
        body = "Transfer-Encoding: chunked"
        if "transfer-encoding" not in headers:
            body = f"Content-Length: {headers['content-length']}"
        ends = "close" in headers.get("connection", "").lower()
        head = f"{method} / HTTP/{self.parser.get_http_version()}\r\n{body}\r\n"
        self.parser = parser = HttpRequestParser(_BodyReader(self))
        parser.feed_data(f"{head}Connection: {'close' if ends else 'keep-alive'}\r\n\r\n".encode())
        return parser

    def check_progress(self, size: int) -> None:
        """Refuses a request whose head has no end, or whose chunks are nearly empty; `size` was received."""
        self._fed_bytes += size
        if self.phase == "head":
            if self._fed_bytes > self._limits.headers + self._limits.target:
                self._refuse_headers()
        elif self._fed_bytes > _OVERHEAD * self._body_bytes + 4 * self._limits.headers:
            self._refuse(400, "invalid_request", f"the chunks of the body are too small; {_ASK}")

    def _check_connect(self) -> None:
        if self._server.proxy is None:
            fix = "serve with --proxy to let clients use this server as one"
            self._refuse(405, "no_proxy", f"CONNECT asks for a forward proxy; {fix}")
        if self._tunnels:
            self._refuse(400, "invalid_request", "a tunnel leads to a vendor's host, not to another proxy")

    def _check_host(self, host: str) -> None:
        """Refuses an invalid host or port: replies, and what the server works out, have URLs with it."""
        if host and not is_authority(host):
            self._refuse(400, "invalid_request", f"the Host header is not a host and port; {_ASK}")
        if self._target[:4].lower() == b"http":
            absolute = _ABSOLUTE.match(self._target.decode("latin-1"))
            if absolute and not is_authority(absolute[1]):
                self._refuse(400, "invalid_request", f"the URL has no valid host and port; {_ASK}")

    def _check_length(self, version: str) -> None:
        coding = self._headers.get("transfer-encoding")
        if coding is not None and (coding.strip().lower() != "chunked" or version == "1.0"):
            self._refuse(400, "invalid_request", f"the Transfer-Encoding is not supported; {_ASK}")
        length = self._headers.get("content-length", "0")
        if len(length) > len(str(self._max_body)) + 20:
            self._refuse(400, "invalid_request", f"the Content-Length has too many digits; {_ASK}")
        if int(length or "0") > self._max_body:
            self._refuse_body()

    def _has_body(self) -> bool:
        return "transfer-encoding" in self._headers or self._headers.get("content-length", "0") != "0"

    def _refuse_headers(self) -> None:
        limit = self._limits.headers
        self._refuse(431, "headers_too_large", f"the headers are larger than {limit} bytes; send fewer")

    def _refuse_body(self) -> None:
        """Refuses the body, with the request in the error: only its head is known to be one."""
        message = f"the body is larger than {self._max_body} bytes; send less in one request"
        error = RefusedRequestError(413, "body_too_large", message)
        error.request = self._build(b"")
        raise error

    def _refuse(self, status: int, name: str, message: str) -> None:
        raise RefusedRequestError(status, name, message)


class _BodyReader:
    """The callbacks for the rest of a request whose head is known: one more head is passed over."""

    def __init__(self, reader: RequestReader) -> None:
        self._reader = reader
        self._is_past_head = False
        self.on_body = reader.on_body
        self.on_message_complete = reader.on_message_complete

    def on_message_begin(self) -> None:
        if self._is_past_head:
            self._reader.on_message_begin()

    def on_url(self, part: bytes) -> None:
        if self._is_past_head:
            self._reader.on_url(part)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_past_head:
            self._reader.on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._is_past_head:
            self._reader.on_headers_complete()
        self._is_past_head = True
