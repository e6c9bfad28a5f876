"""The materialization status of an audience and the source of its member count."""

from typing import Any

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, member_logic
from mockserver.vendors.fanfare.audience_records import DYNAMIC, SYNCED_LIST
from mockserver.vendors.fanfare.import_logic import count_pending_batches
from mockserver.vendors.fanfare.timestamps import parse_timestamp, to_millis


def get_status(world: World, audience: Record) -> dict[str, Any]:
    """The status of materialization, sync and import, as in responses."""
    source = audience_records.find_sync_source(world, audience)
    pending = _count_pending(world, audience, source)
    return {
        "audienceId": audience["id"],
        "version": audience["version"],
        "syncStatus": source and source["syncStatus"],
        "lastSyncedAt": source and source["lastSyncedAt"],
        "lastRefreshedAt": audience["lastRefreshedAt"],
        "refreshIntervalSeconds": audience["refreshIntervalSeconds"],
        "stale": _is_stale(audience, source, to_millis(world.now())),
        "inProgress": pending is not None,
        "pendingShards": pending,
    }


def _count_pending(world: World, audience: Record, source: Record | None) -> int | None:
    """The number of pending shards or batches; None if there are none."""
    shards = member_logic.count_pending_shards(audience, to_millis(world.now()))
    if shards is None and source and source["syncStatus"] == "PENDING":
        shards = 1
    return shards or count_pending_batches(world, audience["id"]) or None


def _is_stale(audience: Record, source: dict[str, Any] | None, now: int) -> bool:
    if audience["type"] == SYNCED_LIST:
        return source is None or source["lastSyncedAt"] is None or source["syncStatus"] == "FAILED"
    if audience["type"] != DYNAMIC:
        return False
    if audience["refresh"] or audience["lastRefreshedAt"] is None:
        return True
    interval = audience["refreshIntervalSeconds"]
    return interval is not None and now > parse_timestamp(audience["lastRefreshedAt"]) + interval * 1000


def get_count_source(world: World, audience: Record) -> str:
    """The `source` of the member count; the mapping is inferred from the documented names."""
    if audience["type"] == DYNAMIC:
        if not audience["materialized"]:
            return "unknown"
        return "valkey_staged" if audience["refresh"] else "valkey_alias"
    if audience["type"] == SYNCED_LIST:
        source = audience_records.find_sync_source(world, audience)
        return "sync_source" if source and source["lastSyncedAt"] else "unknown"
    return "db_list"
