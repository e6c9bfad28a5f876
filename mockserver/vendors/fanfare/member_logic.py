"""Membership of dynamic audiences.

A changed consumer is tested against the rules at once. When the rules of an audience change, a job
recalculates its members; until then they stay as they are.
"""

from datetime import timedelta
from typing import Any, Final

from mockserver.state.records import ListedRecord, Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, member_records, timestamps
from mockserver.vendors.fanfare.member_records import CONSUMER_KIND
from mockserver.vendors.fanfare.rule_matching import Predicate, compile_rules

REFRESH_DURATION: Final = timedelta(seconds=2)
SHARD_SIZE: Final = 10_000
"""Consumers per shard of a recalculation."""


class MembershipUpdater:
    """Updates the dynamic audiences of an organization when consumers change; compiles the rules once."""

    def __init__(self, world: World, organization: str) -> None:
        self._world = world
        self._organization = organization
        self._index = member_records.member_index(world)
        # An audience with a pending refresh will test all consumers then.
        self._dynamic: list[tuple[str, Predicate]] = [
            (one["id"], compile_rules(one["rules"]))
            for one in audience_records.iterate_dynamic(world, organization)
            if one["refresh"] is None
        ]
        self._is_delayed = world.switches["membership_updates"] == "after_refresh"

    def update(self, before: Record | None, after: Record) -> None:
        """Adds a new (`before` is None) or changed consumer to dynamic audiences, or removes it."""
        rank = timestamps.parse_timestamp(after["createdAt"])
        changed = []
        for id, matches in self._dynamic:
            was_member, is_member = before is not None and matches(before), matches(after)
            if was_member == is_member:
                continue
            if self._is_delayed:
                changed.append(id)
            elif is_member:
                self._index.add(id, after["id"], rank)
            else:
                self._index.remove(id, after["id"])
        if changed:
            self._schedule_refreshes(changed)

    def remove(self, consumer: Record) -> None:
        """Removes a consumer from every audience."""
        for audience in audience_records.iterate_audiences(self._world, self._organization):
            self._index.remove(audience["id"], consumer["id"])

    def _schedule_refreshes(self, audiences: list[str]) -> None:
        """Leaves further changes of these audiences to a refresh."""
        self._dynamic = [one for one in self._dynamic if one[0] not in audiences]
        for audience in audience_records.iterate_dynamic(self._world, self._organization):
            if audience["id"] in audiences:
                schedule_refresh(self._world, audience)
                audience_records.save(self._world, audience)


def schedule_refresh(world: World, audience: Record) -> None:
    """Schedules the recalculation of a dynamic audience; does not save the audience."""
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
    """The number of shards that a refresh still has to do; None if none is pending."""
    refresh: dict[str, Any] | None = audience["refresh"]
    if refresh is None:
        return None
    remaining = (refresh["due"] - now) * refresh["shards"] / (REFRESH_DURATION / timedelta(milliseconds=1))
    return max(1, min(int(refresh["shards"]), -int(-remaining // 1)))


def refresh(world: World, audience: Record) -> None:
    """Recalculates the members of a dynamic audience, and of all whose recalculation is due with it.

    Each consumer is read once for all of them; a loyalty program has many tiers. The jobs of the others find
    nothing left to do.
    """
    due = audience["refresh"]["due"]
    pending = [
        _Refresh(world, one)
        for one in audience_records.iterate_dynamic(world, audience["organizationId"])
        if one["refresh"] and one["refresh"]["due"] == due
    ]
    for row in world.records(CONSUMER_KIND).iterate(audience["organizationId"]):
        for one in pending:
            one.test(row)
    for one in pending:
        one.save()


class _Refresh:
    """The recalculation of one audience: first `test` every consumer, then `save`."""

    def __init__(self, world: World, audience: Record) -> None:
        self._world = world
        self._audience = audience
        self._matches = compile_rules(audience["rules"])
        self._index = member_records.member_index(world)
        self._before = (
            {entry.target for entry in self._index.iterate(audience["id"])}
            if audience["materialized"]
            else set()
        )
        self._new: list[tuple[str, str, int]] = []
        self._former: list[str] = []

    def test(self, row: ListedRecord) -> None:
        """Notes whether the consumer becomes a member, or stops being one."""
        is_member = self._matches(row.record)
        if is_member != (row.id in self._before):
            if is_member:
                self._new.append((self._audience["id"], row.id, row.rank))
            else:
                self._former.append(row.id)

    def save(self) -> None:
        """Writes the members and the audience."""
        id, audience = self._audience["id"], self._audience
        for target in self._former:
            self._index.remove(id, target)
        if audience["materialized"]:
            for _id, target, rank in self._new:
                self._index.add(id, target, rank)
        else:
            member_records.bulk_insert(self._world, self._new)
        now = timestamps.now(self._world)
        audience |= {"refresh": None, "materialized": True, "lastRefreshedAt": now}
        audience_records.save(self._world, audience)
