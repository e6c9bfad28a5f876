"""Fanfare: audiences from creation to deletion, keys, organizations and response headers."""

import base64
import json
import shlex
import subprocess
from datetime import datetime
from typing import Any

import pytest
import requests

from mockserver.client import World
from mockserver.contract.contract import Contract
from mockserver.paths import contracts
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, REFRESH_DURATION, VIP, Fanfare, make_rule

NOW = "2026-01-05T09:00:00Z"
RELATIONS = {"rules", "imports", "primarySyncSource"}
pytestmark = pytest.mark.mockserver(now=NOW)
empty = pytest.mark.mockserver(scenario="empty", now=NOW)


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


def parse(text: str) -> datetime:
    return datetime.fromisoformat(text)


@empty
def test_new_audience_matches_the_documented_example(fanfare: Fanfare) -> None:
    given = {"name": "VIP Customers", "description": "Customers with 5+ orders", "type": "DYNAMIC"}
    created = fanfare.send("POST", AUDIENCES, given | {"rules": [VIP]})
    (rule,) = created.pop("rules")
    assert rule.pop("id").startswith("rule_")
    assert rule.pop("groupId").startswith("grp_")
    assert rule == {"audienceId": created["id"], "position": 0, **VIP}
    assert created.pop("id").startswith("aud_")
    assert created.pop("organizationId").startswith("org_")
    null_fields = ["iconName", "metadata", "groupId", "groupType", "groupName", "primarySyncSourceId"]
    null_fields += ["lastRefreshedAt", "refreshIntervalSeconds"]
    assert created == given | dict.fromkeys(null_fields) | {
        "version": 1,
        "archived": False,
        "createdAt": NOW,
        "updatedAt": NOW,
    }


def test_invalid_new_audiences_are_refused(fanfare: Fanfare) -> None:
    def refused(**given: Any) -> dict[str, str]:
        return fanfare.invalid("POST", AUDIENCES, given)

    assert refused(type="STATIC") == {"name": "Required"}
    assert set(refused()) == {"name", "type"}
    assert set(refused(name="", type="STATIC")) == {"name"}
    assert set(refused(name="A", type="STATIC_LIST")) == {"type"}
    assert set(refused(name="A", type="STATIC", rules=[VIP])) == {"rules"}
    assert set(refused(name="A", type="DYNAMIC", rules=[VIP, {"field": "x"}])) == {
        "rules.1.field",
        "rules.1.operator",
        "rules.1.values",
    }
    assert fanfare.reply("POST", AUDIENCES, {"name": "A", "type": "STATIC", "colour": 1}).status_code == 200


def test_duplicate_names_are_allowed(fanfare: Fanfare) -> None:
    assert fanfare.audience(type="STATIC") != fanfare.audience(type="STATIC")


@empty
def test_audiences_are_listed_newest_first(fanfare: Fanfare) -> None:
    ids = []
    for _ in range(3):
        ids.append(fanfare.audience(type="STATIC"))
        fanfare.world.clock.advance(seconds=1)
    assert [one["id"] for one in fanfare.get(AUDIENCES)] == ids[::-1]
    assert ids == sorted(ids), "ids sort by time"


@empty
def test_ids_of_the_same_millisecond_sort_by_creation(fanfare: Fanfare) -> None:
    ids = [fanfare.audience(type="STATIC") for _ in range(5)]
    assert ids == sorted(ids)
    assert [one["id"] for one in fanfare.get(AUDIENCES)] == ids[::-1]


def test_same_history_gives_same_ids(mockserver: World) -> None:
    def history() -> tuple[str, str, list[Any], str]:
        fanfare = Fanfare(mockserver)
        audience = fanfare.audience(VIP)
        url = fanfare.send("POST", f"{AUDIENCES}/{fanfare.audience(type='STATIC')}/import")["uploadUrl"]
        return audience, fanfare.consumer(email="ada@example.com"), fanfare.get(AUDIENCES), url

    mockserver.clock.freeze(NOW)
    first = history()
    mockserver.reset()
    mockserver.clock.freeze(NOW)
    assert history() == first


