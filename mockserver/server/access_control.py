"""Access control for the control API and the console: token, Host allow-list, cross-site protection.

Vendors need none, since their own authentication applies. A web page must not be able to drive a server on
its visitor's machine: neither through a host name that resolves to it (DNS rebinding) nor by a cross-site
request that browsers send without asking.
"""

import hmac
import ipaddress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from werkzeug.datastructures import Authorization

from mockserver.call import READ_METHODS
from mockserver.errors import Problem

_OWN_SITE: Final = ("same-origin", "none")
_PROXY_HEADERS: Final = frozenset({"HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP"})
_PROXY_PREFIX: Final = "HTTP_X_FORWARDED_"

Environ = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AccessControl:
    """The token that callers must present (None: no token), and the host names that they may use.

    Flask's TRUSTED_HOSTS would do for the names, but it cannot allow every IP address.
    """

    token: str | None = None
    hosts: frozenset[str] = frozenset()

    def check_host(self, environ: Environ) -> None:
        """Raises the problem host_not_allowed for a name that anybody could point at this machine.

        IP addresses pass: DNS cannot redirect an address.
        """
        name = _name(environ.get("HTTP_HOST", ""))
        if name and not (_is_address(name) or is_loopback(name) or name in self.hosts):
            raise Problem("host_not_allowed", host=name)

    def check_site(self, environ: Environ) -> None:
        """Raises the problem cross_site for a write that a page of another site makes its browser send."""
        if environ["REQUEST_METHOD"] in READ_METHODS:
            return
        origin, site = environ.get("HTTP_ORIGIN"), environ.get("HTTP_SEC_FETCH_SITE", "none")
        own = environ.get("HTTP_HOST", "").lower()
        if site not in _OWN_SITE or (origin is not None and _authority(origin) != own):
            raise Problem("cross_site", origin=origin or site)

    def check_token(self, environ: Environ) -> None:
        """Raises the problems token_missing, token_unknown and, without a token, proxied_without_token.

        To read, the token may also be the password of Basic authentication: browsers can ask for that.
        """
        if self.token is None:
            _check_unproxied(environ)
            return
        header = environ.get("HTTP_AUTHORIZATION", "").strip()
        scheme, _, token = header.partition(" ")
        if scheme.lower() == "basic" and environ["REQUEST_METHOD"] in READ_METHODS:
            scheme, token = "bearer", _password(header)
        if scheme.lower() != "bearer" or not token.strip():
            raise Problem("token_missing")
        if not hmac.compare_digest(token.strip().encode("utf-8", "replace"), self.token.encode()):
            raise Problem("token_unknown")


def _check_unproxied(environ: Environ) -> None:
    """Raises the problem proxied_without_token.

    A proxy lets other machines reach a server that listens on loopback, and so believes itself alone.
    """
    for name in environ:
        if name in _PROXY_HEADERS or name.startswith(_PROXY_PREFIX):
            raise Problem("proxied_without_token", header=name[5:].replace("_", "-").title())


def _password(header: str) -> str:
    """The password of Basic credentials; "" for malformed ones."""
    try:
        # Not for Bearer: werkzeug takes a token with `=` in it for a list of parameters.
        credentials = Authorization.from_header(header)
    except ValueError:  # credentials that are not ASCII
        return ""
    return (credentials and credentials.password) or ""


def is_loopback(host: str) -> bool:
    """Whether the host is this machine's loopback address or one of its names."""
    name = host.lower().strip("[]")
    if _is_address(name):
        return ipaddress.ip_address(name).is_loopback
    return name == "localhost" or name.endswith(".localhost")


def normalized_hosts(*hosts: str) -> frozenset[str]:
    """The host names in the form in which `AccessControl` compares them."""
    return frozenset(_name(host) for host in hosts) - {""}


def _name(host: str) -> str:
    """The host without its port, in lower case."""
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
