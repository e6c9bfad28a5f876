"""Cross-origin resource sharing: lets web pages of other origins call the vendors, never the control API.

What a vendor itself answers wins: its own preflight, its own headers. Only its Vary gets the origin added.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from mockserver.call import WireReply
from mockserver.server.http_request import HttpRequest

ANY_ORIGIN: Final = "*"
_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_MAX_AGE: Final = "600"  # seconds for which a browser keeps the answer to its preflight
_SAFE: Final = frozenset({"cache-control", "content-language", "content-length", "content-type", "expires"})
"""Headers that a page may read in any case."""


class CrossOrigin:
    """The origins whose pages may call the vendors."""

    def __init__(self, origins: Iterable[str]) -> None:
        """`*` stands for every origin."""
        self._origins = frozenset(origin.lower().rstrip("/") for origin in origins)

    def allows(self, request: HttpRequest) -> bool:
        """Whether the request is sent by a page of such an origin."""
        origin = request.headers.get("origin")
        return origin is not None and (ANY_ORIGIN in self._origins or origin.lower() in self._origins)

    @staticmethod
    def is_preflight(request: HttpRequest) -> bool:
        """Whether a browser asks beforehand whether a call is allowed."""
        return request.method == "OPTIONS" and "access-control-request-method" in request.headers

    def preflight(self, request: HttpRequest) -> WireReply:
        """The answer to a preflight that the vendor does not answer itself."""
        return WireReply(204, self._preflight_headers(request), b"")

    def share(self, request: HttpRequest, reply: WireReply) -> WireReply:
        """The vendor's reply with the headers that let the page read it; its own headers stay."""
        given = {name.lower() for name in reply.headers}
        if "access-control-allow-origin" in given:
            return reply
        if self.is_preflight(request):
            added = self._preflight_headers(request)
        else:
            exposed = sorted(name for name in reply.headers if name.lower() not in _SAFE)
            added = _shared_headers(request)
            if exposed:
                added["Access-Control-Expose-Headers"] = ", ".join(exposed)
        added = {name: text for name, text in added.items() if name.lower() not in given}
        # A copy: the same reply may be kept for other calls.
        return replace(reply, headers={**_by_origin(reply.headers), **added})

    @staticmethod
    def _preflight_headers(request: HttpRequest) -> dict[str, str]:
        headers = _shared_headers(request) | {
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Max-Age": _MAX_AGE,
        }
        wanted = request.headers.get("access-control-request-headers")
        if wanted:
            headers["Access-Control-Allow-Headers"] = wanted
        if "access-control-request-private-network" in request.headers:
            headers["Access-Control-Allow-Private-Network"] = "true"
        return headers


def _by_origin(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, of which a Vary names the origin too: caches keep a reply for each origin."""
    return {name: _with_origin(text) if name.lower() == "vary" else text for name, text in headers.items()}


def _with_origin(vary: str) -> str:
    names = [name.strip() for name in vary.split(",") if name.strip()]
    is_named = any(name.lower() in ("*", "origin") for name in names)
    return vary if is_named else ", ".join([*names, "Origin"])


def _shared_headers(request: HttpRequest) -> dict[str, str]:
    origin: Mapping[str, str] = request.headers
    return {
        "Access-Control-Allow-Origin": origin["origin"],
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }
