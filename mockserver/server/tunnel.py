"""A connection whose bytes are passed on to another host and back, with the patience of the slower side."""

import logging
from contextlib import suppress
from typing import Any, Final

from mockserver.formats.sanitize import escape
from mockserver.server.proxy import Address

_log = logging.getLogger("mockserver")
ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_UNREACHABLE: Final = b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Tunnel:
    """The side of the client. `first` is sent to the other host, then `answer` to the client."""

    def __init__(self, server: Any, transport: Any, address: Address, first: bytes, answer: bytes) -> None:
        self._server = server
        self._address = address
        self._first = [first] if first else []
        self._answer = answer
        self._client: Any = transport
        self._other: Any = None
        self._ended = 0  # sides that send no more
        self.since: float = server.now()
        transport.set_protocol(self)
        transport.pause_reading()
        server.connection_opened(self)
        self._task = server.create_task(self._connect())

    # What the sweep asks

    @property
    def is_busy(self) -> bool:
        """Whether a call is in flight, which a tunnel cannot see."""
        return False

    @property
    def awaits(self) -> str:
        """The awaited bytes: hello (until the other host answers), then idle."""
        return "idle" if self._other is not None else "hello"

    def is_unread(self, _now: float, _seconds: float) -> bool:
        """Whether a side has not read for long: then nothing passes, and the tunnel is idle."""
        return False

    def abort(self) -> None:
        """Closes both sides at once."""
        self._task.cancel()
        for side in (self._client, self._other):
            if side is not None:
                side.abort()

    def give_up(self, _awaited: str) -> None:
        """Ends a tunnel through which nothing has passed for too long."""
        self.abort()

    def drain(self) -> None:
        """The server stops: the other host cannot be awaited."""
        self.abort()

    # Called by the client's transport

    def data_received(self, data: bytes) -> None:
        """The client has sent something."""
        self.since = self._server.now()
        if self._other is not None:
            self._other.write(data)
        else:
            self._first.append(data)

    def eof_received(self) -> bool:
        """The client sends no more, but still reads."""
        self._end_of(self._other)
        return self._ended < 2

    def pause_writing(self) -> None:
        """The client does not read as fast as the other host sends."""
        if self._other is not None:
            self._other.pause_reading()

    def resume_writing(self) -> None:
        """The client has read enough for more."""
        if self._other is not None:
            self._other.resume_reading()

    def connection_lost(self, _error: Exception | None) -> None:
        """The client's side is closed."""
        self._client = None
        self._task.cancel()
        if self._other is not None:
            self._other.close()
        self._server.connection_closed(self)

    # The other host

    async def _connect(self) -> None:
        try:
            self._other, _ = await self._server.create_connection(lambda: _OtherSide(self), *self._address)
        except (OSError, UnicodeError) as error:
            _log.warning("the proxy cannot connect to %s (%s)", escape(str(self._address)), error)
            if self._client is not None:
                self._client.write(_UNREACHABLE)
                self._client.close()
            return
        if self._client is None:
            self._other.abort()
            return
        self._other.write(b"".join(self._first))
        if self._answer:
            self._client.write(self._answer)
        self.since = self._server.now()
        self._client.resume_reading()

    def other_sent(self, data: bytes) -> None:
        """The other host has sent something."""
        self.since = self._server.now()
        if self._client is not None:
            self._client.write(data)

    def other_ended(self) -> bool:
        """The other host sends no more, but may still read."""
        self._end_of(self._client)
        return self._ended < 2

    def other_lost(self) -> None:
        """The other host's side is closed."""
        if self._client is not None:
            self._client.close()

    def hold_client(self, is_held: bool) -> None:
        """Reads from the client only as fast as the other host does."""
        if self._client is not None:
            (self._client.pause_reading if is_held else self._client.resume_reading)()

    def _end_of(self, receiver: Any) -> None:
        self._ended += 1
        if receiver is not None and receiver.can_write_eof():
            with suppress(OSError, RuntimeError):
                receiver.write_eof()


class _OtherSide:
    """The connection to the other host."""

    def __init__(self, tunnel: Tunnel) -> None:
        self._tunnel = tunnel

    def connection_made(self, transport: Any) -> None:
        pass

    def data_received(self, data: bytes) -> None:
        self._tunnel.other_sent(data)

    def eof_received(self) -> bool:
        return self._tunnel.other_ended()

    def pause_writing(self) -> None:
        self._tunnel.hold_client(True)

    def resume_writing(self) -> None:
        self._tunnel.hold_client(False)

    def connection_lost(self, _error: Exception | None) -> None:
        self._tunnel.other_lost()
