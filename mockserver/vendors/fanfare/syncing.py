"""Re-syncing an audience with the list that it comes from."""

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, sync_runs, tenant


def sync_audience(call: Call, world: World) -> object:
    """`{success, syncSourceId, status}`; the sync ends by itself. Problems in the documented order:
    audience_not_found, not_a_synced_list, no_sync_source, sync_in_progress."""
    audience = audience_records.find(world, tenant.of(call, world), call.params["audienceId"])
    if audience["type"] != audience_records.SYNCED:
        raise Problem("not_a_synced_list")
    source = audience_records.source_of(world, audience)
    if source is None:
        raise Problem("no_sync_source")
    if source["syncStatus"] == "PENDING":
        raise Problem("sync_in_progress")
    sync_runs.begin(world, audience, source)
    return {"success": True, "syncSourceId": source["id"], "status": "PENDING"}
