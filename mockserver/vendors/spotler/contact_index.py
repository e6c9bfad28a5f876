"""Which contacts have a value of the properties that people are looked up by.

Values lie in a fixed number of drawers, chosen by a checksum, and a drawer is one document: a look-up reads
one small document, and 100,000 contacts are a few thousand rows more, not 200,000.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from mockserver.state import hash_index
from mockserver.state.records import Record
from mockserver.state.world import World

NAMES: Final = ("email", "mobileNumber")
"""The properties of which a value is had by one or two. Another's are had by many, so that whoever looks for
them finds a page of contacts soon enough by going through everybody."""

_KIND: Final = "directory"


def find(world: World, name: str, value: str) -> Sequence[str]:
    """The ids of the contacts with this value, in the order in which they got it."""
    key = _key(name, value)
    drawer = world.records(_KIND).get(hash_index.bucket_id(key)) or {}
    found: list[str] = drawer.get(key, [])
    return found


def move(world: World, id: str, before: Record, after: Record) -> None:
    """Lets the contact be found by its properties of now and not of before."""
    had, has = set(_keys(before)), set(_keys(after))
    for key in sorted(had ^ has):
        records, name = world.records(_KIND), hash_index.bucket_id(key)
        drawer = records.get(name) or {}
        others = [other for other in drawer.pop(key, []) if other != id]
        ids = [*others, id] if key in has else others
        records.add(name, {**drawer, key: ids} if ids else drawer, rank=0)


class Filling:
    """Collects the values of a whole population, then writes each drawer once."""

    def __init__(self) -> None:
        self._filling = hash_index.BulkIndexBuilder()

    def enter(self, id: str, properties: Record) -> None:
        """Lets a contact that has all of the properties be found."""
        for name in NAMES:
            key = _key(name, properties[name])
            self._filling.add(key, id)

    def write(self, world: World) -> None:
        """Writes the drawers of a world that has none yet."""
        self._filling.write(world.records(_KIND))


def _keys(properties: Record) -> Iterable[str]:
    return [_key(name, properties[name]) for name in NAMES if name in properties]


def _key(name: str, value: str) -> str:
    return f"{name}={value.casefold()}"
