"""Finding people by what identifies them.

E-mail addresses and external ids are indexed from the start. Another field that people are merged by is
indexed when that is first done, and kept up to date from then on.
"""

from typing import Any, Final

from mockserver.vendors.ortto.instance import Instance
from mockserver.vendors.ortto.values import Person, key_of
from mockserver.world.world import World

ALWAYS: Final = ("str::email", "str::ei")
INDEX: Final = "person_by_field"


def entry_key(field_id: str, value: Any) -> str:
    """The key of the index under which people with this value stand."""
    return f"{field_id}={key_of(value)}"


class Directory:
    """The people who are not archived, by the values of their identifying fields."""

    def __init__(self, world: World, instance: Instance) -> None:
        self._world = world
        self._index = world.index(INDEX)
        self._instance = instance

    def find(self, field_id: str, value: Any) -> list[str]:
        """The ids of the people with this value, the oldest first."""
        if field_id not in self._instance.indexed:
            self._take_up(field_id)
        return self._index.find(entry_key(field_id, value))

    def by_key(self, key: dict[str, Any]) -> str | None:
        """The id of the person that person_id, else email, else external_id names; None if there is none."""
        if "person_id" in key:
            id: str = key["person_id"].lower()
            return id if self._world.records("person").has(id) else None
        field_id, value = ("str::email", key["email"]) if "email" in key else ("str::ei", key["external_id"])
        return next(iter(self.find(field_id, value)), None)

    def change(self, before: Person | None, after: Person | None) -> None:
        """Takes the person's old values out and puts the new ones in; None or archived has none."""
        for field_id in self._instance.indexed:
            old, new = _identity(before, field_id), _identity(after, field_id)
            if old == new:
                continue
            if old is not None and before is not None:
                self._index.drop(old, before["id"])
            if new is not None and after is not None:
                self._index.add(new, after["id"], after["rank"])

    def _take_up(self, field_id: str) -> None:
        self._instance.index_field(field_id)
        for row in self._world.records("person").walk("live"):
            key = _identity(row.record, field_id)
            if key is not None:
                self._index.add(key, row.id, row.rank)


def _identity(person: Person | None, field_id: str) -> str | None:
    if person is None or person["archived"]:
        return None
    value = person["fields"].get(field_id)
    return None if value in (None, "") else entry_key(field_id, value)
