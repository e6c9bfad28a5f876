"""Fanfare: sync sources, the API keys and lists of providers, and imports from Mailchimp and SendGrid."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.fanfare import AUDIENCES, V1, Fanfare

SOURCES, SETTINGS = f"{V1}/sync-sources", f"{V1}/settings"
PROFILES = [{"id": "P1", "email": "ada@example.com"}]


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


def audience_of(fanfare: Fanfare, source: str) -> Any:
    return next(one for one in fanfare.get(AUDIENCES) if one["primarySyncSourceId"] == source)


@pytest.mark.parametrize(
    ("provider", "missing"),
    [("mailchimp", "Mailchimp API key not found"), ("sendgrid", "SendGrid API key not found")],
)
def test_lists_of_other_providers_are_imported(fanfare: Fanfare, provider: str, missing: str) -> None:
    path, body = f"{AUDIENCES}/import/{provider}", {"listIds": ["one", "two", "one"]}
    assert fanfare.refused(400, "POST", path, body) == {"error": missing}
    fanfare.send("PUT", SETTINGS, {provider: {"apiKey": "secret"}})
    lists = [{"id": "one", "name": "First", "profiles": PROFILES}]
    fanfare.backstage("set_provider_lists", provider=provider, lists=lists)
    reply = fanfare.send("POST", path, body)
    ((imported,), skipped) = reply["imported"], reply["skipped"]
    audience = audience_of(fanfare, imported["syncSourceId"])
    assert [(one["listId"], one["reason"], one["existingAudienceId"]) for one in skipped] == [
        ("two", "List not found", None),
        ("one", "Already synced", audience["id"]),
    ]
    fanfare.world.clock.advance(minutes=1)
    assert [one["email"] for one in fanfare.walk(f"{AUDIENCES}/{audience['id']}/members")] == [
        "ada@example.com"
    ]
    source = fanfare.get(f"{AUDIENCES}/{audience['id']}", include="primarySyncSource")["primarySyncSource"]
    assert (source["syncSource"], source["syncSourceId"]) == (f"{provider}:list", "one")
    assert source["createdBy"].startswith("usr_")
    (found,) = fanfare.get(f"{SOURCES}/search", syncSource=f"{provider}:list")["data"]
    assert found == source == fanfare.get(f"{SOURCES}/{source['id']}")
    assert fanfare.send("POST", f"{AUDIENCES}/{audience['id']}/sync")["status"] == "PENDING"


def test_the_same_list_id_at_two_providers(fanfare: Fanfare) -> None:
    fanfare.send("PUT", SETTINGS, {"mailchimp": {"apiKey": "secret"}})
    fanfare.backstage("set_provider_lists", provider="mailchimp", lists=[{"id": "AbCdEf", "name": "M"}])
    reply = fanfare.send("POST", f"{AUDIENCES}/import/mailchimp", {"listIds": ["AbCdEf"]})
    assert len(reply["imported"]) == 1
    assert fanfare.import_lists("AbCdEf")["skipped"][0]["reason"] == "Already synced"


def test_settings_show_no_key(fanfare: Fanfare) -> None:
    states = fanfare.get(SETTINGS)
    assert fanfare.send("PUT", SETTINGS, {}) == states
    assert states == {
        "klaviyo": {"configured": True},
        "mailchimp": {"configured": False},
        "sendgrid": {"configured": False},
    }
    reply = fanfare.reply("PUT", SETTINGS, {"sendgrid": {"apiKey": "very-secret"}, "klaviyo": None})
    assert "very-secret" not in reply.text
    assert reply.json() == states | {"klaviyo": {"configured": False}, "sendgrid": {"configured": True}}
    assert fanfare.get(SETTINGS) == reply.json()
    assert Fanfare(fanfare.world, "other_secret_key").get(SETTINGS)["sendgrid"] == {"configured": False}
    assert "very-secret" not in str(fanfare.world.journal())
    assert fanfare.refused(400, "GET", f"{V1}/klaviyo") == {"error": "Klaviyo API key not found"}
    fanfare.send("PUT", SETTINGS, {"klaviyo": {"apiKey": "pk_1"}})
    assert fanfare.get(f"{V1}/klaviyo")
    assert fanfare.invalid("PUT", SETTINGS, {"klaviyo": {}}) == {"klaviyo.apiKey": "Required"}


def test_klaviyo_lists_tell_their_audiences(fanfare: Fanfare) -> None:
    lists = {one["id"]: one for one in fanfare.get(f"{V1}/klaviyo")}
    assert lists["RtPqXs"]["attributes"]["name"] == "Newsletter Subscribers"
    assert [id for id, one in lists.items() if one["isSynced"]] == ["AbCdEf"]
    assert lists["AbCdEf"]["syncStatus"] == "SUCCESS"
    assert fanfare.get(f"{AUDIENCES}/{lists['AbCdEf']['audienceId']}")["name"] == "Birthday club"
    assert lists["RtPqXs"] | {"id": "", "attributes": {}} == {
        "id": "",
        "attributes": {},
        "isSynced": False,
        "syncStatus": None,
        "audienceId": None,
        "lastSyncedAt": None,
    }
    (imported,) = fanfare.import_lists("RtPqXs")["imported"]
    now = {one["id"]: one for one in fanfare.get(f"{V1}/klaviyo")}["RtPqXs"]
    assert (now["isSynced"], now["syncStatus"]) == (True, "PENDING")
    assert now["audienceId"] == audience_of(fanfare, imported["syncSourceId"])["id"]
    fanfare.backstage("fail_next_sync", audienceId=now["audienceId"])
    fanfare.world.clock.advance(minutes=5)
    failed = {one["id"]: one for one in fanfare.get(f"{V1}/klaviyo")}["RtPqXs"]
    assert failed["syncStatus"] == "FAILED"


def test_sources_are_written(fanfare: Fanfare, mockserver_server: MockServer) -> None:
    body = {"syncSource": "crm:segment", "syncSourceId": "17", "sourceData": {"a": [1]}}
    source = fanfare.send("POST", SOURCES, body)
    assert body.items() <= source.items()
    assert (source["syncStatus"], source["lastSyncedAt"], source["archived"]) == ("PENDING", None, False)
    given = {"syncStatus": "SUCCESS", "lastSyncedAt": "2026-01-01T01:00:00+01:00"}
    changed = fanfare.send("PUT", f"{SOURCES}/{source['id']}", given)
    assert changed == source | {
        "syncStatus": "SUCCESS",
        "lastSyncedAt": "2026-01-01T00:00:00Z",
        "updatedAt": changed["updatedAt"],
    }
    fork = mockserver_server.control.create_world(fork=fanfare.world.name)
    try:
        twin = Fanfare(fork)
        assert twin.get(f"{SOURCES}/{source['id']}") == changed
        assert twin.get(f"{SOURCES}/search", syncSourceId="17")["data"] == [changed]
    finally:
        fork.delete()
    year_zero = {"lastSyncedAt": "0000-01-01T00:00:00Z"}
    errors = fanfare.invalid("PUT", f"{SOURCES}/{source['id']}", year_zero)
    assert errors == {"lastSyncedAt": "Invalid date"}
    archived = fanfare.send("DELETE", f"{SOURCES}/{source['id']}")
    assert archived == changed | {"archived": True, "updatedAt": archived["updatedAt"]}
    for method, sent in (("GET", None), ("PUT", {}), ("DELETE", None)):
        refusal = fanfare.refused(404, method, f"{SOURCES}/{source['id']}", sent)
        assert refusal == {"error": "Sync source not found"}
    assert fanfare.get(f"{SOURCES}/search", syncSource="crm:segment")["data"] == []


def test_sources_are_searched_page_by_page(fanfare: Fanfare) -> None:
    (known,) = fanfare.get(f"{SOURCES}/search")["data"]
    assert known["syncSourceId"] == "AbCdEf"
    created = [
        fanfare.send("POST", SOURCES, {"syncSource": "ab"[number % 2], "syncSourceId": str(number)})
        for number in range(6)
    ]
    assert fanfare.walk(f"{SOURCES}/search", 2) == [*created[::-1], known]
    assert fanfare.walk(f"{SOURCES}/search", 2, syncSource="a") == created[::2][::-1]
    assert Fanfare(fanfare.world, "other_secret_key").get(f"{SOURCES}/search")["data"] == []


def test_an_audience_loses_its_archived_source(fanfare: Fanfare) -> None:
    audience = fanfare.create_synced_list("NeWiSh", "ada@example.com")
    source = fanfare.get(f"{AUDIENCES}/{audience}")["primarySyncSourceId"]
    fanfare.send("DELETE", f"{SOURCES}/{source}")
    assert fanfare.get(f"{AUDIENCES}/{audience}", include="primarySyncSource")["primarySyncSource"] is None
    refusal = fanfare.refused(400, "POST", f"{AUDIENCES}/{audience}/sync")
    assert refusal == {"error": "Audience has no sync source"}
    assert fanfare.count(audience) == 1
    assert fanfare.import_lists("NeWiSh")["imported"]


def test_an_audience_follows_its_changed_source(fanfare: Fanfare) -> None:
    audience = fanfare.create_synced_list("NeWiSh", "ada@example.com")
    source = fanfare.get(f"{AUDIENCES}/{audience}")["primarySyncSourceId"]
    lists = [{"id": name, "name": name, "profiles": [{"id": name, "email": f"{name}@b.cc"}]} for name in "xy"]
    fanfare.backstage("set_klaviyo_lists", lists=lists)
    fanfare.send("PUT", f"{SOURCES}/{source}", {"syncSourceId": "x"})
    assert fanfare.import_lists("x")["skipped"][0]["existingAudienceId"] == audience
    fanfare.send("POST", f"{AUDIENCES}/{audience}/sync")
    fanfare.world.clock.advance(minutes=1)
    assert [one["email"] for one in fanfare.walk(f"{AUDIENCES}/{audience}/members")] == ["x@b.cc"]


@pytest.mark.parametrize(
    ("given", "kept"), [("PENDING", "PENDING"), ("SUCCESS", "SUCCESS"), ("FAILED", "FAILED"), (None, None)]
)
def test_a_source_has_the_state_that_is_given(fanfare: Fanfare, given: str | None, kept: str | None) -> None:
    body = {"syncSource": "crm:segment", "syncSourceId": "18", "syncStatus": given}
    source = fanfare.send("POST", SOURCES, body)
    assert source["syncStatus"] == kept
    path = f"{SOURCES}/{source['id']}"
    fanfare.send("PUT", path, {"syncStatus": "SUCCESS"})
    assert fanfare.send("PUT", path, {"syncStatus": given})["syncStatus"] == kept
    assert fanfare.get(path)["syncStatus"] == kept
