"""Control API of an application in this process; its HTTP server starts when a URL is first read."""

import warnings
from threading import Lock
from typing import Any, Final

from mockserver.call import WireReply
from mockserver.client import Control
from mockserver.client.connection import encode_body
from mockserver.server.http_request import HttpRequest
from mockserver.server.http_server import Server
from mockserver.server.wsgi_call import run_wsgi

_NO_SERVER: Final = "http://127.0.0.1:1"
"""The base URL before the server has started; transports and redirects work with it, sockets do not."""
_ENVIRON: Final = {"SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "wsgi.multiprocess": False}


class LocalControl(Control):
    """A client that calls the application without sockets, so that tests with transports need none.

    Reading a URL starts the HTTP server. Where sockets are blocked (pytest-socket), URLs stay valid for
    transports only.
    """

    def __init__(self, app: Any) -> None:
        super().__init__(_NO_SERVER)
        self._app = app
        self._server: Server | None = None
        self._lock = Lock()

    @property
    def url(self) -> str:
        """The base URL of the server, which is started."""
        with self._lock:
            if self._server is None:
                self._server = _start_server(self._app)
                self._url = self._server.url if self._server else _NO_SERVER
            return self._url

    @property
    def address(self) -> str:
        """The base URL if the server has started."""
        return self._url if self._server else "this process"

    def public_url(self, url: str) -> str:
        """A URL from a reply of the control API, as HTTP clients reach it; starts the server."""
        return self.url + url.removeprefix(_NO_SERVER) if url.startswith(_NO_SERVER) else url

    def vendors(self) -> list[dict[str, Any]]:
        """The vendors, with URLs of the server, which is started."""
        _started = self.url
        return super().vendors()

    def stop(self) -> None:
        """Stop the server if it has started."""
        with self._lock:
            if self._server:
                self._server.stop()
                self._server = None

    def _request(self, method: str, target: str, body: object) -> tuple[int, bytes]:
        payload, headers = encode_body(body)
        content = payload or b""
        path, _, query = target.partition("?")
        host = self._url.removeprefix("http://")
        sent = {name.lower(): text for name, text in headers.items()}
        sent |= {"host": host, "content-length": str(len(content))}
        request = HttpRequest(method, target, path, query, sent, content, "127.0.0.1", "http", host)
        reply = run_wsgi(self._app, request, _ENVIRON)
        if isinstance(reply, WireReply):
            return reply.status, reply.body
        received = reply.first
        while not reply.is_complete:
            received += reply.read_on()
        return reply.code, received


def _start_server(app: Any) -> Server | None:
    """The server on a free port; None if this process may not open sockets."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pytest-socket warns of each attempt
            server = Server(app)
    except (RuntimeError, OSError):
        return None
    return server.start()
