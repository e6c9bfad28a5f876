"""The addresses of one world in the texts of its replies, replaced so that those of another compare equal.

Callers choose the addresses, by their `Host` headers: no pattern is made of them, which would take its time.
"""

import re
from bisect import bisect
from collections.abc import Callable, Iterable
from typing import Final

from mockserver.formats.capsule_reference import reference

_URL: Final = re.compile(r"(?=https?://)")
_NAME_GOES_ON: Final = re.compile(r"[\w-]")


class AddressMask:
    """Replaces the base URL of a vendor in this world (`origin`), and that of the server."""

    def __init__(self, origin: str, world: str) -> None:
        server, vendor = _split(origin, world)
        self._origin = origin if "://" in origin else ""
        self._vendor = (f"{server}/w/{world}/{vendor}", f"{server}/{vendor}") if server else ()
        self._mask_server = servers_mask([origin], world)

    def __call__(self, text: str) -> str:
        """The text with `{{capsule:origin}}` and `{{capsule:server}}` in place of the addresses."""
        if not self._origin or "://" not in text:
            return text
        text = text.replace(self._origin, reference("origin"))
        for address in self._vendor:
            text = _replace_name(text, address, reference("origin"))
        return self._mask_server(text)


def servers_mask(origins: Iterable[str], world: str) -> Callable[[str], str]:
    """Replaces the base URLs of servers by `{{capsule:server}}`, whichever vendor's part follows.

    It takes as long for the servers of a thousand callers as for one.
    """
    servers = {_split(one, world)[0] for one in origins} - {""}
    lengths = sorted({*map(len, servers)})

    def without_server(part: str) -> str:
        """The part of a text from one URL to the next."""
        for length in reversed(lengths[: bisect(lengths, len(part))]):
            if part[:length] in servers:
                return reference("server") + part[length:].removeprefix(f"/w/{world}")
        return part

    def mask(text: str) -> str:
        if not servers or "://" not in text:
            return text
        start, *parts = _URL.split(text)
        return start + "".join(map(without_server, parts))

    return mask


def _replace_name(text: str, name: str, replacement: str) -> str:
    """The text with the name replaced, but where it is the beginning of a longer one."""
    parts, start = [], 0
    while (at := text.find(name, start)) >= 0:
        end = at + len(name)
        parts += [text[start:at], name if _NAME_GOES_ON.match(text, end) else replacement]
        start = end
    return "".join([*parts, text[start:]])


def _split(origin: str, world: str) -> tuple[str, str]:
    """The base URL of the server, and the vendor's part; none of a whole host, which is redirected."""
    server, _, vendor = origin.rpartition("/")
    if server.endswith(":/"):
        return "", ""
    return server.removesuffix(f"/w/{world}"), vendor
