"""Rolls: who is a member of an audience, who of them may be sent what; each in the order of joining Ortto.

A roll is kept in blocks, a block for every few hundred ranks of people: a large instance starts with
thousands of them instead of hundreds of thousands of entries, and a page at any depth passes over blocks.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from mockserver.state.records import Cursor
from mockserver.state.world import World
from mockserver.vendors.ortto.field_values import Person

KIND: Final = "roll"
NAMES: Final = ("members", "subscribers", "unsubscribed", "opted_out", "sms")
_SPAN: Final = 256
_AT_ONCE: Final = 4

Block = dict[str, list[Any]]
"""`{ranks, ids}` of the people of one span of ranks, in the order of rank."""


class Roll:
    """One roll of one audience; changes are written by `save`."""

    def __init__(self, world: World, audience_id: str, name: str) -> None:
        self._records = world.records(KIND)
        self._key = f"{audience_id}/{name}"
        self._changed: dict[int, Block] = {}

    def add(self, person: Person) -> None:
        """Puts the person on the roll, where it is not yet."""
        block, place = self._find(person)
        block["ranks"].insert(place, person["rank"])
        block["ids"].insert(place, person["id"])

    def drop(self, person: Person) -> None:
        """Takes the person from the roll, where it is."""
        block, place = self._find(person)
        del block["ranks"][place], block["ids"][place]

    def save(self) -> None:
        """Writes the blocks that have changed."""
        for number, block in self._changed.items():
            self._records.add(self._id(number), block, self._key, number)
        self._changed = {}

    def has(self, person: Person) -> bool:
        """Whether the person is on the roll, as it is written."""
        block = self._records.get(self._id(person["rank"] // _SPAN))
        return block is not None and person["rank"] in block["ranks"]

    def ids(self, before: int | None = None) -> Iterator[str]:
        """The ids of the people on the roll, newest first, of all or of those with a smaller rank."""
        for block in self._blocks(before):
            end = len(block["ids"]) if before is None else bisect_left(block["ranks"], before)
            yield from reversed(block["ids"][:end])

    def page(self, limit: int, before: int | None, skip: int) -> list[str]:
        """At most `limit` of these ids, past `skip` more."""
        if before is not None:
            return list(islice(self.ids(before), skip, skip + limit))
        page: list[str] = []
        for block in self._blocks(None):
            if skip >= len(block["ids"]):
                skip -= len(block["ids"])
                continue
            page += block["ids"][::-1][skip : skip + limit - len(page)]
            skip = 0
            if len(page) == limit:
                break
        return page

    def erase(self) -> None:
        """Forgets the roll."""
        for row in self._records.iterate(self._key):
            self._records.remove(row.id)

    def _find(self, person: Person) -> tuple[Block, int]:
        number = person["rank"] // _SPAN
        if number not in self._changed:
            self._changed[number] = self._records.get(self._id(number)) or {"ranks": [], "ids": []}
        block = self._changed[number]
        return block, bisect_left(block["ranks"], person["rank"])

    def _blocks(self, before: int | None) -> Iterator[Block]:
        # No id is smaller than "", so the place is just before the block that comes next.
        after = None if before is None else Cursor(before // _SPAN + 1, "")
        while rows := self._records.page(self._key, limit=_AT_ONCE, after=after, newest_first=True):
            yield from (row.record for row in rows)
            after = rows[-1].cursor

    def _id(self, number: int) -> str:
        return f"{self._key}/{number:08d}"


def rows(
    audience_id: str, name: str, people: Sequence[tuple[int, str]]
) -> Iterator[tuple[str, Block, str, int]]:
    """The records of a whole roll that is not there yet, from (rank, id) by rank."""
    key, start = f"{audience_id}/{name}", 0
    while start < len(people):
        number = people[start][0] // _SPAN
        end = bisect_left(people, ((number + 1) * _SPAN, ""), start)
        ranks, ids = zip(*people[start:end], strict=True)
        yield f"{key}/{number:08d}", {"ranks": list(ranks), "ids": list(ids)}, key, number
        start = end
