"""Lookup index from identifiers to contact ids.

The ids of an identifier are stored as one string, separated by spaces. With 100,000 people the index takes a
few thousand rows.
"""

from collections.abc import Iterable

from mockserver.state.hash_index import BulkIndexBuilder, HashIndex
from mockserver.state.world import World

_KIND = "directory"


class Directory:
    """The index during one call, which reads each bucket once; `flush` writes the changed ones."""

    def __init__(self, world: World) -> None:
        self._index = HashIndex(world.records(_KIND), encode=" ".join, decode=str.split, deferred=True)

    def find(self, attribute: str, value: str) -> list[str]:
        """Returns the ids of the contacts with this value, in the order in which they got it."""
        return self._index.find(_key(attribute, value))

    def add(self, identifiers: Iterable[tuple[str, str]], id: str) -> None:
        """Adds a contact under its identifiers."""
        for attribute, value in identifiers:
            self._index.add(_key(attribute, value), id)

    def remove(self, identifiers: Iterable[tuple[str, str]], id: str) -> None:
        """Removes a contact from these identifiers."""
        for attribute, value in identifiers:
            self._index.remove(_key(attribute, value), id)

    def flush(self) -> None:
        """Writes the changed buckets."""
        self._index.flush()


def find(world: World, attribute: str, value: str) -> list[str]:
    """Returns the ids of the contacts with this value, in the order in which they got it."""
    return Directory(world).find(attribute, value)


class IndexBuilder:
    """Collects the identifiers of a whole population, then writes each bucket once."""

    def __init__(self) -> None:
        self._builder = BulkIndexBuilder()

    def add(self, identifiers: Iterable[tuple[str, str]], id: str) -> None:
        """Adds a contact under its identifiers."""
        self._builder.add([_key(attribute, value) for attribute, value in identifiers], id)

    def write(self, world: World) -> None:
        """Writes the index of a world that has none yet."""
        self._builder.write(world.records(_KIND), " ".join)


def _key(attribute: str, value: str) -> str:
    return f"{attribute}:{value}"
