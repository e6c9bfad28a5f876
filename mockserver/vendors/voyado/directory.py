"""Which contacts have an identifier.

Identifiers lie in a fixed number of drawers, chosen by a checksum, and a drawer is one document. A look-up
reads one small document, and 100,000 people with four identifiers each are a few thousand rows, not 400,000.
"""

from collections.abc import Iterable
from zlib import crc32

from mockserver.world.world import World

_KIND = "directory"
_DRAWERS = 4096


def find(world: World, attribute: str, value: str) -> list[str]:
    """The ids of the contacts with this value, in the order in which they got it."""
    key = f"{attribute}:{value}"
    drawer = world.records(_KIND).get(_drawer(key)) or {}
    found: str = drawer.get(key, "")
    return found.split()


def enter(world: World, identifiers: Iterable[tuple[str, str]], id: str) -> None:
    """Lets the contact be found by these."""
    for attribute, value in identifiers:
        key = f"{attribute}:{value}"
        records, name = world.records(_KIND), _drawer(key)
        drawer = records.get(name) or {}
        if id not in drawer.get(key, "").split():
            records.add(name, {**drawer, key: f"{drawer[key]} {id}" if key in drawer else id}, rank=0)


def strike(world: World, identifiers: Iterable[tuple[str, str]], id: str) -> None:
    """Lets the contact not be found by these any more."""
    for attribute, value in identifiers:
        key = f"{attribute}:{value}"
        records, name = world.records(_KIND), _drawer(key)
        drawer = records.get(name) or {}
        left = [other for other in drawer.pop(key, "").split() if other != id]
        records.add(name, {**drawer, key: " ".join(left)} if left else drawer, rank=0)


class Filling:
    """Collects the identifiers of a whole population, then writes each drawer once.

    Until then a drawer is a list, key and id in turn: to fill lists takes a third of the time.
    """

    def __init__(self) -> None:
        self._drawers: list[list[str]] = [[] for _ in range(_DRAWERS)]

    def enter(self, identifiers: Iterable[tuple[str, str]], id: str) -> None:
        """Lets the contact be found by these."""
        drawers = self._drawers
        for attribute, value in identifiers:
            key = f"{attribute}:{value}"
            drawers[crc32(key.encode()) % _DRAWERS] += key, id

    def write(self, world: World) -> None:
        """Writes the drawers of a world that has none yet."""
        world.records(_KIND).fill(
            (str(number), _drawer_of(entries), "", 0)
            for number, entries in enumerate(self._drawers)
            if entries
        )


def _drawer_of(entries: list[str]) -> dict[str, str]:
    drawer: dict[str, str] = {}
    for key, id in zip(entries[::2], entries[1::2], strict=True):
        drawer[key] = f"{drawer[key]} {id}" if key in drawer else id
    return drawer


def _drawer(key: str) -> str:
    return str(crc32(key.encode()) % _DRAWERS)
