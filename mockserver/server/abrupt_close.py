"""Closes connections abruptly, as a crashing server or a firewall does."""

import os
import socket
import struct
from contextlib import suppress
from typing import Any, Final

_DISCARD: Final = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


def reset(transport: Any) -> None:
    """Resets the connection (RST) instead of ending it (FIN); what is not sent yet is lost."""
    if hasattr(transport, "reset"):  # in memory
        transport.reset()
        return
    own = transport.get_extra_info("socket")
    if own is not None:
        with suppress(OSError, AttributeError):
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DISCARD)
    transport.abort()
