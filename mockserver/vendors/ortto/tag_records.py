"""Tags, as they are stored: their names and counts of people."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto.activity_catalog import NAME, TAG_ADDED, TAG_REMOVED
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.ids import ZERO_ID
from mockserver.vendors.ortto.instance_records import NAME as INSTANCE
from mockserver.vendors.ortto.timestamps import format_datetime

KIND: Final = "tag"
PERSON, ACCOUNT = "", "organization"
"""The types of tags (recorded)."""

FIELDS: Final = {PERSON: "u4s::t", ACCOUNT: "u4s:o:t"}
"""The fields with the ids of tags."""

_COUNTS: Final = ("count", "subscribers", "sms_opted_in")
_OPTIONAL_COUNTS: Final = _COUNTS[1:]
_ACCOUNTS: Final = 1 << 40  # tags of accounts are listed after those of people (recorded)


class Tags:
    """The tags of people, or those of accounts; `save` writes the changes."""

    def __init__(self, world: World, type: str = PERSON) -> None:
        self._world = world
        self._type = type
        self._field = FIELDS[type]
        self._records = world.records(KIND)
        self._changed: dict[int, dict[str, Any]] = {}

    @cached_property
    def _by_name(self) -> dict[str, int]:
        """The tags of people; accounts have tags of their own, with ids of their own."""
        tags = (row.record for row in self._records.iterate() if row.record["type"] == self._type)
        return {tag["name"]: tag["id"] for tag in tags}

    def find_or_create(self, names: list[str]) -> list[int]:
        """The ids of the tags with these names; unknown names become new tags (documented)."""
        if not names:
            return []
        known = self._by_name
        return [known[name] if name in known else self._create(name) for name in names]

    def find(self, names: list[str]) -> set[int]:
        """The ids of the tags with these names; unknown names are left out."""
        return {self._by_name[name] for name in names if name in self._by_name}

    def update_counts(self, before: Person | None, after: Person | None) -> None:
        """Updates the counts of the tags that the person had and has."""
        old, new = self._ids(before), self._ids(after)
        if _contribution(before) == _contribution(after) and old == new:
            return
        for person, ids, sign in ((before, old, -1), (after, new, 1)):
            for id in ids:
                tag = self._tag(id)
                for name, number in zip(_COUNTS, _contribution(person), strict=True):
                    tag[name] += sign * number
        for id in new - old:
            self._tag(id)["last_used"] = format_datetime(self._world.now())

    def changes(self, before: Person | None, after: Person) -> Iterator[tuple[str, dict[str, Any]]]:
        """The activities of added and removed tags, with their attributes."""
        old, new = _all_tag_ids(before), _all_tag_ids(after)
        for activity, ids in ((TAG_ADDED, new - old), (TAG_REMOVED, old - new)):
            for id in sorted(ids):
                yield activity, {NAME: self._tag(id)["name"]}

    def mark_used(self, ids: Iterable[int]) -> None:
        """Moves the last use of tags that a call sets, also where the person has them already."""
        for id in ids:
            self._tag(id)["last_used"] = format_datetime(self._world.now())

    def save(self) -> None:
        """Writes the changed tags."""
        for id, tag in self._changed.items():
            self._records.update(_record_id(id, self._type), tag)
        self._changed = {}

    def _ids(self, owner: Person | None) -> set[int]:
        """The tags of a person or an account that count: none if it is archived."""
        return set() if owner is None or owner["archived"] else set(owner["fields"].get(self._field, ()))

    def _tag(self, id: int) -> dict[str, Any]:
        if id not in self._changed:
            self._changed[id] = self._records.get(_record_id(id, self._type)) or {}
        return self._changed[id]

    def _create(self, name: str) -> int:
        id = max(self._by_name.values(), default=0) + 1
        insert(self._world, id, name, self._type)
        self._by_name[name] = id
        return id


def insert(world: World, id: int, name: str, type: str = PERSON, counts: Sequence[int] = (0, 0, 0)) -> None:
    """Writes a new tag; `counts` are people, subscribers and people with SMS permission."""
    now = format_datetime(world.now())
    tag = {
        "id": id,
        "instance_id": INSTANCE,
        "name": name,
        "created_by_id": ZERO_ID,
        "created_by_name": "",
        "created_by_email": "",
        "created_at": now,
        "last_used": now,
        "count": counts[0],
        "subscribers": counts[1],
        "sms_opted_in": counts[2],
        "type": type,
    }
    world.records(KIND).add(_record_id(id, type), tag, rank=id if type == PERSON else _ACCOUNTS + id)


def render(tag: dict[str, Any]) -> dict[str, Any]:
    """The tag as tags/get returns it: without counts of zero (recorded)."""
    return {name: value for name, value in tag.items() if value != 0 or name not in _OPTIONAL_COUNTS}


def _record_id(id: int, type: str) -> str:
    return f"{type}/{id}" if type else str(id)


def _all_tag_ids(person: Person | None) -> set[int]:
    """The tags of the person, archived or not."""
    return set(person["fields"].get("u4s::t", ())) if person else set()


def _contribution(person: Person | None) -> tuple[int, int, int]:
    """A person's share in the counts of each of its tags."""
    fields = person["fields"] if person else {}
    return 1, int(fields.get("bol::p") is True), int(fields.get("bol::sp") is True)
