"""Access control for the control API and the console: tokens, Host allow-list, cross-site protection.

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
from mockserver.contract.operation import Operation
from mockserver.errors import Problem
from mockserver.state.links import GUEST_PREFIX, Guest, Links

_OWN_SITE: Final = ("same-origin", "none")
_PROXY_HEADERS: Final = frozenset({"HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP"})
_PROXY_PREFIX: Final = "HTTP_X_FORWARDED_"

Environ = dict[str, Any]


def check_guest(guest: Guest | None, operation: Operation, world: str | None) -> None:
    """Raises the problem not_for_guests, unless the caller (None: the owner) may call the operation.

    A guest calls operations on their own world, a viewer only those that read; `x-access` in the contract
    says which are the owner's, and which of the others guests may call. `world` is the one that the path
    names.
    """
    if guest is None or not operation.schemes or (world is None and operation.access == "guest"):
        return
    is_own = world == guest.world and operation.access != "owner"
    if not is_own or not (guest.role == "operator" or operation.is_read_only):
        raise Problem("not_for_guests", role=guest.role, world=guest.world, operation=operation.id)


@dataclass(frozen=True, slots=True)
class AccessControl:
    """The token that callers must present (None: no token), and the host names that they may use.

    The guests of `links` present tokens of their own.

    Flask's TRUSTED_HOSTS would do for the names, but it cannot allow every IP address.
    """

    token: str | None = None
    hosts: frozenset[str] = frozenset()
    links: Links | None = None

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
        """Lets the owner of the server pass. Raises what `identify` raises, token_unknown for a guest."""
        if self.identify(environ) is not None:
            raise Problem("token_unknown")

    def identify(self, environ: Environ) -> Guest | None:
        """The guest whose token was presented; None for the owner of the server.

        Raises the problems token_missing, token_unknown, token_ended (a guest's) and, without a token,
        proxied_without_token. To read, the owner's may also be the password of Basic authentication: browsers
        can ask for that.
        """
        header = environ.get("HTTP_AUTHORIZATION", "").strip()
        scheme, _, token = header.partition(" ")
        if scheme.lower() == "basic" and environ["REQUEST_METHOD"] in READ_METHODS:
            scheme, token = "bearer", _password(header)
        token = token.strip() if scheme.lower() == "bearer" else ""
        if self.links is not None and token.startswith(GUEST_PREFIX):
            if not header.endswith(token):  # in Basic authentication
                raise Problem("token_unknown")
            guest = self.links.find_guest(token)
            if guest is None:  # on a server without a token, too: who was a guest must not become the owner
                raise Problem("token_ended")
            return guest
        if self.token is None:
            _check_unproxied(environ)
        elif not token:
            raise Problem("token_missing")
        elif not hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode()):
            raise Problem("token_unknown")
        return None


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
