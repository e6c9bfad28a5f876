"""Endpoints of synced lists: import from Klaviyo and re-sync."""

from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, klaviyo_records, sync_logic
from mockserver.vendors.fanfare.organization import caller_organization


def import_klaviyo_lists(call: Call, world: World) -> object:
    """Creates a synced audience for each list: `{imported, skipped}`. Raises klaviyo_key_missing."""
    organization = caller_organization(call, world)
    if not klaviyo_records.has_key(world, organization):
        raise Problem("klaviyo_key_missing")
    imported: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for id in call.body["listIds"]:
        existing = audience_records.find_synced_audience(world, organization, id)
        klaviyo_list = None if existing else klaviyo_records.find_list(world, organization, id)
        if klaviyo_list is None:
            reason = "Already synced" if existing else "List not found"
            skipped.append({"listId": id, "reason": reason, "existingAudienceId": existing})
        else:
            source = _add_synced_audience(world, organization, klaviyo_list)
            imported.append({"listId": id, "syncSourceId": source["id"], "status": "PENDING"})
    return {"imported": imported, "skipped": skipped}


def sync_audience(call: Call, world: World) -> object:
    """Starts a sync: `{success, syncSourceId, status}`.

    Raises, checked in the documented order: audience_not_found, not_a_synced_list, no_sync_source,
    sync_in_progress.
    """
    audience = audience_records.find(world, caller_organization(call, world), call.params["audienceId"])
    if audience["type"] != audience_records.SYNCED_LIST:
        raise Problem("not_a_synced_list")
    source = audience_records.find_sync_source(world, audience)
    if source is None:
        raise Problem("no_sync_source")
    if source["syncStatus"] == "PENDING":
        raise Problem("sync_in_progress")
    sync_logic.start_sync(world, audience, source)
    return {"success": True, "syncSourceId": source["id"], "status": "PENDING"}


def _add_synced_audience(world: World, organization: str, klaviyo_list: Record) -> Record:
    audience = audience_records.new_record(
        world, organization, klaviyo_list["name"], audience_records.SYNCED_LIST
    )
    source = audience_records.add_sync_source(world, audience, klaviyo_list["id"])
    audience_records.add(world, audience)
    sync_logic.start_sync(world, audience, source)
    return source
