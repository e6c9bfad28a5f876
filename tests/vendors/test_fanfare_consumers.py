"""Fanfare: consumers, lists of them, and their audiences."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, VIP, Fanfare

NOW = "2026-01-05T09:00:00Z"
pytestmark = pytest.mark.mockserver(now=NOW)
empty = pytest.mark.mockserver(scenario="empty", now=NOW)


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


def test_new_consumer_has_no_orders(fanfare: Fanfare) -> None:
    given = {"email": "ada@example.com", "phone": "+4670000001", "fullName": "Ada", "metadata": {"a": [1]}}
    created = fanfare.send("POST", CONSUMERS, given | {"externalId": "1", "totalOrders": 7})
    assert created.pop("id").startswith("cons_")
    assert created == given | {
        "externalId": "1",
        "totalOrders": 0,
        "totalOrderValue": 0,
        "lastOrderAt": None,
        "createdAt": NOW,
        "updatedAt": NOW,
    }
    blank = fanfare.send("POST", CONSUMERS, {})
    assert [blank[name] for name in (*given, "externalId")] == [None] * 5


def test_invalid_consumers_are_refused(fanfare: Fanfare) -> None:
    id = fanfare.consumer()
    for method, path in (("POST", CONSUMERS), ("PUT", f"{CONSUMERS}/{id}")):
        wrong = {"email": "ada", "phone": "12", "fullName": 5, "metadata": []}
        assert set(fanfare.invalid(method, path, wrong)) == set(wrong)
        assert fanfare.invalid(method, path, {"email": "ada"}) == {"email": "Invalid email format"}


def test_email_addresses_are_unique(fanfare: Fanfare) -> None:
    ada, bob = fanfare.consumer(email="ada@example.com"), fanfare.consumer(email="bob@example.com")
    taken = {"error": "Email already exists"}
    assert fanfare.refused(400, "POST", CONSUMERS, {"email": "Ada@Example.com"}) == taken
    assert fanfare.refused(400, "PUT", f"{CONSUMERS}/{bob}", {"email": "ADA@example.com"}) == taken
    fanfare.send("PUT", f"{CONSUMERS}/{ada}", {"email": "ADA@example.com"})
    fanfare.send("DELETE", f"{CONSUMERS}/{ada}")
    assert fanfare.send("PUT", f"{CONSUMERS}/{bob}", {"email": "ada@example.com"})
    fanfare.consumer(email="bob@example.com")


def test_update_changes_only_the_given_fields(fanfare: Fanfare) -> None:
    id = fanfare.consumer(email="ada@example.com", fullName="Ada", metadata={"a": 1, "b": 2})
    before = fanfare.get(f"{CONSUMERS}/{id}")
    fanfare.world.clock.advance(seconds=5)
    given = {"fullName": None, "metadata": {"c": 3}}
    after = fanfare.send("PUT", f"{CONSUMERS}/{id}", given)
    assert after == before | given | {"updatedAt": "2026-01-05T09:00:05Z"} == fanfare.get(f"{CONSUMERS}/{id}")


def test_orders_update_the_totals(fanfare: Fanfare) -> None:
    id = fanfare.consumer()
    fanfare.register_order(id, 10.5)
    after = fanfare.register_order(id, 20, at="2026-01-01T00:00:00Z")
    assert (after["totalOrders"], after["totalOrderValue"], after["lastOrderAt"]) == (2, 30.5, NOW)
    assert fanfare.get(f"{CONSUMERS}/{id}") == after


def test_deleted_consumer_is_not_found(fanfare: Fanfare) -> None:
    static = fanfare.audience(type="STATIC")
    id = fanfare.consumer(email="ada@example.com")
    fanfare.add_members(static, id)
    before = fanfare.get(f"{CONSUMERS}/{id}")
    assert fanfare.send("DELETE", f"{CONSUMERS}/{id}") == before
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/audiences")):
        given: dict[str, Any] | None = {} if method == "PUT" else None
        refusal = fanfare.refused(404, method, f"{CONSUMERS}/{id}{path}", given)
        assert refusal == {"error": "Consumer not found"}
    assert fanfare.members(static) == []
    assert id not in [one["id"] for one in fanfare.all_consumers()]


@empty
def test_audiences_of_a_consumer_are_listed(fanfare: Fanfare) -> None:
    id = fanfare.consumer()
    static, other = fanfare.audience(type="STATIC"), fanfare.audience(type="STATIC")
    fanfare.add_members(static, id)
    fanfare.add_members(other, id)
    listed = fanfare.get(f"{CONSUMERS}/{id}/audiences")
    assert [one["id"] for one in listed] == [other, static]
    with_audiences = fanfare.get(f"{CONSUMERS}/{id}", include="audiences")
    assert with_audiences["audiences"] == listed
    (member,) = fanfare.walk(f"{AUDIENCES}/{static}/members", include="audiences")
    assert member == with_audiences
    assert "audiences" not in fanfare.walk(f"{AUDIENCES}/{static}/members")[0]


def test_demo_consumers_are_the_people_of_the_world(fanfare: Fanfare) -> None:
    consumers = fanfare.all_consumers()
    assert len(consumers) == fanfare.world.people == 200
    assert [one["createdAt"] for one in consumers] == sorted(
        (one["createdAt"] for one in consumers), reverse=True
    )
    assert {one["totalOrders"] > 0 for one in consumers} == {True, False}
    for one in consumers:
        assert (one["lastOrderAt"] is None) == (one["totalOrders"] == 0)
        assert one["createdAt"] <= one["updatedAt"]


def key(one: dict[str, Any], name: str) -> Any:
    return one[name].lower() if name in ("email", "fullName") and one[name] else one[name]


@pytest.mark.parametrize(
    "name", ["createdAt", "totalOrderValue", "totalOrders", "email", "fullName", "lastOrderAt"]
)
def test_lists_can_be_sorted(fanfare: Fanfare, name: str) -> None:
    consumers = {one["id"]: one for one in fanfare.all_consumers()}
    for direction in ("asc", "desc"):
        found = fanfare.walk(CONSUMERS, 33, sortBy=name, sortDir=direction)
        assert {one["id"]: one for one in found} == consumers
        assert len(found) == len(consumers)
        values = [key(one, name) for one in found if one[name] is not None]
        assert values == sorted(values, reverse=direction == "desc")


def test_lists_can_be_read_backward(fanfare: Fanfare) -> None:
    whole = [one["id"] for one in fanfare.all_consumers()]
    seen: list[str] = []
    params: dict[str, Any] = {"last": 30}
    while (page := fanfare.get(CONSUMERS, **params))["data"]:
        seen = [one["id"] for one in page["data"]] + seen
        params = {"last": 30, "before": page["pageInfo"]["startCursor"]}
    assert seen == whole
    both = {"after": page_of(fanfare)["endCursor"], "before": page_of(fanfare)["endCursor"]}
    assert fanfare.invalid("GET", CONSUMERS, **both)


def page_of(fanfare: Fanfare) -> Any:
    return fanfare.get(CONSUMERS)["pageInfo"]


def test_lists_can_be_filtered(fanfare: Fanfare) -> None:
    consumers = fanfare.all_consumers()
    middle = consumers[100]["createdAt"]
    assert fanfare.walk(CONSUMERS, createdAfter=middle) == [
        one for one in consumers if one["createdAt"] >= middle
    ]
    assert fanfare.walk(CONSUMERS, createdBefore=middle) == [
        one for one in consumers if one["createdAt"] < middle
    ]
    vip = fanfare.audience(VIP)
    assert fanfare.walk(CONSUMERS, audienceId=vip) == [one for one in consumers if one["totalOrders"] >= 5]
    term = consumers[0]["email"][2:8].upper()
    found = fanfare.walk(CONSUMERS, search=term)
    assert consumers[0] in found
    assert all(
        term.lower() in str([one[part] for part in ("email", "phone", "fullName")]).lower() for one in found
    )
    assert set(fanfare.invalid("GET", CONSUMERS, createdAfter="yesterday", sortBy="shoeSize")) == {
        "createdAfter",
        "sortBy",
    }


@empty
def test_new_consumers_do_not_shift_pages(fanfare: Fanfare) -> None:
    created = [fanfare.consumer() for _ in range(6)][::-1]
    page = fanfare.get(CONSUMERS, first=2)
    fanfare.consumer()
    fanfare.send("DELETE", f"{CONSUMERS}/{created[1]}")
    after = page["pageInfo"]["endCursor"]
    rest = fanfare.get(CONSUMERS, first=10, after=after)["data"]
    assert [one["id"] for one in page["data"] + rest] == created
