"""Which contacts have an identifier.

Identifiers lie in a fixed number of drawers, chosen by a checksum, and a drawer is one document. A look-up
reads one small document, and 100,000 people with four identifiers each are a few thousand rows, not 400,000.
"""

from collections.abc import Iterable

from mockserver.state import hash_index
from mockserver.state.world import World

_KIND = "directory"


def find(world: World, attribute: str, value: str) -> list[str]:
    """The ids of the contacts with this value, in the order in which they got it."""
    key = f"{attribute}:{value}"
    drawer = world.records(_KIND).get(hash_index.bucket_id(key)) or {}
    found: str = drawer.get(key, "")
    return found.split()


def enter(world: World, identifiers: Iterable[tuple[str, str]], id: str) -> None:
    """Lets the contact be found by these."""
    for attribute, value in identifiers:
        key = f"{attribute}:{value}"
        records, name = world.records(_KIND), hash_index.bucket_id(key)
        drawer = records.get(name) or {}
        if id not in drawer.get(key, "").split():
            records.add(name, {**drawer, key: f"{drawer[key]} {id}" if key in drawer else id}, rank=0)


def strike(world: World, identifiers: Iterable[tuple[str, str]], id: str) -> None:
    """Lets the contact not be found by these any more."""
    for attribute, value in identifiers:
        key = f"{attribute}:{value}"
        records, name = world.records(_KIND), hash_index.bucket_id(key)
        drawer = records.get(name) or {}
        left = [other for other in drawer.pop(key, "").split() if other != id]
        records.add(name, {**drawer, key: " ".join(left)} if left else drawer, rank=0)


class Filling:
    """Collects the identifiers of a whole population, then writes each drawer once."""

    def __init__(self) -> None:
        self._filling = hash_index.BulkIndexBuilder()

    def enter(self, identifiers: Iterable[tuple[str, str]], id: str) -> None:
        """Lets the contact be found by these."""
        for attribute, value in identifiers:
            key = f"{attribute}:{value}"
            self._filling.add(key, id)

    def write(self, world: World) -> None:
        """Writes the drawers of a world that has none yet."""
        self._filling.write(world.records(_KIND), " ".join)
