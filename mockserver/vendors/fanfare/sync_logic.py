"""The syncs of audiences with their source: begun now, done by a job, mirrored in the members."""

from datetime import timedelta
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, klaviyo_records, member_records, timestamps
from mockserver.vendors.fanfare.audience_records import SYNC_SOURCE_KIND
from mockserver.vendors.fanfare.consumer_records import ConsumerWriter

MIN_DURATION: Final = timedelta(seconds=2)
PROFILES_PER_SECOND: Final = 75
"""As the documentation of the integration tells."""


def start_sync(world: World, audience: Record, source: Record) -> None:
    """A sync that ends when its list is read."""
    found = klaviyo_records.find_list(world, source["organizationId"], source["syncSourceId"])
    reading = timedelta(seconds=len(found["profiles"]) / PROFILES_PER_SECOND) if found else MIN_DURATION
    due = world.now() + max(MIN_DURATION, reading)
    source["syncStatus"] = "PENDING"
    source["job"] = world.jobs.schedule(due, "finish_sync", audience_id=audience["id"])
    _save_source(world, source)


def finish_sync(world: World, audience: Record, source: Record) -> None:
    """Ends a sync: SUCCESS, and the members are who is on the list; or FAILED, and they stay.

    It fails if backstage wants it to, without a key, and when the list is gone.
    """
    found = klaviyo_records.find_list(world, source["organizationId"], source["syncSourceId"])
    if source["fails"] or found is None:
        _save_source(world, source | {"syncStatus": "FAILED", "fails": False})
        return
    moment = timestamps.format_timestamp(timestamps.to_millis(world.now()))
    replace_members(world, audience, found["profiles"])
    data = {"name": found["name"], "profileCount": len(found["profiles"])}
    _save_source(world, source | {"syncStatus": "SUCCESS", "lastSyncedAt": moment, "sourceData": data})
    audience_records.save(world, audience | {"lastRefreshedAt": moment})


def replace_members(world: World, audience: Record, profiles: list[Record]) -> None:
    """Makes the people on a list the members of an audience; who is no consumer yet becomes one.

    They are known by their e-mail addresses (documented); a profile without one is passed over.
    """
    register = ConsumerWriter(world, audience["organizationId"])
    members = set()
    for profile in profiles:
        if profile.get("email"):
            consumer = _upsert_consumer(register, _consumer_fields(profile))
            member_records.add(world, audience["id"], consumer)
            members.add(consumer["id"])
    member_records.remove_except(world, audience["id"], members)


def _upsert_consumer(register: ConsumerWriter, given: dict[str, Any]) -> Record:
    known = register.find_existing({"email": given["email"]})
    if known is None:
        return register.add(given)
    if known["externalId"]:
        given.pop("externalId", None)
    return register.update(known, given)


def _consumer_fields(profile: Record) -> dict[str, Any]:
    """What a profile says of a consumer, in Fanfare's names."""
    name = " ".join(profile[part] for part in ("first_name", "last_name") if profile.get(part))
    given = {
        "email": profile.get("email"),
        "phone": profile.get("phone_number"),
        "fullName": name,
        "externalId": profile.get("id"),
    }
    return {field: value for field, value in given.items() if value}


def _save_source(world: World, source: Record) -> None:
    source["updatedAt"] = timestamps.format_timestamp(timestamps.to_millis(world.now()))
    world.records(SYNC_SOURCE_KIND).update(source["id"], source)
