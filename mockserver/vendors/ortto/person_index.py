"""Finding people by what identifies them.

E-mail addresses and external ids can be looked up from the start. Another field that people are merged by is
taken up when that is first done, and kept up to date from then on. Values share a fixed number of records,
each with a hundred of them where there are 100,000 people: an index of its own for every value would cost
the start of a large instance more than anything else.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final
from zlib import crc32

from mockserver.state.world import World
from mockserver.vendors.ortto.field_values import Person, key_of
from mockserver.vendors.ortto.instance_records import Instance

KIND: Final = "directory"
_SHARES: Final = 1024

Page = dict[str, list[tuple[int, str]]]
"""Who has which value: (rank, id) of the people, by the value's key."""


class Directory:
    """The people who are not archived, by the values of their identifying fields."""

    def __init__(self, world: World, instance: Instance) -> None:
        self._world = world
        self._pages = world.records(KIND)
        self._instance = instance

    def find(self, field_id: str, value: Any) -> list[str]:
        """The ids of the people with this value, the oldest first."""
        if field_id not in self._instance.indexed:
            self._take_up(field_id)
        key = key_of(value)
        page = self._pages.get(_page_id(field_id, key)) or {}
        return [id for _rank, id in page.get(key, ())]

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
            old, new = identity(before, field_id), identity(after, field_id)
            if old == new:
                continue
            if old is not None and before is not None:
                self._strike(field_id, old, before["id"])
            if new is not None and after is not None:
                self._enter(field_id, new, after)

    def _enter(self, field_id: str, key: str, person: Person) -> None:
        id = _page_id(field_id, key)
        page = self._pages.get(id) or {}
        page[key] = sorted([*page.get(key, ()), [person["rank"], person["id"]]])
        self._pages.add(id, page, rank=0)

    def _strike(self, field_id: str, key: str, person_id: str) -> None:
        id = _page_id(field_id, key)
        page = self._pages.get(id) or {}
        page[key] = [entry for entry in page.get(key, ()) if entry[1] != person_id]
        if not page[key]:
            del page[key]
        self._pages.add(id, page, rank=0)

    def _take_up(self, field_id: str) -> None:
        self._instance.index_field(field_id)
        people = (row.record for row in self._world.records("person").iterate("live"))
        keyed = ((identity(person, field_id), person["rank"], person["id"]) for person in people)
        self._pages.bulk_insert(
            pages(field_id, ((key, rank, id) for key, rank, id in keyed if key is not None))
        )


def pages(
    field_id: str, entries: Iterable[tuple[str, int, str]]
) -> Iterator[tuple[str, dict[str, Any], str, int]]:
    """The records of a field that nobody could be looked up by yet, from (key, rank, id) by rank."""
    shares: list[list[tuple[str, int, str]]] = [[] for _ in range(_SHARES)]
    for entry in entries:
        shares[_share(entry[0])].append(entry)
    return ((f"{field_id}#{share:03x}", _page(part), "", 0) for share, part in enumerate(shares) if part)


def identity(person: Person | None, field_id: str) -> str | None:
    """The key of the person's value of the field; None if it has none, or is archived."""
    if person is None or person["archived"]:
        return None
    value = person["fields"].get(field_id)
    return None if value in (None, "") else key_of(value)


def _page(entries: Iterable[tuple[str, int, str]]) -> Page:
    page: Page = {}
    for key, rank, id in entries:
        page.setdefault(key, []).append((rank, id))
    return page


def _page_id(field_id: str, key: str) -> str:
    return f"{field_id}#{_share(key):03x}"


def _share(key: str) -> int:
    return crc32(key.encode()) % _SHARES
