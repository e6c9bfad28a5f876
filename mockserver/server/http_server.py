"""The HTTP server, the same for `mockserver serve`, for its worker processes and for a thread of a test."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module, util
from pathlib import Path
from socket import AF_INET, AF_INET6, socket
from typing import Any, Protocol

from mockserver.errors import ServerFailedError
from mockserver.server.connection_limits import Limits
from mockserver.server.interruptible_wait import wait_for
from mockserver.server.listening import listen, listen_unix, url_of
from mockserver.server.proxy import Proxy
from mockserver.server.serving import Serving


class Server:
    """Serves a WSGI application: in this thread (`run`) or in a new one (`start`, or `with`).

    with mockserver.Server(mockserver.create_app()) as server:
        world = mockserver.Control(server.url).create_world()
    """

    def __init__(
        self,
        app: Callable[..., Any],
        host: str | Sequence[str] = "127.0.0.1",
        port: int = 0,
        sockets: list[socket] | None = None,
        threads: int | None = None,
        *,
        unix_socket: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
        limits: Limits | None = None,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
        on_end: Callable[[], object] = lambda: None,
    ) -> None:
        """Binds immediately, or takes listening `sockets`; port 0 takes a free port.

        `host` may be several; `unix_socket` is the path of a Unix socket to serve as well. Calls run in
        `threads` threads (None: what the application asks for); with 0 they run in the thread of the event
        loop, one after another, which is faster as long as calls do not wait for another process.
        `ssl_context` serves https too, on the same sockets, and `proxy` lets it be a forward proxy. `on_end`
        is called when the server has ended, by `stop` or by an error.
        Raises `AddressInUseError`, or `OSError` for an unusable address.
        """
        own = sockets or listen(host, port)
        self.host: str = host if isinstance(host, str) else host[0]
        self.port: int = next(
            (int(one.getsockname()[1]) for one in own if one.family in (AF_INET, AF_INET6)), 0
        )
        self._unix_socket = unix_socket
        if unix_socket is not None:
            own = _with_unix_socket(own, unix_socket)
        self._scheme = "https" if ssl_context else "http"
        self._app, self._sockets = app, own
        self._threads = getattr(app, "threads", 0) if threads is None else threads
        self._options: dict[str, Any] = {
            "limits": limits or Limits(),
            "ssl_context": ssl_context,
            "proxy": proxy,
            "authority": self.url.partition("://")[2],
            "loop_factory": loop_factory,
        }
        self._on_end = on_end
        self._serving: Serving | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The URL under which this machine reaches it, without a trailing slash."""
        return url_of(self.host, self.port, self._scheme)

    def check(self) -> None:
        """Raises `ServerFailedError` if the server has ended by an error."""
        failure = self._serving.failure if self._serving else None
        if failure is not None:
            what = f"the server's event loop ended by an error ({type(failure).__name__})"
            raise ServerFailedError(f"{what}; the log has its traceback") from failure

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def run(self) -> None:
        """Serves until `stop` is called from elsewhere, or the process is interrupted.

        Raises `ServerFailedError`.
        """
        self.start()
        try:
            with suppress(KeyboardInterrupt):
                while self._thread is not None and self._thread.is_alive():
                    self._thread.join()
        finally:
            self.stop()
        self.check()

    def start(self) -> "Server":
        """Serves in a new thread; returns itself."""
        self._serving = Serving(self._app, self._sockets, self._threads, **self._options)
        run = partial(self._run, self._serving)
        self._thread = threading.Thread(target=run, name="mockserver", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Accepts no more connections, answers the calls in flight, and closes every socket.

        Calls that wait for a planned delay are dropped.
        """
        serving, thread = self._serving, self._thread
        if serving is not None and thread is not None and thread.is_alive():
            serving.stop()
            limits = serving.limits
            thread.join(limits.grace_seconds + 2 * limits.join_seconds)
        for one in self._sockets:
            one.close()
        if self._unix_socket is not None:
            with suppress(OSError):
                Path(self._unix_socket).unlink()

    def _run(self, serving: Serving) -> None:
        try:
            serving.run()
        finally:
            self._on_end()


def _with_unix_socket(sockets: list[socket], path: str) -> list[socket]:
    try:
        return [*sockets, listen_unix(path)]
    except OSError:
        for one in sockets:
            one.close()
        raise


class ServableApp(Protocol):
    """A WSGI application that knows how many threads its calls need."""

    @property
    def threads(self) -> int:
        """The `threads` of `Server`."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The WSGI application."""


def serve_forever(
    app: ServableApp,
    sockets: list[socket],
    ready: Callable[[], None],
    stop: threading.Event,
    wait: Callable[[], object] | None = None,
    **options: Any,
) -> None:
    """Serves listening sockets in a thread until `stop` is set; `ready` is called once it answers.

    `wait` replaces waiting for `stop`, by something that ends when it is set; `options` are those of
    `Server`. Raises `ServerFailedError`.
    """
    loops = fast_loop_factory()
    server = Server(app, sockets=sockets, loop_factory=loops, on_end=stop.set, **options).start()
    try:
        ready()
        (wait or partial(wait_for, stop))()
    finally:
        server.stop()
    server.check()


def fast_loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The event loop of uvloop, where that is installed."""
    if util.find_spec("uvloop") is None:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    return factory
