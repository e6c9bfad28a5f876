"""The vendor's own base URLs: the `servers` of its contract."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

ORIGIN_HEADER: Final = "x-mockserver-origin"
"""The header of a redirected call with the vendor's base URL that the client called."""

WORLD_HEADER: Final = "x-mockserver-world"
"""The header that chooses the world of a call."""

_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_NAMED: Final = re.compile(r"(?:(?P<world>[^/]+)\.)?(?P<vendor>[a-z0-9]+)\.mockserver\.(?:localhost|test)")
_PORT: Final = re.compile(r":(\d*|\{[^{}]*\})$")


@dataclass(frozen=True)
class Server:
    """One base URL, in which `{…}` matches any one label of the host name, and its path."""

    url: str
    host_pattern: re.Pattern[str]
    base_path: str

    @classmethod
    def parse(cls, url: str) -> "Server":
        """The server at this URL; its port is ignored."""
        authority, slash, path = url.partition("://")[2].partition("/")
        fixed = [re.escape(part.lower()) for part in _VARIABLE.split(host_name(authority))[::2]]
        return cls(url, re.compile(_LABEL.join(fixed)), (slash + path).rstrip("/"))

    @classmethod
    def read(cls, node: Mapping[str, Any]) -> "Server | None":
        """The server that an OpenAPI Server Object describes; None for one without a host.

        Variables in the path take their defaults, and so does a host that consists of variables only, since
        it would match every host.
        """
        scheme, _, rest = str(node["url"]).partition("://")
        if not rest:
            return None
        authority, slash, path = rest.partition("/")
        defaults = {name: str(spec.get("default", "")) for name, spec in node.get("variables", {}).items()}
        if not _VARIABLE.sub("", host_name(authority)).strip("."):
            authority = _fill(authority, defaults)
        return cls.parse(f"{scheme}://{authority}{slash}{_fill(path, defaults)}")

    def matches(self, host: str) -> bool:
        """Whether it matches this host name (lower case, without a port)."""
        return self.host_pattern.fullmatch(host) is not None


class VendorHost(NamedTuple):
    """The vendor of a host name, its base path there, and the world that the name begins with."""

    vendor: str
    base_path: str
    world: str | None = None


class Hosts:
    """Looks up the vendor of a host among the servers of several contracts.

    `<vendor>.mockserver.localhost` and `<world>.<vendor>.mockserver.localhost` are hosts as well, and the
    same below `mockserver.test`, which clients leave to their proxy.
    """

    def __init__(self, servers: Iterable[tuple[str, Server]]) -> None:
        self._servers = tuple(servers)
        self._bases = {vendor: server.base_path for vendor, server in reversed(self._servers)}
        self.find: Callable[[str], VendorHost | None] = lru_cache(maxsize=256)(self._find)
        """The vendor, by the value of a Host header; None if no vendor matches."""

    @property
    def patterns(self) -> list[str]:
        """Regular expressions of all hosts, lower case and without a port."""
        vendors = "|".join(self._bases)
        named = rf"(?:.+\.)?(?:{vendors})\.mockserver\.(?:localhost|test)"
        return [named, *dict.fromkeys(one.host_pattern.pattern for _vendor, one in self._servers)]

    def _find(self, authority: str) -> VendorHost | None:
        host = host_name(authority)
        named = _NAMED.fullmatch(host)
        if named and named["vendor"] in self._bases:
            return VendorHost(named["vendor"], self._bases[named["vendor"]], named["world"])
        found = (VendorHost(vendor, one.base_path) for vendor, one in self._servers if one.matches(host))
        return next(found, None)


def host_name(authority: str) -> str:
    """The host name in `user@Host:port`, in lower case."""
    return _PORT.sub("", authority.rpartition("@")[2]).lower().rstrip(".")


def _fill(text: str, defaults: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda one: defaults.get(one[1], ""), text)
