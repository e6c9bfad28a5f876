"""Splits a URL path into world, vendor and the vendor's own path."""

from typing import NamedTuple

from mockserver.formats.url_path import decode_path

CONTROL = "_mock"
CONSOLE = "_console"


class UrlPath(NamedTuple):
    """`world` (None where the URL names none) and `vendor` are decoded; the rest is percent-encoded.

    `prefix` precedes the vendor's own path `rest`.
    """

    world: str | None
    prefix: str
    vendor: str
    rest: str


def split_path(path: str) -> UrlPath:
    """The parts of `/<vendor>/…` or `/w/<world>/<vendor>/…`; slashes at the start count as one."""
    first, _, rest = path.lstrip("/").partition("/")
    if first != "w":
        return UrlPath(None, f"/{first}", decode_path(first), f"/{rest}")
    world, _, rest = rest.partition("/")
    vendor, _, rest = rest.partition("/")
    return UrlPath(decode_path(world), f"/w/{world}/{vendor}", decode_path(vendor), f"/{rest}")


def split_vendor_host_path(path: str, vendor: str, base: str, world: str | None = None) -> UrlPath:
    """The parts of a path under a vendor's own host name, where every path is the vendor's."""
    is_below = f"{path}/".startswith(f"{base}/")
    return UrlPath(world, base, vendor, (path[len(base) :] or "/") if is_below else path)