def test_update_changes_only_the_given_fields(fanfare: Fanfare) -> None:
    id = fanfare.audience(type="STATIC", description="Old", metadata={"a": 1, "b": 2}, iconName="star")
    before = fanfare.get(f"{AUDIENCES}/{id}", include="rules")
    fanfare.world.clock.advance(seconds=5)
    given = {"name": "New", "description": None, "metadata": {"a": 3}}
    after = fanfare.send("PUT", f"{AUDIENCES}/{id}", given)
    del before["rules"]
    assert after == before | given | {"version": 2, "updatedAt": "2026-01-05T09:00:05Z"}
    assert {key: one for key, one in fanfare.get(f"{AUDIENCES}/{id}").items() if key in after} == after


def test_update_without_changes_keeps_the_version(fanfare: Fanfare) -> None:
    id = fanfare.audience(type="STATIC")
    before = fanfare.get(f"{AUDIENCES}/{id}", include="rules")
    fanfare.world.clock.advance(seconds=5)
    for given in ({}, {"name": "An audience"}, {"type": "DYNAMIC"}):
        after = fanfare.send("PUT", f"{AUDIENCES}/{id}", given)
        assert {**after, "rules": []} == before


def test_invalid_updates_are_refused(fanfare: Fanfare) -> None:
    path = f"{AUDIENCES}/{fanfare.audience(type='STATIC')}"
    assert set(fanfare.invalid("PUT", path, {"name": ""})) == {"name"}
    assert set(fanfare.invalid("PUT", path, {"lastRefreshedAt": "yesterday"})) == {"lastRefreshedAt"}
    assert set(fanfare.invalid("PUT", path, {"metadata": [], "iconName": 1})) == {"metadata", "iconName"}


def test_timestamps_are_returned_in_utc(fanfare: Fanfare) -> None:
    id = fanfare.audience(type="STATIC")
    after = fanfare.send("PUT", f"{AUDIENCES}/{id}", {"lastRefreshedAt": "2026-01-02T01:30:00+02:00"})
    assert parse(after["lastRefreshedAt"]) == parse("2026-01-01T23:30:00Z")
    assert after["lastRefreshedAt"].endswith("Z")
    assert fanfare.status(id)["lastRefreshedAt"] == after["lastRefreshedAt"]


def test_archived_audience_is_not_found(fanfare: Fanfare) -> None:
    consumer, id = fanfare.consumer(), fanfare.audience(type="STATIC")
    fanfare.add_members(id, consumer)
    archived = fanfare.send("DELETE", f"{AUDIENCES}/{id}")
    assert (archived["id"], archived["archived"]) == (id, True)
    assert not RELATIONS & archived.keys()
    assert id not in [one["id"] for one in fanfare.get(AUDIENCES)]
    assert id not in [one["id"] for one in fanfare.get(f"{CONSUMERS}/{consumer}/audiences")]
    assert fanfare.refused(404, "DELETE", f"{AUDIENCES}/{id}") == {"error": "Audience not found"}


def test_include_selects_relations(fanfare: Fanfare) -> None:
    id = fanfare.audience(VIP)

    def relations(*include: str) -> set[str]:
        params = {"include": ",".join(include)} if include else {}
        return RELATIONS & set(fanfare.get(f"{AUDIENCES}/{id}", **params))

    assert relations() == {"rules", "imports"}
    for include in ({"rules"}, {"imports"}, {"primarySyncSource"}, RELATIONS, {"rules", "primarySyncSource"}):
        assert relations(*include) == include
    assert not fanfare.get(AUDIENCES)[0].keys() & RELATIONS
    assert all(one.keys() & RELATIONS == {"rules"} for one in fanfare.get(AUDIENCES, include="rules"))
    for invalid in ("members", "rules,members", "rules,members,imports,sources"):
        assert set(fanfare.invalid("GET", AUDIENCES, include=invalid)) == {"include"}


def test_new_rules_take_effect_after_two_seconds(fanfare: Fanfare) -> None:
    expected = {one["id"] for one in fanfare.all_consumers() if one["totalOrders"] >= 5}
    assert expected
    id = fanfare.send("POST", AUDIENCES, {"name": "VIP", "type": "DYNAMIC", "rules": [VIP]})["id"]
    status = fanfare.status(id)
    assert (status["stale"], status["inProgress"], status["lastRefreshedAt"]) == (True, True, None)
    assert status["pendingShards"] >= 1
    assert fanfare.get(f"{AUDIENCES}/{id}/count") == {"audienceId": id, "count": 0, "source": "unknown"}
    fanfare.world.clock.advance(**REFRESH_DURATION)
    assert set(fanfare.members(id)) == expected
    status = fanfare.status(id)
    assert (status["stale"], status["inProgress"], status["pendingShards"]) == (False, False, None)
    assert status["lastRefreshedAt"] == "2026-01-05T09:00:02Z"
    assert fanfare.get(f"{AUDIENCES}/{id}/count")["source"] == "valkey_alias"
    fanfare.send("POST", f"{AUDIENCES}/{id}/rules", [make_rule("totalOrders", "LESS_THAN", 5)])
    assert fanfare.get(f"{AUDIENCES}/{id}/count") == {
        "audienceId": id,
        "count": len(expected),
        "source": "valkey_staged",
    }
    assert fanfare.status(id)["stale"]
    fanfare.world.clock.advance(**REFRESH_DURATION)
    assert fanfare.members(id) == []


