"""The production server, the same for the shell and for a thread in the tests: waitress.

Chosen because it starts and stops in a thread within milliseconds and gives way to the socket.
"""

import errno
import gc
import threading
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.server import create_server
from waitress.trigger import trigger

_THREADS = 8
_IDENT = None  # the vendors' servers do not sign as waitress, so neither do we


class Taken(OSError):  # noqa: N818 - says what the address is
    """The address is in use. One line with the mend."""


class Server:
    """Serves a WSGI application on one address, in this thread (`run`) or in one of its own (`start`)."""

    def __init__(self, app: Callable[..., Any], host: str = "127.0.0.1", port: int = 0) -> None:
        """Binds at once; port 0 takes a free one. Raises `Taken`, or `OSError` for an unusable address."""
        self._map: dict[int, Any] = {}
        try:
            self._server = create_server(
                app, map=self._map, host=host, port=port, threads=_THREADS, ident=_IDENT
            )
        except ValueError as error:
            raise OSError(errno.EADDRNOTAVAIL, "no such address") from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                mend = "stop who listens there or choose another --port"
                raise Taken(f"port {port} on {host} is taken; {mend}") from error
            raise
        self._thread: threading.Thread | None = None
        self.host = host
        # A name such as localhost may stand for two sockets, one a family.
        listening = getattr(self._server, "effective_listen", None)
        self.port = int(listening[0][1] if listening else self._server.effective_port)

    @property
    def url(self) -> str:
        """Where it can be reached from this machine, without a slash at the end."""
        host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def run(self) -> None:
        """Serves until `stop` is called from elsewhere, or the process is interrupted."""
        # Calls make few cycles; the default thresholds cost a pause of tens of milliseconds now and then.
        gc.set_threshold(50_000, 20, 100)
        try:
            self._server.run()
        finally:
            self._server.task_dispatcher.shutdown()

    def start(self) -> "Server":
        """Serves in a thread."""
        self._thread = threading.Thread(target=self.run, name="mockserver", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Closes every socket in the server's own thread, and waits for that thread to end."""
        waker = next(one for one in self._map.values() if isinstance(one, trigger))
        waker.pull_trigger(lambda: wasyncore.close_all(self._map))
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None
