"""One HTTP connection: reads requests and sends their replies, in order. The parser is llhttp.

It needs no event loop of its own: a socket server and the in-process transports each give it one.
"""

import logging
from collections import deque
from typing import Any, Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from mockserver.call import WireReply
from mockserver.errors import RefusedRequestError
from mockserver.server.connection_owner import ConnectionOwner, Timer
from mockserver.server.http_request import HttpRequest, render_passed
from mockserver.server.http_response import CONTINUE, render_reply
from mockserver.server.proxy import Address, ProxyRoutes, read_address
from mockserver.server.refusals import refusal_of, render_refusal
from mockserver.server.reply_writer import ReplyWriter
from mockserver.server.request_reader import RequestReader
from mockserver.server.tls_transport import HELLO, TlsTransport
from mockserver.server.tunnel import ESTABLISHED, Tunnel
from mockserver.server.wsgi_call import WsgiReply

_log = logging.getLogger("mockserver")
_REST_SECONDS: Final = 1.0  # without more of a request that was arriving when the server stopped
_MAX_QUEUED: Final = 32  # requests of one connection that wait for their turn
_MAX_QUEUED_BYTES: Final = 1 << 20  # of their bodies


class HttpProtocol:
    """One connection; its methods are those of `asyncio.Protocol`."""

    def __init__(self, server: ConnectionOwner) -> None:
        self._server = server
        self._transport: Any = None
        self._reader: RequestReader | None = None
        self._parser: Any = None
        self._queue: deque[HttpRequest | RefusedRequestError] = deque()
        self._current: HttpRequest | None = None
        self._writer: ReplyWriter | None = None
        self._first = b""  # a byte that may begin TLS
        self._is_last = False  # no further request is read
        self._is_draining = False  # the server stops
        self._is_at_end = False  # the client sends no more
        self._is_held = False  # reading is paused
        self._is_blocked = False  # the client does not read
        self._lingering: Timer | None = None
        self._tunnelled: bytes | None = None  # what was received behind a CONNECT
        self._left_to_linger = 0
        self._unread = (0, 0.0)
        self.since: float = 0.0
        """Since when it waits for its client, or serves it."""

    # What the sweep asks

    @property
    def is_busy(self) -> bool:
        """Whether a call is in flight, rather than the client's next bytes awaited."""
        return self._current is not None

    @property
    def awaits(self) -> str:
        """The awaited bytes: hello (of TLS), idle (the beginning of a request), head or body."""
        return self._reader.phase if self._reader else "idle"

    def is_unread(self, now: float, seconds: float) -> bool:
        """Whether the client has not read any of what was sent for so long."""
        if self._transport is None:
            return False
        size = self._transport.get_write_buffer_size()
        if not size or size != self._unread[0]:
            self._unread = (size, now)
        return bool(size) and now - self._unread[1] > seconds

    # Called by the transport

    def connection_made(self, transport: Any) -> None:
        """The client has connected."""
        self._transport = transport
        peer = transport.get_extra_info("peername")
        address = peer[0] if isinstance(peer, tuple) else ""
        self._reader = RequestReader(self._server, address, self._complete, self._continue)
        self._parser = self._reader.parser = HttpRequestParser(self._reader)
        self.since = self._server.now()
        self._server.connection_opened(self)

    def data_received(self, data: bytes) -> None:
        """The client has sent something."""
        if self._is_last:
            self._discard(len(data))
            return
        reader = self._reader
        if reader is None:
            return
        if reader.is_fresh:
            data, self._first = self._first + data, b""
            reader.phase = "idle"
            if data[:2] == HELLO:
                self._start_tls(reader, data)
                return
            if data == HELLO[:1]:  # TCP may deliver the hello byte by byte
                self._first, reader.phase, self.since = data, "hello", self._server.now()
                return
        before = len(self._queue)
        try:
            self._feed(reader, data)
        except (HttpParserError, RefusedRequestError) as error:
            self._refuse(refusal_of(error, data if before == len(self._queue) else b""))
        if self._current is None:
            self._next()
        elif self._queue and self._is_full():
            self._hold()

    def eof_received(self) -> bool:
        """The client sends no more; replies that it waits for are still sent."""
        self._is_at_end = True
        return bool(self._current or self._queue) and not self._streams_on

    @property
    def _streams_on(self) -> bool:
        """Whether a reply is on its way that has no end of its own."""
        return self._writer is not None and self._writer.is_endless

    def pause_writing(self) -> None:
        """The client does not read as fast as replies are sent."""
        self._is_blocked = True
        if self._writer is not None:
            self._writer.pause()

    def resume_writing(self) -> None:
        """The client has read enough for more."""
        self._is_blocked = False
        if self._writer is not None:
            self._writer.resume()
        elif self._current is None:
            self._next()

    def connection_lost(self, _error: Exception | None) -> None:
        """The connection is closed."""
        if self._reader is not None:
            self._reader.parser = None  # they would refer to each other
        self._transport = self._parser = self._reader = None
        self._queue.clear()
        if self._lingering:
            self._lingering.cancel()
        if self._writer is not None:
            self._writer.end()
            self._writer = None
        self._server.connection_closed(self)

    # Called by the server

    def abort(self) -> None:
        """Closes the connection at once; what is not sent yet is lost."""
        if self._transport is not None:
            self._transport.abort()

    def give_up(self, awaited: str) -> None:
        """Ends a connection whose client has let the server wait too long."""
        if awaited in ("idle", "hello", "write") or self._is_last:
            self.abort()
            return
        message = f"the {awaited} of the request did not arrive in time; send it again"
        self._refuse(RefusedRequestError(408, "timeout", message))
        self._next()

    def drain(self) -> None:
        """The server stops: answers what has begun to arrive, but ends planned delays and streams."""
        self._is_draining = True
        self._is_last = not self._is_arriving
        if self._writer is not None and (self._writer.is_waiting or self._writer.is_stream):
            self.abort()
        elif not self._is_last:
            self._server.call_later(_REST_SECONDS, self._await_rest, self.since)
        elif self._current is None and not self._queue:
            self._close()

    def _await_rest(self, since: float) -> None:
        """The server stops: ends the connection if no more of the request that was arriving has come."""
        if not self._is_arriving:
            return
        if self.since == since and self._current is None:
            self._close()
        else:
            self._server.call_later(_REST_SECONDS, self._await_rest, self.since)

    def _start_tls(self, reader: RequestReader, hello: bytes) -> None:
        """Serves a connection over TLS, if there is a certificate; otherwise closes it."""
        context = self._server.ssl_context
        if context is None:
            _log.warning("a client spoke TLS to the HTTP port; use http://, or serve with --tls")
            self.abort()
            return
        reader.scheme, reader.phase, reader.is_fresh = "https", "hello", False
        self._transport = transport = TlsTransport(self._transport, context, self)
        transport.data_received(hello)

    # One request after the other

    def _feed(self, reader: RequestReader, data: bytes) -> None:
        """Parses the bytes. Raises `HttpParserError`."""
        while True:
            try:
                self._parser.feed_data(data)
            except HttpParserUpgrade as upgrade:
                if self._is_last and self._queue and _is_connect(self._queue[-1]):
                    self._tunnelled = data[upgrade.args[0] :]
                    break
                # A protocol that this server does not speak; the client goes on in HTTP.
                data = data[upgrade.args[0] :]
                self._parser = reader.read_on()
                if data and not self._is_last:
                    continue
            except HttpParserError:
                if not self._is_last:  # llhttp takes bytes after a last request for an error
                    raise
            break
        if reader.phase != "idle":
            reader.check_progress(len(data))
            if self._current is None:
                self.since = reader.begun if reader.phase == "head" else self._server.now()

    @property
    def _is_arriving(self) -> bool:
        """Whether a request has begun to arrive and is not complete."""
        return not self._is_last and self._reader is not None and self._reader.phase != "idle"

    def _complete(self, request: HttpRequest) -> None:
        self._queue.append(request)
        if self._is_draining or not request.keep_alive:
            self._is_last = True

    def _is_full(self) -> bool:
        """Whether enough requests wait for their turn."""
        bodies = (len(one.body) for one in self._queue if isinstance(one, HttpRequest))
        return len(self._queue) >= _MAX_QUEUED or sum(bodies) >= _MAX_QUEUED_BYTES

    def _refuse(self, refusal: RefusedRequestError) -> None:
        self._is_last = True
        self._queue.append(refusal)
        self.since = self._server.now()
        self._left_to_linger = self._server.limits.linger_bytes

    def _next(self) -> None:
        if self._current is not None or self._is_blocked or self._transport is None:
            return
        if not self._queue:
            self._rest()
            return
        request = self._queue.popleft()
        if isinstance(request, RefusedRequestError):
            self._transport.write(render_refusal(request, self._server.date))
            if request.request is not None:
                self._server.dispatch.refused(request.request, request.status)
            self._linger()
            return
        if self._server.proxy is not None and (request.target[:1] != "/" or request.method == "CONNECT"):
            self._run_proxied(request, self._server.proxy)
        else:
            self._run(request)

    def _run(self, request: HttpRequest) -> None:
        self._current = request
        self.since = self._server.now()
        self._server.dispatch.run(request, self._reply)

    def _reply(self, answer: Any) -> None:
        request = self._current
        if self._transport is None or request is None or (self._is_draining and _takes_time(answer)):
            if isinstance(answer, WsgiReply):
                answer.abandon()
            self.abort()
            return
        keeps = request.keep_alive and not (self._is_draining and not self._queue and not self._is_arriving)
        if type(answer) is WireReply and not (answer.delay or answer.breaks_connection):
            self._transport.write(render_reply(answer, request, keeps, self._server.date))
            self._sent(keeps)
            return
        self._writer = ReplyWriter(self._server, self._transport, request, keeps, self._sent)
        self._writer.send(answer)
        if self._is_at_end and self._streams_on:
            self._close()

    def _sent(self, stays_open: bool) -> None:
        """The reply was sent."""
        self._writer = None
        self._current = None
        self.since = self._server.now()
        if not stays_open:
            self._close()
        elif self._queue:
            self._server.call_soon(self._next)
        else:
            self._rest()

    def _rest(self) -> None:
        """Waits for the next request."""
        is_awaited = self._is_draining and self._is_arriving
        is_over = self._is_draining or self._is_at_end or (self._is_last and not self._lingering)
        if is_over and not is_awaited:
            self._close()
        elif self._is_held:
            self._is_held = False
            self._transport.resume_reading()
        if self._reader is not None and self._reader.wants_continue:
            self._continue()

    def _continue(self) -> None:
        """Tells a client that asks to send the body; in turn, after the replies to earlier requests."""
        if self._reader is not None and self._current is None and not self._queue:
            self._reader.wants_continue = False
            self._transport.write(CONTINUE)

    def _hold(self) -> None:
        if not self._is_held and self._transport is not None and self._lingering is None:
            self._is_held = True
            self._transport.pause_reading()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # As a proxy

    def _run_proxied(self, request: HttpRequest, proxy: ProxyRoutes) -> None:
        """Answers for the host of the request, passes it on, or refuses it."""
        is_tunnel = request.method == "CONNECT"
        if request.target == "*" and not is_tunnel:
            self._run(request)
            return
        try:
            address = read_address(request.target, None if is_tunnel else request.scheme)
            is_answered = proxy.is_answered(address)
        except RefusedRequestError as refusal:
            self._refuse(refusal)
            self._next()
            return
        if not is_answered:
            first = self._tunnelled or b"" if is_tunnel else render_passed(request)
            self._pass_on(address, first, ESTABLISHED if is_tunnel else b"")
        elif is_tunnel:
            self._begin_tunnel()
        else:
            self._run(request)

    def _begin_tunnel(self) -> None:
        """Serves what comes through the tunnel, in TLS or not, as a connection to the vendor's host."""
        reader, rest = self._reader, self._tunnelled
        self._tunnelled = None
        if self._is_draining:
            self._close()
            return
        self._is_last = False
        self._transport.write(ESTABLISHED)
        if reader is not None:
            self._parser = reader.begin_tunnel()
            if rest:
                self.data_received(rest)

    def _pass_on(self, address: Address, first: bytes, answer: bytes) -> None:
        """Leaves the connection to a tunnel to another host."""
        transport, self._transport = self._transport, None
        Tunnel(self._server, transport, address, first, answer)
        self.connection_lost(None)

    # After a refusal

    def _linger(self) -> None:
        """Ends the replies, and reads on for a while: unread bytes would destroy the refusal on its way."""
        if self._transport.can_write_eof():
            self._transport.write_eof()
        if self._is_held:
            self._is_held = False
            self._transport.resume_reading()
        self._lingering = self._server.call_later(self._server.limits.linger_seconds, self._close)
        if self._is_at_end or self._is_draining:
            self._close()

    def _discard(self, size: int) -> None:
        self._left_to_linger -= size
        if self._lingering is None:
            self._hold()
        elif self._left_to_linger < 0:
            self._close()


def _takes_time(answer: Any) -> bool:
    """Whether a reply is delayed, or a stream."""
    if isinstance(answer, WsgiReply):
        return answer.stream is not None
    return bool(answer.delay or answer.trickle)


def _is_connect(request: HttpRequest | RefusedRequestError) -> bool:
    return isinstance(request, HttpRequest) and request.method == "CONNECT"
