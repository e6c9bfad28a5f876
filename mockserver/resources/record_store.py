"""The stored records of a resource: their ids, their enclosing records, and their removal with these."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from mockserver.contract.sample_value import fits
from mockserver.contract.schema import Schema
from mockserver.formats.json_pointer import MISSING
from mockserver.formats.timestamps import to_iso
from mockserver.resources.resource_spec import ResourceSpec
from mockserver.resources.shapes import Shape
from mockserver.state.records import ListedRecord, Record
from mockserver.state.world import World

_MAX_TRIES: Final = 100
_CHANGED: Final = ("updated", "modified", "lastupdated", "lastmodified", "changed")
_CREATED: Final = ("created", "creation", "dateadded", "added")
_TIME: Final = ("at", "on", "date", "time", "ed", "timestamp")
_HEX: Final = (24, 32, 16, 12, 10, 8, 6, 4, 2)


class RecordStore:
    """The records of one resource in one world."""

    def __init__(self, world: World, resource: ResourceSpec) -> None:
        self._world = world
        self._resource = resource
        self._records = world.records(resource.name)
        self._rank: int | None = None

    def get(self, within: Sequence[Any], id: Any) -> Record | None:
        """A fresh copy of the record, or None."""
        return self._records.get(stored_id(within, id))

    def has(self, within: Sequence[Any], id: Any) -> bool:
        """Whether the record exists."""
        return self._records.has(stored_id(within, id))

    def add(self, within: Sequence[Any], id: Any, record: Record) -> None:
        """Stores a new record at the end of its list, or replaces one at its place."""
        key = stored_id(within, id)
        if self._records.has(key):
            self._records.update(key, record)
        else:
            self._records.add(key, record, parent=stored_id(within), rank=self._rank)

    def remove(self, within: Sequence[Any], id: Any) -> None:
        """Removes the record."""
        self._records.remove(stored_id(within, id))

    def count(self, within: Sequence[Any]) -> int:
        """The number of records in a list."""
        return self._records.count(stored_id(within))

    def page(self, within: Sequence[Any], limit: int, skip: int) -> list[ListedRecord]:
        """A part of a list, oldest first."""
        return self._records.page(stored_id(within), limit=limit, skip=skip)

    def iterate(self, within: Sequence[Any]) -> Iterator[ListedRecord]:
        """The whole list, oldest first."""
        return self._records.iterate(stored_id(within))

    def fresh_id(
        self, within: Sequence[Any], members: Sequence[Schema], parameters: Sequence[Schema], sample: Any
    ) -> Any:
        """An id that no record of the list has; the sample if there is none.

        The schemas of the member, and if possible those of parameters, allow it.
        """
        spare = MISSING
        for candidate in self._candidates(within, sample):
            if self.has(within, candidate) or not all(fits(one, candidate) for one in members):
                continue
            if all(fits(one, candidate) or fits(one, str(candidate)) for one in parameters):
                return candidate
            spare = candidate if spare is MISSING else spare
        return sample if spare is MISSING else spare

    def _candidates(self, within: Sequence[Any], sample: Any) -> Iterator[Any]:
        if self._resource.ids == "number":
            for _ in range(_MAX_TRIES):
                # Its place in the list has the same number, so that ids follow each other.
                self._rank = self._world.serial()
                yield self._rank
                if isinstance(sample, int):
                    yield sample + self._rank
            step = 1
            while self.has(within, self._rank):  # callers chose all these ids
                step *= 2
                self._rank = self._world.take_serials(step)
                yield self._rank
        if self._resource.ids == "uuid":
            yield self._world.uuid()
        prefix = str(sample).rpartition("_")[0] + "_" if "_" in str(sample) else ""
        yield from (prefix + self._world.id_hex(digits) for digits in _HEX)
        yield self._world.uuid()
        yield from (str(number) for number in range(1, _MAX_TRIES))


def stored_id(within: Sequence[Any], *ids: Any) -> str:
    """The id under which a record is stored: those of the enclosing records, and its own."""
    return "/".join(_text(one).replace("%", "%25").replace("/", "%2F") for one in (*within, *ids))


def _text(id: Any) -> str:
    """The text of an id; equal numbers have the same, since the 1 of a path may be read as 1.0."""
    return str(int(id)) if isinstance(id, float) and id.is_integer() else str(id)


def times(shape: Shape, now: datetime, *, created: bool) -> dict[str, str]:
    """The times of creation and of change, in the members that are named like them."""
    text = to_iso(now)
    names = (name for name in shape.properties if _is_time(name, created))
    return {name: text for name in names if (rule := shape.member(name)) and fits(rule, text)}


def _is_time(name: str, created: bool) -> bool:
    plain = name.lower().replace("_", "").replace("-", "")
    starts = (*_CHANGED, *(_CREATED if created else ()))
    return plain.startswith(starts) and plain.endswith(_TIME)
