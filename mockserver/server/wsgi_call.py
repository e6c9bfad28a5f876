"""Runs a WSGI application for one request of this project's own server."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from mockserver.call import WireReply
from mockserver.server.http_request import HttpRequest
from mockserver.server.reply_stream import ReplyStream
from mockserver.server.wsgi_adapter import CONNECTION, Environ

_JOINED_BYTES: Final = 64 * 1024  # a body of a known length is sent in one piece up to this size


class Handover:
    """The way from an application to the server, past the response that it returns."""

    __slots__ = ("reply", "stream")

    def __init__(self) -> None:
        self.reply: WireReply | None = None
        self.stream: ReplyStream | None = None

    def send(self, reply: WireReply) -> None:
        """Sends this reply, with its delay and its broken connection."""
        self.reply = reply

    def attach(self, stream: ReplyStream) -> None:
        """Sends the head of the application's response, and this stream as its body."""
        self.stream = stream


class WsgiReply:
    """A response of an application: its head, the first part of its body, and its further parts or a stream.

    `is_complete`: there are no further parts.
    """

    def __init__(
        self,
        status: str,
        headers: list[tuple[str, str]],
        parts: "_Parts",
        length: int | None,
        stream: ReplyStream | None,
    ) -> None:
        self.status = status
        self.code: int = int(status[:3])
        self.headers = headers
        self.length: int | None = _announced_length(headers) if length is None else length
        self.stream = stream
        self.is_complete: bool = False
        self._parts = parts
        self._size = 0
        self._close: Callable[[], object] = parts.close
        self.first: bytes = b"" if stream is not None else self.read_on()

    def read_on(self) -> bytes:
        """The next part; several parts at once where that does not keep the client waiting."""
        found: list[bytes] = []
        size = 0
        while not self.is_complete and size < _JOINED_BYTES:
            part = next(self._parts, None)
            if part is not None:
                found.append(part)
                size += len(part)
                self._size += len(part)
            if part is None or (self.length is not None and self._size >= self.length):
                self.is_complete = True
                self.close()
            if self.length is None and part:
                break
        return b"".join(found)

    def close(self) -> None:
        """Tells the application that its response is not read any further."""
        close, self._close = self._close, lambda: None
        close()

    def abandon(self) -> None:
        """Ends a response that the client does not get."""
        if self.stream is not None:
            self.stream.end()
        self.close()


def run_wsgi(
    app: Callable[..., Iterable[bytes]], request: HttpRequest, server: Environ
) -> WireReply | WsgiReply:
    """The application's reply; `server` are the members of the environ that are the same for all requests."""
    started: list[Any] = []
    early: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        if exc_info and early:
            raise exc_info[1].with_traceback(exc_info[2])
        started[:] = [status, headers]
        return early.append

    handover = Handover()
    iterable = app({**server, **build_environ(request), CONNECTION: handover}, start_response)
    if handover.reply is not None:
        with suppress(AttributeError):
            iterable.close()  # type: ignore[attr-defined]
        return handover.reply
    parts = _Parts(iterable, early)
    parts.prepare(started)
    status, headers = started
    length = sum(map(len, iterable)) if type(iterable) is list and not early else None
    return WsgiReply(status, headers, parts, length, handover.stream)


def _announced_length(headers: list[tuple[str, str]]) -> int | None:
    """The length of the body according to the application; None: it said none, or no number."""
    texts = [value for name, value in headers if name.lower() == "content-length"]
    return int(texts[0]) if texts and texts[0].isascii() and texts[0].isdigit() else None


def build_environ(request: HttpRequest) -> Environ:
    """The members of a WSGI environ that describe a request."""
    environ: Environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": request.root,
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "RAW_URI": request.target,
        "REQUEST_URI": request.target,
        "SERVER_PROTOCOL": f"HTTP/{request.version}",
        "REMOTE_ADDR": request.address,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        if "_" not in name:  # another header's name would look the same
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        value = environ.pop(f"HTTP_{name}", None)
        if value is not None:
            environ[name] = value
    if "HTTP_TRANSFER_ENCODING" in environ:  # the body is whole here
        del environ["HTTP_TRANSFER_ENCODING"]
        environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ


class _Parts:
    """The parts of a body, those first that were written in the old way of WSGI."""

    def __init__(self, iterable: Iterable[bytes], early: list[bytes]) -> None:
        self._iterable = iterable
        self._rest = iter(iterable)
        self._early = early
        self._first: list[bytes] = []

    def prepare(self, started: list[Any]) -> None:
        """Runs an application that is a generator until it has started its response."""
        while not started:
            part = next(self._rest, None)
            if part is None:
                break
            self._first.append(part)
        if not started:
            raise RuntimeError("the application did not call start_response")

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        for waiting in (self._early, self._first):
            if waiting:
                return waiting.pop(0)
        return next(self._rest)

    def close(self) -> None:
        """Closes the application's iterable, as WSGI demands."""
        close = getattr(self._iterable, "close", None)
        if close:
            close()
