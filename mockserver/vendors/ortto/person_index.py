"""Lookup of people by the values of their identifying fields.

Email addresses and external ids are indexed from the start. Any other field is indexed when people are first
merged by it, and kept up to date from then on.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from mockserver.state.hash_index import Entry, HashIndex, bucket_id
from mockserver.state.world import World
from mockserver.vendors.ortto.field_values import Person, lookup_key
from mockserver.vendors.ortto.instance_records import Instance

KIND: Final = "directory"
_BUCKETS: Final = 1024
"""Buckets of one field. It divides the number of buckets of the shared index, whose checksum is used."""

PERSON_KEYS: Final = ("person_id", "email", "external_id")
"""The members that identify a person in a call, in their precedence."""


class PersonIndex:
    """The people who are not archived, by the values of their identifying fields."""

    def __init__(self, world: World, instance: Instance) -> None:
        self._world = world
        self._instance = instance

    def find(self, field_id: str, value: Any) -> list[str]:
        """The ids of the people with this value, oldest first."""
        if field_id not in self._instance.indexed_fields:
            self._index_field(field_id)
        return [id for _rank, id in _index(self._world, field_id).find(lookup_key(value))]

    def find_by_key(self, key: dict[str, Any]) -> str | None:
        """The id of the person with this person_id, else email, else external_id; None if unknown."""
        if "person_id" in key:
            id: str = key["person_id"].lower()
            return id if self._world.records("person").has(id) else None
        field_id, value = ("str::email", key["email"]) if "email" in key else ("str::ei", key["external_id"])
        return next(iter(self.find(field_id, value)), None)

    def update(self, before: Person | None, after: Person | None) -> None:
        """Replaces the person's old values by the new ones; None and archived people have no values."""
        for field_id in self._instance.indexed_fields:
            old, new = index_key(before, field_id), index_key(after, field_id)
            if old == new:
                continue
            index = _index(self._world, field_id)
            if old is not None and before is not None:
                index.remove(old, [before["rank"], before["id"]])
            if new is not None and after is not None:
                index.update(new, _insert([after["rank"], after["id"]]))

    def _index_field(self, field_id: str) -> None:
        self._instance.index_field(field_id)
        people = (row.record for row in self._world.records("person").iterate("live"))
        keyed = ((index_key(person, field_id), [person["rank"], person["id"]]) for person in people)
        fill_index(self._world, field_id, ((key, entry) for key, entry in keyed if key is not None))


def fill_index(world: World, field_id: str, entries: Iterable[tuple[str, Entry]]) -> None:
    """Indexes a field that has no index yet, from (key, [rank, id]) in the order of rank."""
    _index(world, field_id).fill(entries)


def index_key(person: Person | None, field_id: str) -> str | None:
    """The lookup key of the person's value of the field; None without a value or if archived."""
    if person is None or person["archived"]:
        return None
    value = person["fields"].get(field_id)
    return None if value in (None, "") else lookup_key(value)


def identifier(key: dict[str, Any]) -> str:
    """The value of the key that `find_by_key` uses."""
    value: str = next(key[name] for name in PERSON_KEYS if name in key)
    return value


def _insert(entry: Entry) -> Callable[[list[Entry]], list[Entry]]:
    return lambda entries: sorted([*entries, entry])


def _index(world: World, field_id: str) -> HashIndex:
    def bucket_of(key: str) -> str:
        return f"{field_id}#{int(bucket_id(key)) % _BUCKETS:03x}"

    return HashIndex(world.records(KIND), bucket_of=bucket_of)
