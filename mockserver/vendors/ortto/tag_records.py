"""Tags: their names, and how many people have them."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.instance_records import NAME
from mockserver.vendors.ortto.timestamps import exact

KIND: Final = "tag"
_FIGURES: Final = ("count", "subscribers", "sms_opted_in")


class Tags:
    """The tags while people change; `save` writes what has moved."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._records = world.records(KIND)
        self._moved: dict[int, dict[str, Any]] = {}

    @cached_property
    def _by_name(self) -> dict[str, int]:
        return {row.record["name"]: row.record["id"] for row in self._records.iterate()}

    def ids(self, names: list[str]) -> list[int]:
        """The ids of the tags of these names; a name that no tag has becomes a tag (documented)."""
        if not names:
            return []
        known = self._by_name
        return [known[name] if name in known else self._create(name) for name in names]

    def known_ids(self, names: list[str]) -> set[int]:
        """The ids of those names that are tags."""
        return {self._by_name[name] for name in names if name in self._by_name}

    def change(self, before: Person | None, after: Person | None) -> None:
        """Moves the figures of the tags that the person had and has."""
        if _share(before) == _share(after) and _tags_of(before) == _tags_of(after):
            return
        for person, sign in ((before, -1), (after, 1)):
            for id in _tags_of(person):
                tag = self._tag(id)
                for figure, share in zip(_FIGURES, _share(person), strict=True):
                    tag[figure] += sign * share
        for id in _tags_of(after) - _tags_of(before):
            self._tag(id)["last_used"] = exact(self._world.now())

    def save(self) -> None:
        """Writes the tags that have moved."""
        for id, tag in self._moved.items():
            self._records.update(str(id), tag)
        self._moved = {}

    def _tag(self, id: int) -> dict[str, Any]:
        if id not in self._moved:
            self._moved[id] = self._records.get(str(id)) or {}
        return self._moved[id]

    def _create(self, name: str) -> int:
        id = max(self._by_name.values(), default=0) + 1
        put(self._world, id, name, "api")
        self._by_name[name] = id
        return id


def put(world: World, id: int, name: str, source: str, figures: Sequence[int] = (0, 0, 0)) -> None:
    """Writes a new tag; the figures are people, subscribers and people with permission for SMS."""
    now = exact(world.now())
    tag = {
        "id": id,
        "instance_id": NAME,
        "name": name,
        "created_by_id": "",
        "created_by_name": "",
        "created_by_email": "",
        "created_at": now,
        "last_used": now,
        "count": figures[0],
        "subscribers": figures[1],
        "sms_opted_in": figures[2],
        "type": "",
        "source": source,
    }
    world.records(KIND).add(str(id), tag, rank=id)


def _tags_of(person: Person | None) -> set[int]:
    return set() if person is None or person["archived"] else set(person["fields"].get("u4s::t", ()))


def _share(person: Person | None) -> tuple[int, int, int]:
    """What a person adds to the figures of each of its tags."""
    fields = person["fields"] if person else {}
    return 1, int(fields.get("bol::p") is True), int(fields.get("bol::sp") is True)
