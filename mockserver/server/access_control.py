"""Who may drive the server: whoever means it, and knows the token where one is asked.

Vendors are open to everybody, as the vendors themselves are; this is for the control API and the console. A
page in somebody's browser must not drive a server on the same machine, neither through a name that was made
to mean it (DNS rebinding) nor by a request that a browser sends without asking first.
"""

import base64
import hmac
import ipaddress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from mockserver.errors import Problem

_READING: Final = ("GET", "HEAD")
_OWN_SITE: Final = ("same-origin", "none")

Environ = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AccessControl:
    """What is asked of a caller: a token (None: nothing), and one of these names or one of this machine."""

    token: str | None = None
    hosts: frozenset[str] = frozenset()

    def check_host(self, environ: Environ) -> None:
        """Raises the problem host_not_allowed for a name that anybody could have pointed at this machine.

        An address is nobody's name, so addresses pass.
        """
        name = _name(environ.get("HTTP_HOST", ""))
        if name and not (_is_address(name) or is_loopback(name) or name in self.hosts):
            raise Problem("host_not_allowed", host=name)

    def check_site(self, environ: Environ) -> None:
        """Raises the problem cross_site for what a page of another site has its browser change here."""
        if environ["REQUEST_METHOD"] in _READING:
            return
        origin, site = environ.get("HTTP_ORIGIN"), environ.get("HTTP_SEC_FETCH_SITE", "none")
        own = environ.get("HTTP_HOST", "").lower()
        if site not in _OWN_SITE or (origin is not None and _authority(origin) != own):
            raise Problem("cross_site", origin=origin or site)

    def check_token(self, environ: Environ) -> None:
        """Raises the problems token_missing and token_unknown.

        A browser can only be asked for a name and a password: the token may be that password, to read.
        """
        if self.token is None:
            return
        kind, _, given = environ.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
        kind, given = kind.lower(), given.strip()
        if kind == "basic" and environ["REQUEST_METHOD"] in _READING:
            kind, given = "bearer", _password(given)
        if kind != "bearer" or not given:
            raise Problem("token_missing")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode()):
            raise Problem("token_unknown")


def is_loopback(host: str) -> bool:
    """Whether only this machine can be meant by it."""
    name = host.lower().strip("[]")
    if _is_address(name):
        return ipaddress.ip_address(name).is_loopback
    return name == "localhost" or name.endswith(".localhost")


def normalized_hosts(*hosts: str) -> frozenset[str]:
    """Host names as `Guard` compares them."""
    return frozenset(_name(host) for host in hosts) - {""}


def _name(host: str) -> str:
    """A host without its port, as it is compared."""
    text = host.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].rstrip(".") if text.count(":") < 2 else text


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _authority(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
