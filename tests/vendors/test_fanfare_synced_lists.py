"""Fanfare: import of Klaviyo lists and their syncs."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.fanfare import AUDIENCES, Fanfare

NOW = "2026-01-05T09:00:00Z"
pytestmark = pytest.mark.mockserver(now=NOW)


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


def by_source(fanfare: Fanfare, source: str) -> Any:
    return next(one for one in fanfare.get(AUDIENCES) if one["primarySyncSourceId"] == source)


def test_documented_import(fanfare: Fanfare) -> None:
    created = fanfare.import_lists("YwxYPP", "AbCdEf", "XyZaBc")
    assert [(one["listId"], one["status"]) for one in created["imported"]] == [
        ("YwxYPP", "PENDING"),
        ("XyZaBc", "PENDING"),
    ]
    (skipped,) = created["skipped"]
    assert (skipped["listId"], skipped["reason"]) == ("AbCdEf", "Already synced")
    assert fanfare.get(f"{AUDIENCES}/{skipped['existingAudienceId']}")["type"] == "SYNCED_LIST"
    audience = by_source(fanfare, created["imported"][1]["syncSourceId"])
    assert (audience["name"], audience["type"], audience["version"]) == ("VIP Customers", "SYNCED_LIST", 1)
    assert fanfare.status(audience["id"])["syncStatus"] == "PENDING"
    assert fanfare.get(f"{AUDIENCES}/{audience['id']}/count")["source"] == "unknown"
    fanfare.world.clock.advance(minutes=10)
    assert fanfare.status(audience["id"])["syncStatus"] == "SUCCESS"
    count = fanfare.get(f"{AUDIENCES}/{audience['id']}/count")
    assert count["count"] > 0
    assert count["source"] == "sync_source"


def test_profiles_become_consumers(fanfare: Fanfare) -> None:
    known = fanfare.consumer(email="Ada@example.com", externalId="mine")
    profiles: list[dict[str, Any]] = [
        {"id": "P1", "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace"},
        {"id": "P2", "email": "bob@example.com", "phone_number": "+4670000001", "first_name": "Bob"},
        {"id": "P3", "phone_number": "+4670000002"},
    ]
    fanfare.backstage("set_klaviyo_lists", lists=[{"id": "NeWiSh", "name": "New", "profiles": profiles}])
    (imported,) = fanfare.import_lists("NeWiSh")["imported"]
    fanfare.world.clock.advance(minutes=1)
    audience = by_source(fanfare, imported["syncSourceId"])
    members = {one["email"]: one for one in fanfare.walk(f"{AUDIENCES}/{audience['id']}/members")}
    assert set(members) == {"Ada@example.com", "bob@example.com"} or set(members) == {
        "ada@example.com",
        "bob@example.com",
    }
    ada = next(one for one in members.values() if one["id"] == known)
    assert ada["fullName"] == "Ada Lovelace"
    bob = members["bob@example.com"]
    assert (bob["fullName"], bob["phone"], bob["externalId"]) == ("Bob", "+4670000001", "P2")


def test_duplicate_and_unknown_lists_are_skipped(fanfare: Fanfare) -> None:
    created = fanfare.import_lists("YwxYPP", "YwxYPP", "NoSuch")
    assert [one["listId"] for one in created["imported"]] == ["YwxYPP"]
    twice, unknown = created["skipped"]
    assert (twice["listId"], twice["reason"]) == ("YwxYPP", "Already synced")
    mine = by_source(fanfare, created["imported"][0]["syncSourceId"])
    assert twice["existingAudienceId"] == mine["id"]
    assert unknown == {"listId": "NoSuch", "reason": "List not found", "existingAudienceId": None}


def test_list_of_an_archived_audience_can_be_imported_again(fanfare: Fanfare) -> None:
    (skipped,) = fanfare.import_lists("AbCdEf")["skipped"]
    fanfare.send("DELETE", f"{AUDIENCES}/{skipped['existingAudienceId']}")
    assert [one["listId"] for one in fanfare.import_lists("AbCdEf")["imported"]] == ["AbCdEf"]


def test_import_requires_a_klaviyo_api_key(fanfare: Fanfare) -> None:
    path = f"{AUDIENCES}/import/klaviyo"
    assert fanfare.backstage("remove_klaviyo_key") == {"configured": False}
    refusal = fanfare.refused(400, "POST", path, {"listIds": ["YwxYPP"]})
    assert refusal == {"error": "Klaviyo API key not found"}
    assert fanfare.backstage("set_klaviyo_key", apiKey="pk_1") == {"configured": True}
    assert fanfare.import_lists("YwxYPP")["imported"]
    bodies: list[dict[str, Any]] = [{}, {"listIds": []}, {"listIds": "YwxYPP"}, {"listIds": [5]}]
    for wrong in bodies:
        assert fanfare.invalid("POST", path, wrong)


def test_organizations_have_separate_klaviyo_accounts(fanfare: Fanfare) -> None:
    other = Fanfare(fanfare.world, "other_secret_key")
    refusal = other.refused(400, "POST", f"{AUDIENCES}/import/klaviyo", {"listIds": ["YwxYPP"]})
    assert refusal == {"error": "Klaviyo API key not found"}


def test_sync_mirrors_its_source(fanfare: Fanfare) -> None:
    id = fanfare.create_synced_list("LiStEd", "a@example.com", "b@example.com")

    def sync(*emails: str) -> set[str]:
        profiles = [{"id": email, "email": email} for email in emails]
        fanfare.backstage("set_source_list", audienceId=id, profiles=profiles)
        fanfare.send("POST", f"{AUDIENCES}/{id}/sync")
        fanfare.world.clock.advance(minutes=1)
        return {one["email"] for one in fanfare.walk(f"{AUDIENCES}/{id}/members")}

    assert sync("b@example.com", "c@example.com") == {"b@example.com", "c@example.com"}
    assert sync() == set()
    assert len([one for one in fanfare.all_consumers() if one["email"] == "a@example.com"]) == 1


def test_failed_sync_keeps_the_members(fanfare: Fanfare) -> None:
    id = fanfare.create_synced_list("LiStEd", "a@example.com")
    before = fanfare.status(id)
    fanfare.backstage("set_source_list", audienceId=id, profiles=[])
    fanfare.backstage("fail_next_sync", audienceId=id)
    fanfare.send("POST", f"{AUDIENCES}/{id}/sync")
    fanfare.world.clock.advance(minutes=1)
    status = fanfare.status(id)
    assert (status["syncStatus"], status["stale"], status["inProgress"]) == ("FAILED", True, False)
    assert status["lastSyncedAt"] == before["lastSyncedAt"]
    assert fanfare.count(id) == 1
    fanfare.send("POST", f"{AUDIENCES}/{id}/sync")
    fanfare.world.clock.advance(minutes=1)
    assert fanfare.status(id)["syncStatus"] == "SUCCESS"
    assert fanfare.count(id) == 0


def test_order_of_the_checks_of_a_sync(fanfare: Fanfare) -> None:
    static, sourceless = fanfare.audience(type="STATIC"), fanfare.audience(type="SYNCED_LIST")
    assert fanfare.refused(404, "POST", f"{AUDIENCES}/aud_0/sync") == {"error": "Audience not found"}
    refusal = fanfare.refused(400, "POST", f"{AUDIENCES}/{static}/sync")
    assert refusal == {"error": "Audience is not a synced list"}
    refusal = fanfare.refused(400, "POST", f"{AUDIENCES}/{sourceless}/sync")
    assert refusal == {"error": "Audience has no sync source"}
    assert fanfare.get(f"{AUDIENCES}/{sourceless}", include="primarySyncSource")["primarySyncSource"] is None
