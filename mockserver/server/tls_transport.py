"""TLS between a connection and its socket, worked out in memory: no thread and no task per connection.

A connection that begins with a TLS hello gets this transport in place of its own. It can lie on another one
of its kind, as in a tunnel through a proxy that is itself reached over TLS.
"""

import logging
import ssl
from contextlib import suppress
from typing import Any, Final

_log = logging.getLogger("mockserver")
HELLO: Final = b"\x16\x03"
"""The first bytes of a connection that speaks TLS."""
_READ_BYTES: Final = 256 * 1024
_DISTRUST: Final = ("UNKNOWN_CA", "CERTIFICATE_UNKNOWN", "BAD_CERTIFICATE", "CERTIFICATE_REQUIRED")


class TlsTransport:
    """The transport of `protocol`, and the protocol of the transport `below`."""

    def __init__(self, below: Any, context: ssl.SSLContext, protocol: Any) -> None:
        self._below = below
        self._protocol = protocol
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._ssl = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._is_over = False  # nothing is encrypted or decrypted any more
        self.is_ready: bool = False
        """Whether the handshake is complete."""
        below.set_protocol(self)

    # The protocol of the transport below

    def data_received(self, data: bytes) -> None:
        """The client has sent something, which is passed on in plain."""
        if self._is_over:
            self._protocol.data_received(data)  # discards it: the last reply is on its way
            return
        self._incoming.write(data)
        try:
            self._read()
        except ssl.SSLWantReadError:
            self._flush()
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            self._end()
        except ssl.SSLError as error:
            self._fail(error)

    def eof_received(self) -> bool:
        """The client sends no more."""
        return bool(self.is_ready and self._protocol.eof_received())

    def pause_writing(self) -> None:
        """The client does not read as fast as is written."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """The client has read enough for more."""
        self._protocol.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is closed."""
        self._is_over = True
        self._protocol.connection_lost(error)

    # The transport of the protocol

    def write(self, data: bytes) -> None:
        """Sends bytes, encrypted."""
        if self._is_over or not self.is_ready:
            return
        rest = memoryview(data)
        while rest:
            rest = rest[self._ssl.write(rest) :]
        self._flush()

    def set_protocol(self, protocol: Any) -> None:
        """Passes on to another protocol from now on."""
        self._protocol = protocol

    def can_write_eof(self) -> bool:
        """Whether `write_eof` works."""
        return True

    def write_eof(self) -> None:
        """Ends what is sent; what still arrives is not decrypted."""
        if not self._is_over and self.is_ready:
            with suppress(ssl.SSLError):
                self._ssl.unwrap()
        self._is_over = True
        self._flush()

    def close(self) -> None:
        """Closes the connection when all is sent."""
        self.write_eof()
        self._below.close()

    def abort(self) -> None:
        """Closes the connection at once."""
        self._is_over = True
        self._below.abort()

    def pause_reading(self) -> None:
        """Receives nothing until `resume_reading`."""
        self._below.pause_reading()

    def resume_reading(self) -> None:
        """Receives again."""
        self._below.resume_reading()

    def get_write_buffer_size(self) -> int:
        """The number of bytes that are not sent yet."""
        return int(self._below.get_write_buffer_size())

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Facts about the connection."""
        return self._ssl if name == "ssl_object" else self._below.get_extra_info(name, default)

    def _read(self) -> None:
        if not self.is_ready:
            self._ssl.do_handshake()
            self.is_ready = True
            self._flush()
        while not self._is_over:
            data = self._ssl.read(_READ_BYTES)
            if not data:
                raise ssl.SSLZeroReturnError
            self._protocol.data_received(data)

    def _end(self) -> None:
        """The client ends the TLS session, but may still read."""
        if not self._protocol.eof_received():
            self.close()

    def _fail(self, error: ssl.SSLError) -> None:
        self._is_over = True
        self._flush()  # an alert that says why
        reason = error.reason or str(error)
        if any(word in reason for word in _DISTRUST):
            _log.warning("a client does not trust the certificate (%s); see `mockserver ca`", reason)
        else:
            _log.debug("a TLS connection failed (%s)", reason)
        self._below.close()

    def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            self._below.write(data)
