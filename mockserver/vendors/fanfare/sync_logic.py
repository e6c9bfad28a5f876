"""Syncs of audiences with their external list, finished by a job."""

from datetime import timedelta
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import (
    audience_records,
    list_records,
    member_records,
    sync_source_records,
    timestamps,
)
from mockserver.vendors.fanfare.consumer_records import ConsumerWriter

MIN_DURATION: Final = timedelta(seconds=2)
PROFILES_PER_SECOND: Final = 75
"""As documented for the Klaviyo integration."""


def start_sync(world: World, audience: Record, source: Record) -> None:
    """Starts a sync; its duration depends on the size of the list."""
    found = list_records.find_source_list(world, source)
    duration = timedelta(seconds=len(found["profiles"]) / PROFILES_PER_SECOND) if found else MIN_DURATION
    due = world.now() + max(MIN_DURATION, duration)
    source["syncStatus"] = "PENDING"
    source["job"] = world.jobs.schedule(due, "finish_sync", audience_id=audience["id"])
    sync_source_records.save(world, source)


def finish_sync(world: World, audience: Record, source: Record) -> None:
    """Finishes a sync with SUCCESS, replacing the members, or with FAILED, keeping them.

    A sync fails on request of backstage, without an API key, and if the list does not exist.
    """
    found = list_records.find_source_list(world, source)
    if source["fails"] or found is None:
        sync_source_records.save(world, source | {"syncStatus": "FAILED", "fails": False})
        return
    now = timestamps.now(world)
    replace_members(world, audience, found["profiles"])
    data = {"name": found["name"], "profileCount": len(found["profiles"])}
    sync_source_records.save(
        world, source | {"syncStatus": "SUCCESS", "lastSyncedAt": now, "sourceData": data}
    )
    audience_records.save(world, audience | {"lastRefreshedAt": now})


def replace_members(world: World, audience: Record, profiles: list[Record]) -> None:
    """Makes the profiles of a list the members of an audience, creating missing consumers.

    Profiles are matched by e-mail address (documented); those without one are skipped.
    """
    writer = ConsumerWriter(world, audience["organizationId"], "sync")
    members = set()
    for profile in profiles:
        if profile.get("email"):
            consumer = _upsert_consumer(writer, _consumer_fields(profile))
            member_records.add(world, audience["id"], consumer)
            members.add(consumer["id"])
    member_records.remove_except(world, audience["id"], members)


def _upsert_consumer(writer: ConsumerWriter, fields: dict[str, Any]) -> Record:
    existing = writer.find_existing({"email": fields["email"]})
    if existing is None:
        return writer.add(fields)
    if existing["externalId"]:
        fields.pop("externalId", None)
    return writer.update(existing, fields)


def _consumer_fields(profile: Record) -> dict[str, Any]:
    """The consumer fields of a profile."""
    name = " ".join(profile[part] for part in ("first_name", "last_name") if profile.get(part))
    fields = {
        "email": profile.get("email"),
        "phone": profile.get("phone_number"),
        "fullName": name,
        "externalId": profile.get("id"),
    }
    return {field: value for field, value in fields.items() if value}
