"""Fanfare: invariants, each tested on the demo world."""

from itertools import pairwise
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.client import World
from mockserver.contract.contract import Contract
from mockserver.paths import contracts
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, TIERS, VIP, Fanfare, make_rule

NOW = "2026-01-05T09:00:00Z"
pytestmark = pytest.mark.mockserver(now=NOW, people=60)


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


@pytest.fixture
def one_of_each_type(fanfare: Fanfare) -> list[str]:
    """An audience of each type, with members."""
    static = fanfare.audience(type="STATIC")
    fanfare.add_members(static, *(one["id"] for one in fanfare.all_consumers()[::3]))
    listed = fanfare.create_synced_list("FrEsHx", *(f"{number}@list.example" for number in range(30)))
    return [static, fanfare.audience(VIP), listed]


def names(fanfare: Fanfare, group: str) -> dict[str, str]:
    return {one["name"]: one["id"] for one in fanfare.get(f"{AUDIENCES}/groups/{group}")}


@pytest.mark.parametrize("first", [1, 7, 20, 100])
def test_01_count_equals_the_number_of_members(
    fanfare: Fanfare, one_of_each_type: list[str], first: int
) -> None:
    assert one_of_each_type
    for id in one_of_each_type:
        assert fanfare.count(id) == len(fanfare.members(id, first)) > 0


def test_02_paging_visits_each_member_once(fanfare: Fanfare, one_of_each_type: list[str]) -> None:
    assert one_of_each_type
    for id in one_of_each_type:
        whole = fanfare.members(id)
        assert len(set(whole)) == len(whole)
        for first in (1, 3, 33, 99):
            assert fanfare.members(id, first) == whole
        *pages, last = fanfare.pages(f"{AUDIENCES}/{id}/members", 10)
        assert all(page["pageInfo"]["endCursor"] for page in pages)
        assert last == {"data": [], "pageInfo": {"startCursor": None, "endCursor": None}}


def test_03_rule_in_the_same_group_narrows_and_in_another_widens(fanfare: Fanfare) -> None:
    id = fanfare.audience(make_rule("totalOrders", "GREATER_THAN", 1, groupId="grp_A"))
    before = set(fanfare.members(id))
    fanfare.add_rules(id, make_rule("totalOrderValue", "GREATER_THAN", 200, groupId="grp_A"))
    narrowed = set(fanfare.members(id))
    assert narrowed < before
    fanfare.add_rules(id, make_rule("totalOrders", "EQUALS", 0, groupId="grp_B"))
    widened = set(fanfare.members(id))
    assert narrowed < widened
    assert widened == {
        one["id"]
        for one in fanfare.all_consumers()
        if (one["totalOrders"] > 1 and one["totalOrderValue"] > 200) or one["totalOrders"] == 0
    }


@pytest.mark.parametrize("term", ["an", "@EXAMPLE", "+46", "er", "zzzz"])
def test_04_search_finds_the_members_that_contain_the_term(
    fanfare: Fanfare, one_of_each_type: list[str], term: str
) -> None:
    assert one_of_each_type
    for id in one_of_each_type:
        path = f"{AUDIENCES}/{id}/members"
        expected = [
            one
            for one in fanfare.walk(path)
            if any(term.lower() in (one[part] or "").lower() for part in ("email", "phone", "fullName"))
        ]
        assert fanfare.walk(path, 7, search=term) == expected


@pytest.mark.parametrize("attribute", ["totalOrderValue", "totalOrders", "lifetimeSpend"])
def test_05_tiers_are_disjoint_and_a_boundary_belongs_to_the_upper_tier(
    fanfare: Fanfare, attribute: str
) -> None:
    value = "totalOrders" if attribute == "totalOrders" else "totalOrderValue"
    edges = [0, 1, 5, 10] if attribute == "totalOrders" else [0, 100, 500, 1000]
    cut: list[dict[str, Any]] = [
        {"name": tier["name"], "startValue": edge, "order": tier["order"]}
        for tier, edge in zip(TIERS, edges, strict=True)
    ]
    for tier, upper in zip(cut, edges[1:], strict=False):
        tier["endValue"] = upper
    on_the_edge = fanfare.consumer()
    fanfare.register_order(on_the_edge, 100)
    created = fanfare.save_tiers(cut, attribute=attribute)
    members = {one["name"]: set(fanfare.members(one["id"])) for one in created["audiences"]}
    assert [name for name, ids in members.items() if on_the_edge in ids] == ["Silver"]
    consumers = fanfare.all_consumers()
    for tier in cut:
        low, high = tier["startValue"], tier.get("endValue", float("inf"))
        assert members[tier["name"]] == {one["id"] for one in consumers if low <= one[value] < high}
    together = fanfare.walk(f"{AUDIENCES}/groups/{created['tierGroup']}/members", 9)
    assert len(together) == sum(map(len, members.values())) == len({one["id"] for one in together})
    assert {one["id"] for one in together} == set.union(*members.values())


