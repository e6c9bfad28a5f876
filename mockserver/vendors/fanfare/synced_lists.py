"""Endpoints of synced lists: the providers' lists, their import, re-sync, and the providers' API keys."""

from typing import Any, Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, list_records, sync_logic
from mockserver.vendors.fanfare.list_records import KLAVIYO, MAILCHIMP, PROVIDERS, SENDGRID, source_name
from mockserver.vendors.fanfare.organization import caller_organization

_OPT_IN: Final = "single_opt_in"


def import_klaviyo_lists(call: Call, world: World) -> object:
    """Creates a synced audience for each list: `{imported, skipped}`. Raises klaviyo_key_missing."""
    return _import_lists(call, world, KLAVIYO, "klaviyo_key_missing")


def import_mailchimp_lists(call: Call, world: World) -> object:
    """Creates a synced audience for each list: `{imported, skipped}`. Raises mailchimp_key_missing."""
    return _import_lists(call, world, MAILCHIMP, "mailchimp_key_missing")


def import_sendgrid_lists(call: Call, world: World) -> object:
    """Creates a synced audience for each list: `{imported, skipped}`. Raises sendgrid_key_missing."""
    return _import_lists(call, world, SENDGRID, "sendgrid_key_missing")


def list_klaviyo_lists(call: Call, world: World) -> object:
    """The lists of the Klaviyo account, and which of them have an audience. Raises klaviyo_key_missing."""
    organization = caller_organization(call, world)
    if not list_records.has_key(world, organization, KLAVIYO):
        raise Problem("klaviyo_key_missing")
    return [
        _list_to_response(world, organization, one)
        for one in list_records.iterate_lists(world, organization, KLAVIYO)
    ]


def get_settings(call: Call, world: World) -> object:
    """Which providers have an API key."""
    return _get_provider_states(world, caller_organization(call, world))


def update_settings(call: Call, world: World) -> object:
    """Sets or removes API keys, and returns which providers have one."""
    organization = caller_organization(call, world)
    for provider in PROVIDERS:
        if provider in call.body:
            key = (call.body[provider] or {}).get("apiKey")
            list_records.set_key(world, organization, provider, key)
    return _get_provider_states(world, organization)


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


def _get_provider_states(world: World, organization: str) -> dict[str, Any]:
    return {
        provider: {"configured": list_records.has_key(world, organization, provider)}
        for provider in PROVIDERS
    }


def _import_lists(call: Call, world: World, provider: str, key_missing: str) -> dict[str, Any]:
    organization, name = caller_organization(call, world), source_name(provider)
    if not list_records.has_key(world, organization, provider):
        raise Problem(key_missing)
    imported: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for id in call.body["listIds"]:
        existing = audience_records.find_synced_audience(world, organization, name, id)
        found = None if existing else list_records.find_list(world, organization, provider, id)
        if found is None:
            reason = "Already synced" if existing else "List not found"
            skipped.append({"listId": id, "reason": reason, "existingAudienceId": existing})
        else:
            source = _add_synced_audience(world, organization, name, found)
            imported.append({"listId": id, "syncSourceId": source["id"], "status": "PENDING"})
    return {"imported": imported, "skipped": skipped}


def _add_synced_audience(world: World, organization: str, name: str, found: Record) -> Record:
    audience = audience_records.new_record(world, organization, found["name"], audience_records.SYNCED_LIST)
    source = audience_records.add_sync_source(world, audience, name, found["id"])
    audience_records.add(world, audience)
    sync_logic.start_sync(world, audience, source)
    return source


def _list_to_response(world: World, organization: str, found: Record) -> dict[str, Any]:
    id = audience_records.find_synced_audience(world, organization, source_name(KLAVIYO), found["id"])
    audience = audience_records.find(world, organization, id) if id else None
    source = audience and audience_records.find_sync_source(world, audience)
    return {
        "id": found["id"],
        "attributes": {
            "name": found["name"],
            "created": found["created"],
            "updated": found["updated"],
            "optInProcess": _OPT_IN,
        },
        "isSynced": id is not None,
        "syncStatus": source and source["syncStatus"],
        "audienceId": id,
        "lastSyncedAt": source and source["lastSyncedAt"],
    }