def test_audience_is_stale_after_its_refresh_interval(fanfare: Fanfare) -> None:
    id = fanfare.audience(VIP, refreshIntervalSeconds=60)
    assert not fanfare.status(id)["stale"]
    fanfare.world.clock.advance(seconds=61)
    status = fanfare.status(id)
    assert (status["stale"], status["refreshIntervalSeconds"]) == (True, 60)


def test_changed_consumer_joins_and_leaves_audiences(fanfare: Fanfare) -> None:
    vip = fanfare.audience(VIP)
    oslo = fanfare.audience(make_rule("metadata.address.city", "EQUALS", "Oslo"))
    id = fanfare.consumer(email="ada@example.com", metadata={"address": {"city": "Oslo"}})

    def audiences() -> set[str]:
        found = {one["id"] for one in fanfare.get(f"{CONSUMERS}/{id}/audiences")}
        assert {one for one in (vip, oslo) if id in fanfare.members(one)} == found & {vip, oslo}
        return found & {vip, oslo}

    assert audiences() == {oslo}
    for _ in range(5):
        fanfare.register_order(id, 10)
    assert audiences() == {vip, oslo}
    fanfare.send("PUT", f"{CONSUMERS}/{id}", {"metadata": None})
    assert audiences() == {vip}
    before = fanfare.count(vip)
    fanfare.send("DELETE", f"{CONSUMERS}/{id}")
    assert fanfare.count(vip) == before - 1
    assert id not in fanfare.members(vip)


def test_members_can_be_added_to_a_static_audience(fanfare: Fanfare) -> None:
    id = fanfare.audience(type="STATIC")
    ada, bob = fanfare.consumer(fullName="Ada"), fanfare.consumer(fullName="Bob")
    assert fanfare.add_members(id, ada) == 1
    assert fanfare.add_members(id, ada, bob, bob) == 1
    assert set(fanfare.members(id)) == {ada, bob}
    refusal = fanfare.refused(404, "POST", f"{AUDIENCES}/{id}/members", {"consumerIds": [bob, "cons_0"]})
    assert refusal == {"error": "Consumer not found"}
    assert fanfare.get(f"{AUDIENCES}/{id}/count") == {"audienceId": id, "count": 2, "source": "db_list"}


def test_cursors_name_the_first_and_last_item(fanfare: Fanfare) -> None:
    page = fanfare.get(CONSUMERS, first=2)
    ids = [
        json.loads(base64.b64decode(page["pageInfo"][name]))["id"] for name in ("startCursor", "endCursor")
    ]
    assert ids == [one["id"] for one in page["data"]]
    last = list(fanfare.pages(CONSUMERS, 100))
    assert last[-2]["pageInfo"]["endCursor"]
    assert last[-1] == {"data": [], "pageInfo": {"startCursor": None, "endCursor": None}}


@pytest.mark.parametrize("path", [CONSUMERS, f"{AUDIENCES}/{{id}}/members"])
def test_invalid_page_parameters_are_refused(fanfare: Fanfare, path: str) -> None:
    path = path.format(id=fanfare.audience(type="STATIC"))
    for wrong in ({"first": 0}, {"first": 101}, {"first": "ten"}, {"search": "a"}, {"after": "nonsense"}):
        assert set(fanfare.invalid("GET", path, **wrong)) == set(wrong)


