"""Lookup of contacts by the properties with (almost) unique values."""

from collections.abc import Iterable, Sequence
from typing import Final

from mockserver.state import hash_index
from mockserver.state.records import Record
from mockserver.state.world import World

PROPERTIES: Final = ("email", "mobileNumber")
"""The indexed properties. Values of the others are so common that a scan soon finds a page of contacts."""

_KIND: Final = "directory"


def find(world: World, name: str, value: str) -> Sequence[str]:
    """Ids of the contacts with this value, in the order in which they got it."""
    return hash_index.HashIndex(world.records(_KIND)).find(_key(name, value))


def update(world: World, id: str, before: Record, after: Record) -> None:
    """Replaces the contact's entries after a change of its properties."""
    index = hash_index.HashIndex(world.records(_KIND))
    old_keys, new_keys = set(_keys(before)), set(_keys(after))
    for key in sorted(old_keys ^ new_keys):
        if key in new_keys:
            index.add(key, id)
        else:
            index.remove(key, id)


class IndexBuilder:
    """Builds the index of a whole population and writes each bucket once."""

    def __init__(self) -> None:
        self._buckets = hash_index.BulkIndexBuilder()

    def add(self, id: str, properties: Record) -> None:
        """Adds a contact that has all indexed properties."""
        self._buckets.add([_key(name, properties[name]) for name in PROPERTIES], id)

    def write(self, world: World) -> None:
        """Writes the buckets of a world that has none yet."""
        self._buckets.write(world.records(_KIND))


def _keys(properties: Record) -> Iterable[str]:
    return [_key(name, properties[name]) for name in PROPERTIES if name in properties]


def _key(name: str, value: str) -> str:
    return f"{name}={value.casefold()}"
