"""Which consumers of an organisation have an e-mail address, a phone number or an external id.

These lie in a fixed number of drawers, chosen by a checksum, and a drawer is one document. A look-up reads
one small document, and 100,000 consumers are a few thousand rows more, not 300,000.
"""

from typing import Final

from mockserver.state import hash_index
from mockserver.state.records import Record
from mockserver.state.world import World

IDENTIFIERS: Final = ("email", "phone", "externalId")
"""In the order by which an import recognises a consumer (documented)."""

_KIND = "directory"


def find(world: World, organization: str, identifier: str, value: str) -> str | None:
    """The id of the consumer with this value; e-mail addresses overlook case."""
    key = _key(organization, identifier, value)
    drawer = world.records(_KIND).get(hash_index.bucket_id(key)) or {}
    found: list[str] = drawer.get(key) or []
    return found[0] if found else None


def change(world: World, before: Record | None, after: Record | None) -> None:
    """Takes the consumer's old values out and puts the new ones in; None has none."""
    had, has = _keys(before), _keys(after)
    if before:
        for key in had - has:
            _put(world, key, before["id"], present=False)
    if after:
        for key in sorted(has - had):
            _put(world, key, after["id"], present=True)


class Filling:
    """Collects the identifiers of a whole population, then writes each drawer once."""

    def __init__(self) -> None:
        self._filling = hash_index.BulkIndexBuilder()

    def enter(self, record: Record) -> None:
        """Lets a consumer who has all identifiers be found by them."""
        organization, id = record["organizationId"], record["id"]
        for name in IDENTIFIERS:
            key = _key(organization, name, record[name])
            self._filling.add(key, id)

    def write(self, world: World) -> None:
        """Writes the drawers of a world that has none yet."""
        self._filling.write(world.records(_KIND))


def _put(world: World, key: str, id: str, *, present: bool) -> None:
    records, name = world.records(_KIND), hash_index.bucket_id(key)
    drawer = records.get(name) or {}
    ids = [other for other in drawer.pop(key, ()) if other != id] + [id] * present
    records.add(name, {**drawer, key: ids} if ids else drawer, rank=0)


def _keys(record: Record | None) -> set[str]:
    if record is None:
        return set()
    return {_key(record["organizationId"], name, record[name]) for name in IDENTIFIERS if record[name]}


def _key(organization: str, identifier: str, value: str) -> str:
    return f"{organization}/{identifier}/{value.casefold() if identifier == 'email' else value}"
