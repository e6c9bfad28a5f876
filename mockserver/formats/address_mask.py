"""The addresses of one world in the texts of its replies, replaced so that those of another compare equal."""

import re
from collections.abc import Callable, Iterable

from mockserver.formats.capsule_reference import reference


class AddressMask:
    """Replaces the base URL of a vendor in this world (`origin`), and that of the server."""

    def __init__(self, origin: str, world: str) -> None:
        server, vendor = _split(origin, world)
        self._origin = origin
        below = rf"(?:/w/{re.escape(world)})?"
        self._vendor = re.compile(rf"{re.escape(server)}{below}/{re.escape(vendor)}(?![\w-])")
        self._server = re.compile(rf"{re.escape(server)}{below}")
        self._is_empty = not server

    def __call__(self, text: str) -> str:
        """The text with `{{capsule:origin}}` and `{{capsule:server}}` in place of the addresses."""
        if self._is_empty or "://" not in text:
            return text
        text = text.replace(self._origin, reference("origin"))
        text = self._vendor.sub(lambda _found: reference("origin"), text)
        return self._server.sub(lambda _found: reference("server"), text)


def servers_mask(origins: Iterable[str], world: str) -> Callable[[str], str]:
    """Replaces the base URLs of servers by `{{capsule:server}}`, whichever vendor's part follows."""
    servers = sorted({_split(one, world)[0] for one in origins} - {""}, key=len, reverse=True)
    if not servers:
        return lambda text: text
    pattern = re.compile(rf"(?:{'|'.join(map(re.escape, servers))})(?:/w/{re.escape(world)})?")
    return lambda text: pattern.sub(lambda _found: reference("server"), text) if "://" in text else text


def _split(origin: str, world: str) -> tuple[str, str]:
    """The base URL of the server, and the vendor's part."""
    server, _, vendor = origin.rpartition("/")
    return server.removesuffix(f"/w/{world}"), vendor
