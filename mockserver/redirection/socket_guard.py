"""The guard of strict redirects: stops sockets to other machines, whatever library opens them."""

import socket
import sys
from collections.abc import Collection
from contextlib import suppress
from functools import cache
from typing import Any, Final

from mockserver.errors import RedirectRefusedError
from mockserver.redirection.calling_line import calling_line

_LOOKUPS: Final = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_CONNECTS: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


class SocketGuard:
    """An audit hook of the interpreter, which stays installed but does nothing without a strict redirect.

    It sees every lookup and connection of Python's sockets, even through classes that other libraries have
    replaced; not those of extension modules with sockets of their own, such as uvloop and pycurl.
    """

    def __init__(self) -> None:
        self._allowed: tuple[tuple[Any, frozenset[str]], ...] = ()

    def enter(self, redirect: Any, hosts: Collection[str]) -> None:
        """Refuses other hosts from now on; `hosts` are those of a server elsewhere."""
        addresses = set(hosts)
        for host in hosts:
            with suppress(OSError):
                addresses |= {str(found[4][0]) for found in socket.getaddrinfo(host.strip("[]"), None)}
        self._allowed = (*self._allowed, (redirect, frozenset(addresses)))

    def leave(self, redirect: Any) -> None:
        """Ends the refusals of a redirect."""
        self._allowed = tuple(one for one in self._allowed if one[0] is not redirect)

    def check(self, event: str, arguments: tuple[Any, ...]) -> None:
        """The audit hook. Raises `RedirectRefusedError`."""
        if not self._allowed:
            return
        if event in _LOOKUPS:
            self._check_host(arguments[0], arguments[1] if event == "socket.getaddrinfo" else None)
        elif event in _CONNECTS and isinstance(arguments[1], tuple):
            self._check_host(*arguments[1][:2])

    def _check_host(self, host: Any, port: Any) -> None:
        name = (host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")).lower()
        if not name or any(name in hosts or redirect.allows(name) for redirect, hosts in self._allowed):
            return
        where = name if port is None else f"{name}:{port}"
        fix = "fix the URL, add the host with redirect(hosts=…), or do not use strict"
        what = f"a socket to {where} was refused, which is not a host of this world{calling_line()}"
        raise RedirectRefusedError(f"{what}; {fix}")


@cache
def socket_guard() -> SocketGuard:
    """The guard of this process; an audit hook cannot be removed."""
    guard = SocketGuard()
    sys.addaudithook(guard.check)
    return guard
