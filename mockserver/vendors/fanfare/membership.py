"""Who is in which audience: one index, a key for each audience, its consumers in order of their creation.

Whoever changes is asked only whether the rules of dynamic audiences see them otherwise than before. An
audience whose rules change is worked out anew by a job, a moment later; until then its members stay.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from heapq import merge
from typing import Any, Final

from mockserver.state.records import Cursor, Index, IndexEntry, Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, moments
from mockserver.vendors.fanfare.rules import Test, compiled

CONSUMER: Final = "consumer"
REFRESH_TIME: Final = timedelta(seconds=2)
SHARD: Final = 10_000
"""So many consumers are one shard of a materialisation."""

_INDEX = "member"


class Rolls:
    """The audiences of one organisation while its consumers change, its rules compiled once."""

    def __init__(self, world: World, organization: str) -> None:
        self._world = world
        self._organization = organization
        self._index = world.index(_INDEX)
        # one that is being refreshed looks at everybody when that ends
        self._tests: list[tuple[str, Test]] = [
            (one["id"], compiled(one["rules"]))
            for one in audience_records.dynamic(world, organization)
            if one["refresh"] is None
        ]

    def settle(self, before: Record | None, after: Record) -> None:
        """Moves a new (`before` is None) or changed consumer in and out of dynamic audiences."""
        rank = moments.read(after["createdAt"])
        for id, test in self._tests:
            was, now = before is not None and test(before), test(after)
            if now and not was:
                self._index.add(id, after["id"], rank)
            elif was and not now:
                self._index.remove(id, after["id"])

    def strike(self, consumer: Record) -> None:
        """Takes a consumer out of every audience."""
        for audience in audience_records.of_organization(self._world, self._organization):
            self._index.remove(audience["id"], consumer["id"])


def join(world: World, audience: str, consumer: Record) -> bool:
    """Puts a consumer into an audience; False if they were in it."""
    index = world.index(_INDEX)
    if index.has(audience, consumer["id"]):
        return False
    index.add(audience, consumer["id"], moments.read(consumer["createdAt"]))
    return True


def leave_all_but(world: World, audience: str, stay: set[str]) -> None:
    """Takes everybody else out of an audience."""
    index = world.index(_INDEX)
    for entry in index.iterate(audience):
        if entry.target not in stay:
            index.remove(audience, entry.target)


def count(world: World, audience: str) -> int:
    """How many are in it."""
    return world.index(_INDEX).count(audience)


def audiences_of(world: World, organization: str, consumers: Iterable[str]) -> dict[str, list[Record]]:
    """For each of these consumers the audiences that they are in, the newest first."""
    index, audiences = world.index(_INDEX), list(audience_records.of_organization(world, organization))
    return {id: [one for one in audiences if index.has(one["id"], id)] for id in consumers}


def walk(
    world: World, audiences: list[str], *, after: Cursor | None, size: int, newest_first: bool = True
) -> Iterator[IndexEntry]:
    """The members of these audiences after a consumer's place, each once; read `size` at a time."""
    index = world.index(_INDEX)
    if len(audiences) == 1:
        return _walk(index, audiences[0], after, size, newest_first)
    walks = [_walk(index, one, after, size, newest_first) for one in audiences]
    return _once(merge(*walks, key=_order, reverse=newest_first))


def request_refresh(world: World, audience: Record) -> None:
    """Has a dynamic audience worked out anew; the audience itself is not saved."""
    if audience["refresh"]:
        world.jobs.cancel(audience["refresh"]["job"])
    due = world.now() + REFRESH_TIME
    consumers = world.records(CONSUMER).count(audience["organizationId"])
    audience["refresh"] = {
        "due": moments.millis(due),
        "shards": -(-consumers // SHARD) or 1,
        "job": world.jobs.schedule(due, "refresh_audience", audience_id=audience["id"]),
    }


def pending_shards(audience: Record, now: int) -> int | None:
    """How many shards of a refresh are still to be done; None if there is no refresh."""
    refresh: dict[str, Any] | None = audience["refresh"]
    if refresh is None:
        return None
    left = (refresh["due"] - now) * refresh["shards"] / (REFRESH_TIME / timedelta(milliseconds=1))
    return max(1, min(int(refresh["shards"]), -int(-left // 1)))


def refresh(world: World, audience: Record) -> None:
    """Works out who meets the rules now, and keeps the audience."""
    test, id, index = compiled(audience["rules"]), audience["id"], world.index(_INDEX)
    everybody = world.records(CONSUMER).iterate(audience["organizationId"])
    if audience["materialized"]:
        members = {entry.target for entry in index.iterate(id)}
        for row in everybody:
            fits = test(row.record)
            if fits and row.id not in members:
                index.add(id, row.id, row.rank)
            elif not fits and row.id in members:
                index.remove(id, row.id)
    else:
        fill(world, [(id, row.id, row.rank) for row in everybody if test(row.record)])
    moment = moments.written(moments.millis(world.now()))
    audience |= {"refresh": None, "materialized": True, "lastRefreshedAt": moment}
    audience_records.save(world, audience)


def fill(world: World, memberships: Iterable[tuple[str, str, int]]) -> None:
    """Many memberships at once, as (audience, consumer, rank), of audiences that never had any."""
    world.index(_INDEX).bulk_insert(memberships)


def _walk(
    index: Index, key: str, after: Cursor | None, size: int, newest_first: bool
) -> Iterator[IndexEntry]:
    place = after and index.cursor(key, after.id, after.rank)
    while entries := index.page(key, limit=size, after=place, newest_first=newest_first):
        yield from entries
        if len(entries) < size:
            return
        place = entries[-1].cursor


def _order(entry: IndexEntry) -> tuple[int, str]:
    return entry.rank, entry.target


def _once(entries: Iterable[IndexEntry]) -> Iterator[IndexEntry]:
    last = None
    for entry in entries:
        if entry.target != last:
            yield entry
        last = entry.target