def test_invalid_keys_are_refused(fanfare: Fanfare) -> None:
    def answer(*values: str) -> tuple[int, Any]:
        headers = {"Authorization": values[0]} if values else {}
        reply = requests.get(fanfare.url + AUDIENCES, headers=headers, timeout=30)
        return reply.status_code, reply.json()

    required = (401, {"error": "Authentication required"})
    secret = fanfare.keys["secret_key"]
    assert (
        answer()
        == answer("Bearer ")
        == answer("Bearer sk_test_unknown")
        == answer(f"Basic {secret}")
        == required
    )
    publishable = (401, {"error": "Secret key required"})
    assert answer(f"Bearer {fanfare.keys['publishable_key']}") == answer("Bearer pk_live_1") == publishable
    forbidden = {"error": "forbidden", "message": "You don't have permission to access this resource"}
    assert answer(f"Bearer {fanfare.keys['restricted_key']}") == (403, forbidden)
    assert answer(f"bearer {secret}")[0] == 200


def test_organizations_are_isolated(fanfare: Fanfare) -> None:
    other = Fanfare(fanfare.world, "other_secret_key")
    ours, theirs = fanfare.audience(type="STATIC"), other.audience(type="STATIC")
    assert ours not in [one["id"] for one in other.get(AUDIENCES)]
    assert theirs not in [one["id"] for one in fanfare.get(AUDIENCES)]
    assert not {one["id"] for one in other.all_consumers()} & {one["id"] for one in fanfare.all_consumers()}
    for path in ("", "/members", "/status", "/count", "/rules", "/import"):
        assert other.refused(404, "GET", f"{AUDIENCES}/{ours}{path}") == {"error": "Audience not found"}
    consumer = fanfare.consumer(email="ada@example.com")
    assert other.refused(404, "GET", f"{CONSUMERS}/{consumer}") == {"error": "Consumer not found"}
    assert other.refused(404, "POST", f"{AUDIENCES}/{theirs}/members", {"consumerIds": [consumer]})
    other.consumer(email="ada@example.com")
    group = fanfare.save_tiers([{"name": "All", "startValue": 0, "order": 0}])["tierGroup"]
    assert other.refused(404, "GET", f"{AUDIENCES}/groups/{group}") == {"error": "Audience group not found"}
    organizations = {one["organizationId"] for one in fanfare.get(AUDIENCES)}
    assert len(organizations | {one["organizationId"] for one in other.get(AUDIENCES)}) == 2


def test_every_reply_has_rate_limit_and_request_id_headers(fanfare: Fanfare) -> None:
    calls = [("GET", AUDIENCES), ("GET", f"{AUDIENCES}/aud_0"), ("POST", AUDIENCES), ("GET", CONSUMERS)]
    remaining, request_ids = [], set()
    for method, path in calls:
        headers = fanfare.reply(method, path).headers
        assert headers["X-RateLimit-Limit"] == "1000"
        reset = int(headers["X-RateLimit-Reset"]) - fanfare.world.clock.now().timestamp()
        assert 0 < reset <= 60
        remaining.append(int(headers["X-RateLimit-Remaining"]))
        request_ids.add(headers["X-Request-Id"])
    assert remaining == [999, 998, 997, 996]
    assert len(request_ids) == 4
    fanfare.world.clock.advance(minutes=1)
    assert fanfare.reply("GET", AUDIENCES).headers["X-RateLimit-Remaining"] == "999"
    unauthorized = requests.get(fanfare.url + AUDIENCES, timeout=30)
    assert int(unauthorized.headers["X-RateLimit-Limit"]) == 1000


def test_invalid_json_is_refused(fanfare: Fanfare) -> None:
    for raw in (b"{", b"", b"\xff"):
        reply = fanfare.session.post(fanfare.url + AUDIENCES, data=raw, timeout=30)
        assert reply.status_code == 400
        assert reply.json() == {"error": "bad_request", "message": "Invalid JSON in request body"}


def test_curl_examples_of_the_contract_work(fanfare: Fanfare) -> None:
    root = Contract.read(contracts() / "fanfare" / "openapi.yaml").document.root
    texts = [root["info"]["description"]]
    nodes = [one for item in root["paths"].values() for one in item.values() if isinstance(one, dict)]
    texts += [node.get("description", "") for node in nodes]
    curls = [line.strip() for text in texts for line in text.splitlines() if line.strip().startswith("curl ")]
    assert len(curls) >= 3
    for curl in curls:
        mine = curl.replace("http://127.0.0.1:4700/fanfare", fanfare.url)
        mine = mine.replace("sk_test_mockserver", fanfare.keys["secret_key"])
        words = [*shlex.split(mine), "--silent", "--show-error", "--fail-with-body"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
        assert done.returncode == 0, f"{curl}\n{done.stdout}{done.stderr}"
        json.loads(done.stdout)
