"""Lookup of an organization's consumers by e-mail address, phone number or external id."""

from typing import Final

from mockserver.state.hash_index import BulkIndexBuilder, HashIndex
from mockserver.state.records import Record
from mockserver.state.world import World

IDENTIFIERS: Final = ("email", "phone", "externalId")
"""In the order in which an import tries them (documented)."""

_KIND = "directory"


class ConsumerIndex:
    """The index during one call, which reads each bucket once."""

    def __init__(self, world: World) -> None:
        self._index = HashIndex(world.records(_KIND), deferred=True)

    def find(self, organization: str, identifier: str, value: str) -> str | None:
        """The id of the consumer with this value; e-mail addresses are compared without regard to case."""
        return next(iter(self.find_all(organization, identifier, value)), None)

    def find_all(self, organization: str, identifier: str, value: str) -> list[str]:
        """The ids of all consumers with this value: phone numbers and external ids need not be unique."""
        found: list[str] = self._index.find(_key(organization, identifier, value))
        return found

    def update(self, before: Record | None, after: Record | None) -> None:
        """Replaces the identifiers of a changed consumer; None before it is added and after it is deleted."""
        old, new = _keys(before), _keys(after)
        if before:
            for key in old - new:
                self._index.remove(key, before["id"])
        if after:
            for key in sorted(new - old):
                self._index.add(key, after["id"])
        self._index.flush()


def find(world: World, organization: str, identifier: str, value: str) -> str | None:
    """The id of the consumer with this value, as `ConsumerIndex.find`."""
    return ConsumerIndex(world).find(organization, identifier, value)


class IndexBuilder:
    """Collects the identifiers of a whole population, then writes the index at once."""

    def __init__(self) -> None:
        self._builder = BulkIndexBuilder()

    def add(self, record: Record) -> None:
        """Adds a consumer that has all identifiers."""
        organization, id = record["organizationId"], record["id"]
        self._builder.add([_key(organization, name, record[name]) for name in IDENTIFIERS], id)

    def write(self, world: World) -> None:
        """Writes the index of a world that has none yet."""
        self._builder.write(world.records(_KIND))


def _keys(record: Record | None) -> set[str]:
    if record is None:
        return set()
    return {_key(record["organizationId"], name, record[name]) for name in IDENTIFIERS if record[name]}


def _key(organization: str, identifier: str, value: str) -> str:
    return f"{organization}/{identifier}/{value.casefold() if identifier == 'email' else value}"
