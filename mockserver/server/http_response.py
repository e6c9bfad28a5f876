"""Replies as bytes: the head of a response and its fixed parts."""

import time
from collections.abc import Iterable
from email.utils import formatdate
from typing import Final

from werkzeug.http import HTTP_STATUS_CODES

from mockserver.call import WireReply
from mockserver.server.http_request import HttpRequest

WITHOUT_BODY: Final = (204, 304)
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK: Final = b"0\r\n\r\n"

_REASONS: Final = {status: f"{status} {reason}" for status, reason in HTTP_STATUS_CODES.items()}
_CONNECTION: Final = {
    ("1.1", True): "",
    ("1.1", False): "Connection: close\r\n",
    ("1.0", True): "Connection: keep-alive\r\n",
    ("1.0", False): "Connection: close\r\n",
}


class DateHeader:
    """The `Date` header, rendered once per second."""

    def __init__(self) -> None:
        self._second = 0
        self._line = ""

    def line(self) -> str:
        """The header with its line end."""
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._line = f"Date: {formatdate(second, usegmt=True)}\r\n"
        return self._line


def status_line(status: int) -> str:
    """The status with its reason, as in the first line of a response."""
    return _REASONS.get(status) or f"{status} Unknown"


def connection_line(version: str, keep_alive: bool) -> str:
    """The `Connection` header for a client of this HTTP version; empty where its default applies."""
    return _CONNECTION[version, keep_alive]


def render_head(status: str, headers: Iterable[tuple[str, str]], rest: str) -> bytes:
    """The head of a response: status with reason, headers in their own spelling, and the lines `rest`.

    Raises `ValueError` for a header with a line end, which would begin another header.
    """
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"{name}: {value}" for name, value in headers]
    count = len(lines)
    text = "\r\n".join([*lines, rest])
    if text.count("\n") != count + rest.count("\n") or text.count("\r") != count + rest.count("\r"):
        raise ValueError("a header of the response contains a line end")
    try:
        return (text + "\r\n").encode("latin-1")
    except UnicodeEncodeError:
        return (text + "\r\n").encode("utf-8")


def render_reply(reply: WireReply, request: HttpRequest, keeps: bool, date: DateHeader) -> bytes:
    """The whole response; `keeps`: whether the connection stays open. Raises `ValueError`."""
    status, body = reply.status, reply.body
    rest = _CONNECTION[request.version, keeps] + date.line()
    if status in WITHOUT_BODY:
        body = b""
    else:
        rest = f"Content-Length: {len(body)}\r\n{rest}"
        if request.method == "HEAD":
            body = b""
    return render_head(_REASONS.get(status) or status_line(status), reply.headers.items(), rest) + body


def chunk(data: bytes) -> bytes:
    """One part of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)