def test_06_group_members_by_audience_equal_the_members_of_the_audience(fanfare: Fanfare) -> None:
    created = fanfare.save_tiers(TIERS)
    path = f"{AUDIENCES}/groups/{created['tierGroup']}/members"
    assert created["audiences"]
    for one in created["audiences"]:
        mine = f"{AUDIENCES}/{one['id']}/members"
        assert fanfare.walk(path, audienceId=one["id"]) == fanfare.walk(mine)
        assert fanfare.walk(path, audienceId=one["id"], search="an") == fanfare.walk(mine, search="an")


def test_07_updated_tiers_keep_the_ids_of_their_names(fanfare: Fanfare) -> None:
    group = fanfare.save_tiers(TIERS)["tierGroup"]
    before = names(fanfare, group)
    updated = [{"name": "Wood", "startValue": -5, "endValue": 0, "order": 0}]
    updated += [{**tier, "order": tier["order"] + 1} for tier in TIERS if tier["name"] != "Silver"]
    created = fanfare.save_tiers(updated, group)
    after = names(fanfare, group)
    assert list(after) == ["Wood", "Bronze", "Gold", "Platinum"]
    assert {name: id for name, id in after.items() if name != "Wood"} == {
        name: id for name, id in before.items() if name != "Silver"
    }
    assert fanfare.refused(404, "GET", f"{AUDIENCES}/{before['Silver']}") == {"error": "Audience not found"}
    members = [fanfare.members(id) for id in after.values()]
    again = fanfare.save_tiers(updated, group)
    assert [one["id"] for one in again["audiences"]] == [one["id"] for one in created["audiences"]]
    assert [fanfare.members(id) for id in after.values()] == members


def test_08_deleting_a_group_keeps_other_groups(fanfare: Fanfare) -> None:
    group, other = fanfare.save_tiers(TIERS)["tierGroup"], fanfare.save_tiers(TIERS)["tierGroup"]
    ids = names(fanfare, group).values()
    gone = fanfare.send("DELETE", f"{AUDIENCES}/groups/{group}")
    assert [one["id"] for one in gone] == list(ids)
    assert all(one["archived"] for one in gone)
    for path in ("", "/members"):
        refusal = fanfare.refused(404, "GET", f"{AUDIENCES}/groups/{group}{path}")
        assert refusal == {"error": "Audience group not found"}
    for id in ids:
        fanfare.refused(404, "GET", f"{AUDIENCES}/{id}")
    assert len(names(fanfare, other)) == 4


def test_09_archived_audience_is_404_on_every_path(fanfare: Fanfare, one_of_each_type: list[str]) -> None:
    contract = Contract.read(contracts() / "fanfare" / "openapi.yaml")
    bodies: dict[str, Any] = {
        "update_audience": {},
        "add_audience_members": {"consumerIds": ["cons_0"]},
        "remove_audience_members": {"consumerIds": ["cons_0"]},
        "add_audience_rules": [VIP],
        "replace_audience_rules": {"rules": []},
        "update_audience_rule": {},
    }
    assert one_of_each_type
    for id in one_of_each_type:
        fanfare.send("DELETE", f"{AUDIENCES}/{id}")
        assert id not in [one["id"] for one in fanfare.get(AUDIENCES)]
        for operation in contract.operations.values():
            if "{audienceId}" in operation.path and operation.schemes:
                path = operation.path.replace("{audienceId}", id).replace("{ruleId}", "rule_0")
                refusal = fanfare.refused(404, operation.method, path, bodies.get(operation.id))
                assert refusal == {"error": "Audience not found"}


@pytest.mark.parametrize(
    "lists", [["YwxYPP"], ["AbCdEf", "NoSuch"], ["YwxYPP", "AbCdEf", "XyZaBc", "YwxYPP"]]
)
def test_10_every_klaviyo_list_is_imported_or_skipped(fanfare: Fanfare, lists: list[str]) -> None:
    created = fanfare.import_lists(*lists)
    assert len(created["imported"]) + len(created["skipped"]) == len(lists)
    again = fanfare.import_lists(*lists)
    assert again["imported"] == []
    assert [one["listId"] for one in again["skipped"]] == lists
    for one in again["skipped"]:
        if one["listId"] == "NoSuch":
            assert (one["reason"], one["existingAudienceId"]) == ("List not found", None)
        else:
            assert one["reason"] == "Already synced"
            assert fanfare.get(f"{AUDIENCES}/{one['existingAudienceId']}")["type"] == "SYNCED_LIST"


def test_11_sync_is_pending_until_it_succeeds(fanfare: Fanfare, one_of_each_type: list[str]) -> None:
    listed = one_of_each_type[2]
    requested = fanfare.world.clock.now()
    started = fanfare.send("POST", f"{AUDIENCES}/{listed}/sync")
    source = fanfare.get(f"{AUDIENCES}/{listed}")["primarySyncSourceId"]
    assert started == {"success": True, "syncSourceId": source, "status": "PENDING"}
    status = fanfare.status(listed)
    assert (status["syncStatus"], status["inProgress"]) == ("PENDING", True)
    assert fanfare.refused(409, "POST", f"{AUDIENCES}/{listed}/sync") == {"error": "Sync already in progress"}
    fanfare.world.clock.advance(minutes=1)
    status = fanfare.status(listed)
    assert (status["syncStatus"], status["inProgress"], status["pendingShards"]) == ("SUCCESS", False, None)
    assert status["lastSyncedAt"] >= f"{requested:%Y-%m-%dT%H:%M:%SZ}"


