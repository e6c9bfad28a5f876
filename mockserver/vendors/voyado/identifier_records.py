"""Lookup index from identifiers to contact ids.

The ids of an identifier are stored as one string, separated by spaces. With 100,000 people the index takes a
few thousand rows.
"""

from collections.abc import Iterable

from mockserver.state.hash_index import BulkIndexBuilder, HashIndex
from mockserver.state.world import World

_KIND = "directory"


def find(world: World, attribute: str, value: str) -> list[str]:
    """Returns the ids of the contacts with this value, in the order in which they got it."""
    return _index(world).find(_key(attribute, value))


def add(world: World, identifiers: Iterable[tuple[str, str]], id: str) -> None:
    """Adds a contact under its identifiers."""
    index = _index(world)
    for attribute, value in identifiers:
        index.add(_key(attribute, value), id)


def remove(world: World, identifiers: Iterable[tuple[str, str]], id: str) -> None:
    """Removes a contact from these identifiers."""
    index = _index(world)
    for attribute, value in identifiers:
        index.remove(_key(attribute, value), id)


class IndexBuilder:
    """Collects the identifiers of a whole population, then writes each bucket once."""

    def __init__(self) -> None:
        self._builder = BulkIndexBuilder()

    def add(self, identifiers: Iterable[tuple[str, str]], id: str) -> None:
        """Adds a contact under its identifiers."""
        for attribute, value in identifiers:
            self._builder.add(_key(attribute, value), id)

    def write(self, world: World) -> None:
        """Writes the index of a world that has none yet."""
        self._builder.write(world.records(_KIND), " ".join)


def _index(world: World) -> HashIndex:
    return HashIndex(world.records(_KIND), encode=" ".join, decode=str.split)


def _key(attribute: str, value: str) -> str:
    return f"{attribute}:{value}"
