"""A script that `mockserver run` loads into Python: connections to the vendors' hosts lead to the server.

Many clients of Python ignore HTTPS_PROXY. The file is copied, with a call of `install` at its end, because
the Python of the command need not have this package; it runs on Python 3.7, on the standard library alone.
"""

from __future__ import annotations

import errno
import re
import socket
import sys
from contextlib import suppress
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any, Callable, Iterable  # noqa: UP035 - Python 3.7

_ADDRESS = (
    "127.77.0.1"  # stands for every vendor's host, since some clients keep the port that they asked for
)
_LOOPBACK = re.compile(r"|localhost|.*\.localhost|127\..*|::1|::ffff:127\..*|0\.0\.0\.0|::")


class Connections:
    """Where the connections of this process lead."""

    def __init__(self, port: int, hosts: Iterable[str], passes: Iterable[str]) -> None:
        self._server = ("127.0.0.1", port)
        self._vendors = [re.compile(one) for one in hosts]
        self._passes = [*passes]
        self._found: set[str] = set()
        self._connect: Callable[..., Any] = socket.socket.connect
        self._look_up: Callable[..., Any] = socket.getaddrinfo

    def look_up(self, host: Any, port: Any, *args: Any, **options: Any) -> Any:
        """The addresses of a host, in place of `socket.getaddrinfo`."""
        name = _name(host)
        if any(one.fullmatch(name) for one in self._vendors):
            return self._look_up(_ADDRESS, port, *args, **options)
        if port and not self._may_reach(name) and name != socket.gethostname().lower():
            raise self._refusal(name, port)
        found = self._look_up(host, port, *args, **options)
        self._found.update(str(one[4][0]) for one in found)
        return found

    def target(self, line: socket.socket, address: Any) -> Any:
        """The address in place of the one that a socket connects to. Raises `ConnectionRefusedError`."""
        if not isinstance(address, tuple) or line.type != socket.SOCK_STREAM:
            return address  # a Unix socket; datagrams
        name = _name(address[0])
        if name == _ADDRESS or any(one.fullmatch(name) for one in self._vendors):
            return self._server
        if not self._may_reach(name):
            raise self._refusal(name, address[1])
        return address

    def _may_reach(self, name: str) -> bool:
        passed = any(name == one or (one.startswith(".") and name.endswith(one)) for one in self._passes)
        return passed or name in self._found or bool(_LOOPBACK.fullmatch(name))

    def _refusal(self, name: str, port: Any) -> ConnectionRefusedError:
        """The refusal of a host, which the proxy has counted."""
        where = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
        with suppress(OSError), socket.socket() as line:
            line.settimeout(5)
            self._connect(line, self._server)
            line.sendall(f"CONNECT {where} HTTP/1.1\r\n\r\n".encode())
            line.recv(1)
        fix = f"name its vendor (--host-map {name}=VENDOR) or let it pass (--pass {name})"
        message = f"mockserver run does not connect to {where}, which is not a vendor's host; {fix}"
        return ConnectionRefusedError(errno.ECONNREFUSED, message)


def _name(host: Any) -> str:
    text = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else str(host or "")
    return text.lower().rstrip(".").partition("%")[0]


def install(folder: str, port: int, hosts: Iterable[str], passes: Iterable[str]) -> None:
    """Replaces what connects in this process, then runs the `sitecustomize` that `folder` hides."""
    connections = Connections(port, hosts, passes)
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def connect_led(self: socket.socket, address: Any) -> None:
        connect(self, connections.target(self, address))

    def connect_led_ex(self: socket.socket, address: Any) -> int:
        try:
            return connect_ex(self, connections.target(self, address))
        except ConnectionRefusedError as error:
            return error.errno or errno.ECONNREFUSED

    socket.socket.connect = connect_led  # type: ignore[method-assign,assignment]
    socket.socket.connect_ex = connect_led_ex  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = connections.look_up
    others = [one for one in sys.path if one != folder]
    hidden = PathFinder.find_spec("sitecustomize", others)
    if hidden is not None and hidden.loader is not None:
        sys.modules["sitecustomize"] = module = module_from_spec(hidden)
        hidden.loader.exec_module(module)
