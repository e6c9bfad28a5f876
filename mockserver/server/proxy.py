"""The rules of the forward proxy: which hosts this server answers itself, passes on or refuses."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final, NamedTuple

from mockserver.errors import RefusedRequestError
from mockserver.formats.authority import MAX_NAME
from mockserver.formats.sanitize import escape
from mockserver.server.access_control import is_loopback

_log = logging.getLogger("mockserver")
_NAME: Final = rf"[a-z0-9._-]{{1,{MAX_NAME}}}"
_AUTHORITY: Final = re.compile(rf"(?:\[([0-9a-f:.]{{2,45}})\]|({_NAME}))(?::([0-9]{{1,5}}))?", re.IGNORECASE)
_MAX_REFUSED: Final = 1_000
_PORTS: Final = {"http": 80, "https": 443}


class Address(NamedTuple):
    """A host and port to which a client wants to be connected."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Proxy:
    """A forward proxy for the vendors' hosts; no other host is reached unless it is in `passes`.

    `passes` are host names; one that begins with a dot stands for everything below it.
    """

    def __init__(self, passes: Iterable[str] = ()) -> None:
        self.passes: frozenset[str] = frozenset(one.lower().rstrip(".") for one in passes)
        self._refused: Counter[str] = Counter()
        self._lock = Lock()

    @property
    def refused(self) -> dict[str, int]:
        """How often each address was refused."""
        with self._lock:
            return dict(self._refused)

    def is_passed(self, host: str) -> bool:
        """Whether calls to the host leave for it."""
        name = host.lower().rstrip(".")
        below = ("." + ".".join(name.split(".")[at:]) for at in range(1, name.count(".") + 1))
        return name in self.passes or any(one in self.passes for one in below)

    def refuse(self, address: Address) -> RefusedRequestError:
        """The refusal of a host, which is counted and logged."""
        with self._lock:
            if str(address) in self._refused or len(self._refused) < _MAX_REFUSED:
                self._refused[str(address)] += 1
        fix = f"name its vendor (--host-map {address.host}=VENDOR) or let it pass (--pass {address.host})"
        message = f"the proxy does not connect to {address}, which is not a vendor's host; {fix}"
        _log.warning("%s", escape(message))
        refusal = RefusedRequestError(403, "host_not_proxied", message)
        refusal.reason = (
            f"Not a vendor's host: {address}"  # many clients show nothing else of a refused tunnel
        )
        return refusal


def read_address(target: str, scheme: str | None = None) -> Address:
    """The address in the target of a request: `host:port`, or with a scheme an absolute URL.

    Raises `RefusedRequestError`.
    """
    authority = target.partition("://")[2] if scheme else target
    found = _AUTHORITY.fullmatch(re.split(r"[/?#]", authority)[0].rpartition("@")[2])
    port = int(found[3] or _PORTS.get(scheme or "", 0)) if found else 0
    if found is None or not 0 < port < 65_536:
        message = "the target of the request has no host and port; send `CONNECT host:port` or a full URL"
        raise RefusedRequestError(400, "invalid_request", message)
    return Address(found[1] or found[2], port)


class ProxyRoutes:
    """The proxy of one server: decides by the hosts that its application answers."""

    def __init__(self, proxy: Proxy, has_host: Callable[[str], bool], port: int) -> None:
        self._proxy = proxy
        self._has_host = has_host
        self._port = port

    def is_answered(self, address: Address) -> bool:
        """Whether this server answers for the host itself; False: it is passed on.

        Raises `RefusedRequestError` for any other host.
        """
        is_own = address.port == self._port and is_loopback(address.host)
        if is_own or self._has_host(address.host):
            return True
        if self._proxy.is_passed(address.host):
            return False
        raise self._proxy.refuse(address)
