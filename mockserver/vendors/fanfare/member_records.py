"""Storage of members: one index with a key for each audience, its consumers in order of creation."""

from collections.abc import Iterable, Iterator
from heapq import merge
from typing import Final

from mockserver.state.records import Cursor, Index, IndexEntry, Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, timestamps

CONSUMER_KIND: Final = "consumer"
_INDEX = "member"


def member_index(world: World) -> Index:
    """The index of members, by audience id."""
    return world.index(_INDEX)


def add(world: World, audience: str, consumer: Record) -> bool:
    """Adds a consumer to an audience; False if it is a member already."""
    index = member_index(world)
    if index.has(audience, consumer["id"]):
        return False
    index.add(audience, consumer["id"], timestamps.parse_timestamp(consumer["createdAt"]))
    return True


def remove_except(world: World, audience: str, keep: set[str]) -> None:
    """Removes all other consumers from an audience."""
    index = member_index(world)
    for entry in index.iterate(audience):
        if entry.target not in keep:
            index.remove(audience, entry.target)


def count(world: World, audience: str) -> int:
    """The number of members."""
    return member_index(world).count(audience)


def audiences_by_consumer(
    world: World, organization: str, consumers: Iterable[str]
) -> dict[str, list[Record]]:
    """The audiences of each of these consumers, newest first."""
    index, audiences = member_index(world), list(audience_records.iterate_audiences(world, organization))
    return {id: [one for one in audiences if index.has(one["id"], id)] for id in consumers}


def iterate(
    world: World, audiences: list[str], *, after: Cursor | None, size: int, newest_first: bool = True
) -> Iterator[IndexEntry]:
    """The members of these audiences after a position, each once; reads `size` at a time."""
    index = member_index(world)
    if len(audiences) == 1:
        return _iterate(index, audiences[0], after, size, newest_first)
    iterators = [_iterate(index, one, after, size, newest_first) for one in audiences]
    return _unique(merge(*iterators, key=_sort_key, reverse=newest_first))


def bulk_insert(world: World, memberships: Iterable[tuple[str, str, int]]) -> None:
    """Adds many memberships (audience, consumer, rank) to audiences that have no members yet."""
    member_index(world).bulk_insert(memberships)


def _iterate(
    index: Index, key: str, after: Cursor | None, size: int, newest_first: bool
) -> Iterator[IndexEntry]:
    position = after and index.cursor(key, after.id, after.rank)
    while entries := index.page(key, limit=size, after=position, newest_first=newest_first):
        yield from entries
        if len(entries) < size:
            return
        position = entries[-1].cursor


def _sort_key(entry: IndexEntry) -> tuple[int, str]:
    return entry.rank, entry.target


def _unique(entries: Iterable[IndexEntry]) -> Iterator[IndexEntry]:
    last = None
    for entry in entries:
        if entry.target != last:
            yield entry
        last = entry.target
