"""Sends one reply that takes time: delayed, broken, trickling, in parts, or streamed."""

from collections.abc import Callable
from itertools import pairwise
from math import ceil
from typing import Any, Final

from mockserver.call import WireReply
from mockserver.server.abrupt_close import reset
from mockserver.server.http_request import HttpRequest
from mockserver.server.http_response import (
    LAST_CHUNK,
    WITHOUT_BODY,
    chunk,
    connection_line,
    render_head,
    render_reply,
)
from mockserver.server.reply_stream import ReplyStream
from mockserver.server.wsgi_call import WsgiReply

_PIECES_PER_SECOND: Final = 10
_MAX_PIECES: Final = 100
_OWN_HEADERS: Final = frozenset(
    {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}
)


class ReplyWriter:
    """The reply to one request on its way; `sent` receives whether the connection stays open."""

    def __init__(
        self, server: Any, transport: Any, request: HttpRequest, keeps: bool, sent: Callable[[bool], None]
    ) -> None:
        self._server = server
        self._transport = transport
        self._request = request
        self._keeps = keeps
        self._sent = sent
        self._timer: Any = None
        self._is_over = False
        self._is_running = False  # a part of the body is being made
        self._is_blocked = False
        self._parts: WsgiReply | None = None
        self._stream: ReplyStream | None = None
        self._is_chunked = False
        self._left: int | None = None  # of the announced body

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a planned time."""
        return self._timer is not None

    @property
    def is_stream(self) -> bool:
        """Whether the body is a stream, whose parts are sent as they come."""
        return self._stream is not None

    @property
    def is_endless(self) -> bool:
        """Whether the body is a stream that goes on until somebody ends it."""
        return self._stream is not None and self._stream.is_endless

    def send(self, answer: WireReply | WsgiReply) -> None:
        """Begins to send the reply."""
        if isinstance(answer, WsgiReply):
            self._send_wsgi(answer)
        elif answer.delay:
            self._timer = self._server.call_later(answer.delay, self._send_wire, answer)
        else:
            self._send_wire(answer)

    def pause(self) -> None:
        """The client does not read as fast as the reply is sent."""
        self._is_blocked = True

    def resume(self) -> None:
        """The client has read enough for more."""
        self._is_blocked = False
        self._continue_parts()

    def end(self) -> None:
        """The connection is closed."""
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._parts is not None and not self._is_running:
            self._parts.abandon()
        if self._stream is not None:
            self._stream.end()

    # A reply that is whole

    def _send_wire(self, reply: WireReply) -> None:
        self._timer = None
        has_body = bool(reply.body) and self._request.method != "HEAD" and reply.status not in WITHOUT_BODY
        if reply.reset:
            reset(self._transport)
        elif reply.dropped or (reply.cut is not None and not has_body):
            self._sent(False)
        elif reply.cut is not None:
            data = render_reply(reply, self._request, self._keeps, self._server.date)
            self._transport.write(data[: len(data) - len(reply.body) + reply.cut])
            self._sent(False)
        elif reply.trickle and has_body:
            self._trickle(reply)
        else:
            reply.waited = reply.delay  # before the client can ask for the exchange
            self._transport.write(render_reply(reply, self._request, self._keeps, self._server.date))
            self._sent(self._keeps)

    def _trickle(self, reply: WireReply) -> None:
        data = render_reply(reply, self._request, self._keeps, self._server.date)
        head, body = data[: len(data) - len(reply.body)], reply.body
        count = min(len(body), _MAX_PIECES, max(2, ceil(reply.trickle * _PIECES_PER_SECOND)))
        bounds = [len(body) * index // count for index in range(count + 1)]
        pieces = [body[start:end] for start, end in pairwise(bounds)]
        self._transport.write(head)
        self._send_piece(reply, pieces, 0)

    def _send_piece(self, reply: WireReply, pieces: list[bytes], index: int) -> None:
        self._timer = None
        if index == len(pieces):
            reply.waited = reply.delay + reply.trickle  # before the client can ask for the exchange
        if index:
            self._transport.write(pieces[index - 1])
        if index == len(pieces):
            self._sent(self._keeps)
        else:
            pause = reply.trickle / len(pieces)
            self._timer = self._server.call_later(pause, self._send_piece, reply, pieces, index + 1)

    # A response of a WSGI application

    def _send_wsgi(self, reply: WsgiReply) -> None:
        status = reply.code
        stream, length = reply.stream, reply.length
        if self._request.method == "HEAD" or status in WITHOUT_BODY:
            lengths = [] if length is None or status in WITHOUT_BODY else [f"Content-Length: {length}"]
            self._write_head(reply, lengths)
            reply.abandon()
            self._sent(self._keeps)
        elif stream is not None:
            self._begin_unbounded(reply)
            reply.close()
            self._stream = stream
            stream.connect(lambda: self._server.call_threadsafe(self._send_stream))
        elif length is not None:
            self._left = length - len(reply.first)
            self._write_head(reply, [f"Content-Length: {length}"], reply.first[:length])
            self._parts = reply
            self._continue_parts()
        else:
            self._begin_unbounded(reply)
            self._write_part(reply.first)
            self._parts = reply
            self._continue_parts()

    def _begin_unbounded(self, reply: WsgiReply) -> None:
        """Sends the head of a body of unknown length: in chunks, or for an old client until the end."""
        self._is_chunked = self._request.version != "1.0"
        self._keeps = self._keeps and self._is_chunked
        self._write_head(reply, ["Transfer-Encoding: chunked"] if self._is_chunked else [])

    def _write_head(self, reply: WsgiReply, lines: list[str], body: bytes = b"") -> None:
        headers = [(name, value) for name, value in reply.headers if name.lower() not in _OWN_HEADERS]
        end = "".join(f"{line}\r\n" for line in lines)
        end += self._server.date.line() + connection_line(self._request.version, self._keeps)
        self._transport.write(render_head(reply.status, headers, end) + body)

    def _continue_parts(self) -> None:
        """Sends the rest of the body, part by part, as fast as the client reads."""
        if self._parts is None or self._is_running:
            return
        if self._parts.is_complete:
            self._finish_parts()
        elif not self._is_blocked:
            self._is_running = True
            self._server.call_soon(self._server.dispatch.run_part, self._parts, self._send_part)

    def _send_part(self, data: bytes | None) -> None:
        """Sends a part; None: the application has failed."""
        self._is_running = False
        if self._is_over:
            if self._parts is not None:
                self._parts.abandon()
            return
        if data is None:
            self._transport.abort()
            return
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        self._write_part(data)
        self._continue_parts()

    def _write_part(self, data: bytes) -> None:
        if data:
            self._transport.write(chunk(data) if self._is_chunked else data)

    def _finish_parts(self) -> None:
        self._parts = None
        if self._is_chunked:
            self._transport.write(LAST_CHUNK)
        self._sent(self._keeps and not self._left)

    # A stream

    def _send_stream(self) -> None:
        if self._is_over or self._stream is None:
            return
        data, is_complete = self._stream.take()
        self._write_part(data)
        if is_complete:
            stream, self._stream = self._stream, None
            stream.end()
            if self._is_chunked:
                self._transport.write(LAST_CHUNK)
            self._sent(self._keeps)
        elif self._transport.get_write_buffer_size() > self._stream.max_unread:
            self._transport.abort()
