"""Member lists of audiences: the members, and those who can be sent what, in the order of joining Ortto.

A list is stored in blocks of a few hundred ranks of people. A large instance then starts with thousands of
records instead of hundreds of thousands, and a page at any depth skips whole blocks.
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
_RANKS_PER_BLOCK: Final = 256
_BLOCKS_PER_PAGE: Final = 4

Block = dict[str, list[Any]]
"""`{ranks, ids}` of the people in one range of ranks, in the order of rank."""


class MemberList:
    """One member list of one audience; `save` writes the changes."""

    def __init__(self, world: World, audience_id: str, name: str) -> None:
        self._records = world.records(KIND)
        self._key = f"{audience_id}/{name}"
        self._changed: dict[int, Block] = {}

    def add(self, person: Person) -> None:
        """Adds a person who is not in the list."""
        block, position = self._find(person)
        block["ranks"].insert(position, person["rank"])
        block["ids"].insert(position, person["id"])

    def remove(self, person: Person) -> None:
        """Removes a person who is in the list."""
        block, position = self._find(person)
        del block["ranks"][position], block["ids"][position]

    def save(self) -> None:
        """Writes the changed blocks."""
        for number, block in self._changed.items():
            self._records.add(self._id(number), block, self._key, number)
        self._changed = {}

    def contains(self, person: Person) -> bool:
        """Whether the person is in the stored list."""
        block = self._records.get(self._id(person["rank"] // _RANKS_PER_BLOCK))
        return block is not None and person["rank"] in block["ranks"]

    def ids(self, before: int | None = None) -> Iterator[str]:
        """The ids of the people in the list, newest first; with `before`, of those with a smaller rank."""
        for block in self._blocks(before):
            end = len(block["ids"]) if before is None else bisect_left(block["ranks"], before)
            yield from reversed(block["ids"][:end])

    def page(self, limit: int, before: int | None, skip: int) -> list[str]:
        """At most `limit` of these ids, after skipping `skip` of them."""
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

    def delete(self) -> None:
        """Deletes the list."""
        self._records.clear(self._key)

    def _find(self, person: Person) -> tuple[Block, int]:
        number = person["rank"] // _RANKS_PER_BLOCK
        if number not in self._changed:
            self._changed[number] = self._records.get(self._id(number)) or {"ranks": [], "ids": []}
        block = self._changed[number]
        return block, bisect_left(block["ranks"], person["rank"])

    def _blocks(self, before: int | None) -> Iterator[Block]:
        # No id is smaller than "", so this cursor is just before the next block.
        after = None if before is None else Cursor(before // _RANKS_PER_BLOCK + 1, "")
        while rows := self._records.page(self._key, limit=_BLOCKS_PER_PAGE, after=after, newest_first=True):
            yield from (row.record for row in rows)
            after = rows[-1].cursor

    def _id(self, number: int) -> str:
        return f"{self._key}/{number:08d}"


def bulk_rows(
    audience_id: str, name: str, people: Sequence[tuple[int, str]]
) -> Iterator[tuple[str, Block, str, int]]:
    """The records of a new list with these people, given as (rank, id) in the order of rank."""
    key, start = f"{audience_id}/{name}", 0
    while start < len(people):
        number = people[start][0] // _RANKS_PER_BLOCK
        end = bisect_left(people, ((number + 1) * _RANKS_PER_BLOCK, ""), start)
        ranks, ids = zip(*people[start:end], strict=True)
        yield f"{key}/{number:08d}", {"ranks": list(ranks), "ids": list(ids)}, key, number
        start = end
