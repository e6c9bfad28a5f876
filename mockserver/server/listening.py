"""Listening sockets: TCP on one or several hosts, both IP families, and Unix sockets."""

import errno
import os
import socket
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from mockserver.errors import AddressInUseError

BACKLOG: Final = 1024


def listen(hosts: str | Sequence[str], port: int) -> list[socket.socket]:
    """Listening sockets, one for each address of the hosts (localhost: one a family), all on the same port.

    Raises `AddressInUseError`, and `OSError` (with `filename`: the host) for an unusable address.
    """
    opened: list[socket.socket] = []
    try:
        for host in [hosts] if isinstance(hosts, str) else hosts:
            _open_host(host, port, opened)
    except OSError:
        for one in opened:
            one.close()
        raise
    return opened


def listen_unix(path: str) -> socket.socket:
    """A listening Unix socket; one that no server uses any more is replaced.

    Raises `AddressInUseError`, and `OSError` for a path that cannot be used, or a system without them.
    """
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        raise OSError(errno.EAFNOSUPPORT, "this system has no Unix sockets", path)
    _remove_stale(path, family)
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.bind(path)
        one.listen(BACKLOG)
    except OSError as error:
        one.close()
        if error.errno == errno.EADDRINUSE:
            fix = "stop the other process or pass another --unix-socket"
            raise AddressInUseError(f"the socket {path} is already in use; {fix}") from error
        raise OSError(error.errno, error.strerror or str(error), path) from error
    return one


def url_of(host: str, port: int, scheme: str = "http") -> str:
    """The URL under which this machine reaches a server on that address, without a trailing slash."""
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _open_host(host: str, port: int, opened: list[socket.socket]) -> None:
    try:
        addresses = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise OSError(errno.EADDRNOTAVAIL, "no such address", host) from error
    for family, kind, protocol, _, address in addresses:
        wanted = (address[0], port or (opened[0].getsockname()[1] if opened else 0), *address[2:])
        if any(one.family == family and one.getsockname()[:2] == wanted[:2] for one in opened):
            continue  # two names of one address
        one = socket.socket(family, kind, protocol)
        opened.append(one)
        try:
            _bind(one, wanted)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                fix = "stop the other process or pass another --port"
                raise AddressInUseError(f"port {wanted[1]} on {host} is already in use; {fix}") from error
            raise OSError(error.errno, error.strerror or str(error), host) from error


def _bind(one: socket.socket, address: tuple[object, ...]) -> None:
    if os.name != "nt":  # there it would let two servers have the port
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if one.family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.bind(address)
    one.listen(BACKLOG)


def _remove_stale(path: str, family: int) -> None:
    """Removes a socket on which no process listens."""
    with suppress(OSError):
        if not stat.S_ISSOCK(Path(path).stat().st_mode):
            return
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                Path(path).unlink()
