"""A gate that each call to a world passes, in the thread of the client that makes it.

It uses the hooks of the redirects, but changes no call: it only says when each goes on.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module, util
from typing import Any, Final
from urllib.parse import urlsplit

from mockserver.redirection import (
    LIBRARIES,
    Hook,
    HookFactory,
    Redirect,
    RedirectTarget,
    VendorAddress,
    create_redirect,
)

_POINTS: Final = {
    "http_client": ("putrequest",),
    "httpcore": ("handle_request", "handle_async_request"),
    "aiohttp": ("_request",),
    "urllib3_future": ("urlopen",),
}
"""The functions that each call passes once, by library: urllib3 and requests call that of http.client."""


class CallGate(Redirect):
    """A context manager: calls `arrive` before each call to one of the vendors of a world."""

    def __init__(self, vendors: Mapping[str, VendorAddress], arrive: Callable[[], None]) -> None:
        super().__init__(routes=())
        self._paths = tuple(f"{urlsplit(vendor['url']).path.rstrip('/')}/" for vendor in vendors.values())
        self._own_hosts = create_redirect(vendors, None, False, {})
        self._arrive = arrive
        self._points = [*_find_points()]

    def __enter__(self) -> "CallGate":
        self._hooks += [Hook.install(*point, self) for point in self._points]
        return self

    def find_target(self, url: str) -> RedirectTarget | None:
        """None: the call goes where it would go; but not before its turn."""
        path = urlsplit(url).path
        if path.startswith(self._paths) or self._own_hosts.find_target(url) is not None:
            self._arrive()
        return None


def _find_points() -> Iterator[tuple[Any, str, HookFactory]]:
    """Class, method and hook factory of each function that the calls pass."""
    for library, names in _POINTS.items():
        if all(util.find_spec(package) for package in LIBRARIES[library]):
            points = import_module(f"mockserver.redirection.{library}").PATCH_POINTS
            yield from (point for point in points if point[1] in names)
