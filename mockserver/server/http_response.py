"""Replies as bytes: the head of a response and its fixed parts."""

import logging
import time
from collections.abc import Iterable
from email.utils import formatdate
from typing import Final

from werkzeug.http import HTTP_STATUS_CODES

from mockserver.call import WireReply
from mockserver.server.http_request import HttpRequest

_log = logging.getLogger("mockserver")

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

    A line end in a header would begin another header: it is logged, and a space is sent.
    """
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"{name}: {value}" for name, value in headers]
    text = "\r\n".join(lines)
    if text.count("\n") >= len(lines) or text.count("\r") >= len(lines):
        _log.error("a header of a reply contains a line end, which was replaced by a space")
        text = "\r\n".join(line.replace("\r", " ").replace("\n", " ") for line in lines)
    try:
        return f"{text}\r\n{rest}\r\n".encode("latin-1")
    except UnicodeEncodeError:
        return f"{text}\r\n{rest}\r\n".encode()


def render_reply(reply: WireReply, request: HttpRequest, keeps: bool, date: DateHeader) -> bytes:
    """The whole response; `keeps`: whether the connection stays open."""
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