def test_12_status_agrees_with_the_audience(fanfare: Fanfare, one_of_each_type: list[str]) -> None:
    assert one_of_each_type
    for id in one_of_each_type:
        audience, status = fanfare.get(f"{AUDIENCES}/{id}"), fanfare.status(id)
        assert status["audienceId"] == audience["id"]
        for name in ("version", "lastRefreshedAt", "refreshIntervalSeconds"):
            assert status[name] == audience[name]


def test_13_versions_start_at_1_and_never_decrease(fanfare: Fanfare) -> None:
    id = fanfare.audience(VIP)
    seen = [fanfare.get(f"{AUDIENCES}/{id}")]
    for name in ("B", "C", "C"):
        fanfare.world.clock.advance(seconds=1)
        fanfare.send("PUT", f"{AUDIENCES}/{id}", {"name": name})
        seen.append(fanfare.get(f"{AUDIENCES}/{id}"))
    fanfare.add_rules(id, VIP)
    seen.append(fanfare.get(f"{AUDIENCES}/{id}"))
    assert [one["version"] for one in seen] == [1, 2, 3, 3, 4]
    assert all(one["updatedAt"] >= one["createdAt"] for one in seen)
    assert all(one["updatedAt"] <= other["updatedAt"] for one, other in pairwise(seen))


def test_14_include_selects_the_relations(fanfare: Fanfare, one_of_each_type: list[str]) -> None:
    relations = ["rules", "imports", "primarySyncSource"]
    assert one_of_each_type
    for id in one_of_each_type:
        for wanted in ([], relations[:1], relations[1:], relations):
            params = {"include": ",".join(wanted)} if wanted else {}
            found = fanfare.get(f"{AUDIENCES}/{id}", **params).keys() & set(relations)
            assert found == set(wanted or relations[:2])


def test_15_every_error_has_the_envelope_and_every_reply_the_rate_limit(
    fanfare: Fanfare, one_of_each_type: list[str]
) -> None:
    calls = [("GET", ""), ("GET", "/aud_0"), ("POST", ""), ("GET", f"/{one_of_each_type[0]}/members?first=0")]
    remaining = []
    for method, path in calls:
        reply = fanfare.reply(method, AUDIENCES + path)
        remaining.append(int(reply.headers["X-RateLimit-Remaining"]))
        assert all(name in reply.headers for name in ("X-RateLimit-Limit", "X-RateLimit-Reset"))
        if reply.status_code >= 400:
            assert {"error"} <= reply.json().keys() <= {"error", "message", "details"}
    assert all(one - other == 1 for one, other in pairwise(remaining))


def test_16_authentication_is_checked_first(fanfare: Fanfare) -> None:
    for method, path in (("GET", "/aud_0"), ("POST", ""), ("GET", "/aud_0/members?first=0")):
        reply = requests.request(method, fanfare.url + AUDIENCES + path, data=b"{", timeout=30)
        assert (reply.status_code, reply.json()) == (401, {"error": "Authentication required"})


def test_17_another_organization_sees_nothing(fanfare: Fanfare, one_of_each_type: list[str]) -> None:
    other = Fanfare(fanfare.world, "other_secret_key")
    assert not {one["id"] for one in other.get(AUDIENCES)} & set(one_of_each_type)
    for id in one_of_each_type:
        for path in ("", "/members", "/status", "/count", "/rules", "/import"):
            assert other.refused(404, "GET", f"{AUDIENCES}/{id}{path}") == {"error": "Audience not found"}


def test_18_no_reply_contains_a_secret(fanfare: Fanfare) -> None:
    static = fanfare.audience(type="STATIC")
    replies = [
        fanfare.reply("GET", AUDIENCES, include="rules,imports,primarySyncSource"),
        fanfare.reply("GET", CONSUMERS),
        fanfare.reply("POST", f"{AUDIENCES}/{static}/import"),
        fanfare.reply("GET", f"{AUDIENCES}/nothing"),
        fanfare.reply("POST", AUDIENCES, {"name": 5}),
    ]
    for reply in replies:
        text = reply.text + str(reply.headers)
        assert not [key for key in fanfare.keys.values() if key in text]


def test_any_page_size_gives_the_same_members(fanfare: Fanfare) -> None:
    id = fanfare.audience(make_rule("createdAt", "EXISTS"))
    whole = fanfare.members(id)
    assert len(whole) == len(fanfare.all_consumers())

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(first=st.integers(5, 100))
    def walks(first: int) -> None:
        assert fanfare.members(id, first) == whole

    walks()
