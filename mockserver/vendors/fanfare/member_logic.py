"""How dynamic audiences follow their rules.

Whoever changes is asked only whether the rules of dynamic audiences see them otherwise than before. An
audience whose rules change is worked out anew by a job, a moment later; until then its members stay.
"""

from datetime import timedelta
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, member_records, timestamps
from mockserver.vendors.fanfare.member_records import CONSUMER_KIND
from mockserver.vendors.fanfare.rule_matching import Predicate, compile_rules

REFRESH_DURATION: Final = timedelta(seconds=2)
SHARD_SIZE: Final = 10_000
"""So many consumers are one shard of a materialisation."""


class MembershipUpdater:
    """The audiences of one organisation while its consumers change, its rules compiled once."""

    def __init__(self, world: World, organization: str) -> None:
        self._world = world
        self._organization = organization
        self._index = member_records.member_index(world)
        # one that is being refreshed looks at everybody when that ends
        self._dynamic: list[tuple[str, Predicate]] = [
            (one["id"], compile_rules(one["rules"]))
            for one in audience_records.iterate_dynamic(world, organization)
            if one["refresh"] is None
        ]

    def update(self, before: Record | None, after: Record) -> None:
        """Moves a new (`before` is None) or changed consumer in and out of dynamic audiences."""
        rank = timestamps.parse_timestamp(after["createdAt"])
        for id, test in self._dynamic:
            was, now = before is not None and test(before), test(after)
            if now and not was:
                self._index.add(id, after["id"], rank)
            elif was and not now:
                self._index.remove(id, after["id"])

    def remove(self, consumer: Record) -> None:
        """Takes a consumer out of every audience."""
        for audience in audience_records.iterate_audiences(self._world, self._organization):
            self._index.remove(audience["id"], consumer["id"])


def schedule_refresh(world: World, audience: Record) -> None:
    """Has a dynamic audience worked out anew; the audience itself is not saved."""
    if audience["refresh"]:
        world.jobs.cancel(audience["refresh"]["job"])
    due = world.now() + REFRESH_DURATION
    consumers = world.records(CONSUMER_KIND).count(audience["organizationId"])
    audience["refresh"] = {
        "due": timestamps.to_millis(due),
        "shards": -(-consumers // SHARD_SIZE) or 1,
        "job": world.jobs.schedule(due, "refresh_audience", audience_id=audience["id"]),
    }


def count_pending_shards(audience: Record, now: int) -> int | None:
    """How many shards of a refresh are still to be done; None if there is no refresh."""
    refresh: dict[str, Any] | None = audience["refresh"]
    if refresh is None:
        return None
    left = (refresh["due"] - now) * refresh["shards"] / (REFRESH_DURATION / timedelta(milliseconds=1))
    return max(1, min(int(refresh["shards"]), -int(-left // 1)))


def refresh(world: World, audience: Record) -> None:
    """Works out who meets the rules now, and keeps the audience."""
    test, id, index = compile_rules(audience["rules"]), audience["id"], member_records.member_index(world)
    everybody = world.records(CONSUMER_KIND).iterate(audience["organizationId"])
    if audience["materialized"]:
        members = {entry.target for entry in index.iterate(id)}
        for row in everybody:
            fits = test(row.record)
            if fits and row.id not in members:
                index.add(id, row.id, row.rank)
            elif not fits and row.id in members:
                index.remove(id, row.id)
    else:
        member_records.bulk_insert(world, [(id, row.id, row.rank) for row in everybody if test(row.record)])
    moment = timestamps.format_timestamp(timestamps.to_millis(world.now()))
    audience |= {"refresh": None, "materialized": True, "lastRefreshedAt": moment}
    audience_records.save(world, audience)
