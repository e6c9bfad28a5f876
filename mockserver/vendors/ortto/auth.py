"""Authentication by the key of an instance, which is valid on the host of its region only."""

from types import MappingProxyType
from typing import Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.credentials import KnownCredential
from mockserver.state.world import World

_HEADER: Final = "x-api-key"
_ROOT: Final = ("/v1", "/v1/")
_WELL_KNOWN: Final = "/.well-known/"
_SECURITY_TXT: Final = "/.well-known/security.txt"

_REGIONS: Final = MappingProxyType(
    {"api.ap3api.com": "default", "api.au.ap3api.com": "au", "api.eu.ap3api.com": "eu"}
)
"""The region of each host; the hosts of this server and of proxies have none."""


def authenticate(call: Call, world: World, known: list[KnownCredential]) -> KnownCredential:
    """Returns the credential of the key.

    Raises the problems unauthorized, bad_request (the bare root without a key) and gateway_forbidden.
    """
    if call.path.startswith(_WELL_KNOWN) and call.path != _SECURITY_TXT:
        raise Problem("gateway_forbidden")
    if call.path in _ROOT and _HEADER not in call.headers:
        raise Problem("bad_request")
    host = call.headers.get("host", "").rpartition("@")[2].partition(":")[0].lower().rstrip(".")
    region, own = _REGIONS.get(host), world.switches["region"]
    if region is not None and region != own:
        call.remarks.append(f"the key is of the region {own}, and {host} is of the region {region}")
        raise Problem("unauthorized")
    if not known:
        raise Problem("unauthorized")
    return known[0]
