"""Lists of Klaviyo become synced audiences."""

from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import account, audience_records, sync_runs, tenant


def import_klaviyo_lists(call: Call, world: World) -> object:
    """`{imported, skipped}`: an audience for each list, its sync begun. Problem: klaviyo_key_missing."""
    organization = tenant.of(call, world)
    if not account.has_key(world, organization):
        raise Problem("klaviyo_key_missing")
    imported: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for id in call.body["listIds"]:
        existing, found = audience_records.synced_from(world, organization, id), None
        if existing is None:
            found = account.find_list(world, organization, id)
        if found is None:
            reason = "Already synced" if existing else "List not found"
            skipped.append({"listId": id, "reason": reason, "existingAudienceId": existing})
        else:
            source = _add(world, organization, found)
            imported.append({"listId": id, "syncSourceId": source["id"], "status": "PENDING"})
    return {"imported": imported, "skipped": skipped}


def _add(world: World, organization: str, found: Record) -> Record:
    audience = audience_records.new(world, organization, found["name"], audience_records.SYNCED)
    source = audience_records.add_source(world, audience, found["id"])
    audience_records.add(world, audience)
    sync_runs.begin(world, audience, source)
    return source
