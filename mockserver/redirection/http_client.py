"""Redirect hooks for http.client, and so for urllib.request: `HTTPConnection.putrequest` and `connect`."""

import socket
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from mockserver.contract.servers import ORIGIN_HEADER
from mockserver.redirection import RedirectTarget
from mockserver.transports.in_memory_connection import InMemorySocket

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_MARK: Final = "_is_redirected_by_mockserver"
_FindTarget = Callable[[str], RedirectTarget | None]


def _make_putrequest(original: Callable[..., Any], find_target: _FindTarget) -> Callable[..., Any]:
    def putrequest(
        self: HTTPConnection,
        method: str,
        url: str,
        skip_host: bool = False,
        skip_accept_encoding: bool = False,
    ) -> None:
        target = find_target(_absolute_url(self, url))
        setattr(self, _MARK, False)
        if target is None:
            original(self, method, url, skip_host, skip_accept_encoding)
            return
        original(self, method, target.path, True, skip_accept_encoding)
        self.putheader("Host", urlsplit(target.server).netloc)
        self.putheader(ORIGIN_HEADER, target.origin)
        setattr(self, _MARK, True)

    return putrequest


def _make_putheader(original: Callable[..., Any], _find_target: _FindTarget) -> Callable[..., Any]:
    def putheader(self: HTTPConnection, header: Any, *values: Any) -> None:
        # The client's own Host header, such as urllib.request sends, would name the vendor's host.
        if not (getattr(self, _MARK, False) and str(header).lower() == "host"):
            original(self, header, *values)

    return putheader


def _make_connect(original: Callable[..., Any], find_target: _FindTarget) -> Callable[..., Any]:
    def connect(self: HTTPConnection) -> None:
        target = find_target(_absolute_url(self, "/"))
        if target is None:
            original(self)
        elif target.in_memory_server is not None:
            self.sock = InMemorySocket(target.in_memory_server.connect(), self.timeout)
        else:
            server = urlsplit(target.server)
            self.sock = socket.create_connection((server.hostname, server.port), self.timeout)

    return connect


PATCH_POINTS: Final = (
    (HTTPConnection, "putrequest", _make_putrequest),
    (HTTPConnection, "putheader", _make_putheader),
    (HTTPConnection, "connect", _make_connect),
    (HTTPSConnection, "connect", _make_connect),
)
"""Class, method and hook factory of each function that is replaced."""


def _absolute_url(connection: Any, url: str) -> str:
    """The URL with scheme and host, behind a proxy as well."""
    if url.startswith(("http://", "https://")):
        return url
    scheme = "https" if isinstance(connection, HTTPSConnection) else "http"
    host = connection._tunnel_host or connection.host
    number = connection._tunnel_port if connection._tunnel_host else connection.port
    port = "" if number in (None, _DEFAULT_PORTS[scheme]) else f":{number}"
    return f"{scheme}://{host}{port}{url}"
