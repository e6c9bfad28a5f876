"""Fanfare: search for consumers, and batches of them."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, Fanfare, make_rule
from tests.vendors.limited import Limited

pytestmark = pytest.mark.mockserver(scenario="empty")
BATCH, SEARCH = f"{CONSUMERS}/batch", f"{CONSUMERS}/search"


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


def found(fanfare: Fanfare, **params: Any) -> list[str]:
    return [one["id"] for one in fanfare.get(SEARCH, **params)["data"]]


def test_consumers_are_found(fanfare: Fanfare) -> None:
    ada = fanfare.consumer(email="Ada@Example.com", phone="+4670000001", fullName="Ada King", externalId="x")
    bob = fanfare.consumer(email="bob@example.com", phone="+4670000001", fullName="Bob", externalId="x")
    assert found(fanfare, email="ada@example.COM") == [ada]
    assert found(fanfare, email="ada@example") == []
    assert found(fanfare, phone="+4670000001") == found(fanfare, externalId="x") == [bob, ada]
    assert found(fanfare, externalId="x", email="bob@example.com") == [bob]
    assert found(fanfare, externalId="y", email="bob@example.com") == []
    assert found(fanfare, q="EXAMPLE") == [bob, ada]
    assert found(fanfare, q="king") == found(fanfare, q="king", phone="+4670000001") == [ada]
    assert found(fanfare, q="king", email="bob@example.com") == []
    assert found(fanfare, q="example", first=1) == [bob]
    (one,) = fanfare.get(SEARCH, email="bob@example.com")["data"]
    assert one == fanfare.get(f"{CONSUMERS}/{bob}")


def test_nobody_is_found(fanfare: Fanfare) -> None:
    for params in ({"q": "nobody"}, {"email": "nobody@example.com"}, {"phone": "+1"}, {"externalId": "0"}):
        nobody = {"data": [], "pageInfo": {"startCursor": None, "endCursor": None}}
        assert fanfare.get(SEARCH, **params) == nobody


def test_a_search_needs_a_parameter(fanfare: Fanfare) -> None:
    assert fanfare.invalid("GET", SEARCH) == fanfare.invalid("GET", SEARCH, first=5) == {"q": "Required"}
    assert fanfare.invalid("GET", SEARCH, q="x").keys() == {"q"}
    assert fanfare.invalid("GET", SEARCH, email="").keys() == {"email"}


def test_search_sees_changes_at_once(fanfare: Fanfare) -> None:
    ada = fanfare.consumer(email="ada@example.com")
    fanfare.send("PUT", f"{CONSUMERS}/{ada}", {"email": "eve@example.com"})
    assert (found(fanfare, email="ada@example.com"), found(fanfare, email="eve@example.com")) == ([], [ada])
    fanfare.send("DELETE", f"{CONSUMERS}/{ada}")
    assert found(fanfare, email="eve@example.com") == []


def test_the_other_organization_is_not_found(fanfare: Fanfare) -> None:
    fanfare.consumer(email="ada@example.com")
    other = Fanfare(fanfare.world, "other_secret_key")
    assert found(other, email="ada@example.com") == found(other, q="ada") == []


def test_consumers_are_created_in_order(fanfare: Fanfare, mockserver_server: MockServer) -> None:
    audience = fanfare.audience(make_rule("email", "CONTAINS", "@example.com"))
    bodies = [{"email": f"{number}@example.com", "metadata": {"n": number}} for number in range(500)]
    created = fanfare.send("POST", BATCH, bodies)
    assert [{name: one[name] for name in ("email", "metadata")} for one in created] == bodies
    fork = mockserver_server.control.create_world(fork=fanfare.world.name)
    try:
        twin = Fanfare(fork)
        assert twin.all_consumers() == created[::-1]
        assert found(twin, email="499@example.com") == [created[-1]["id"]]
        assert twin.count(audience) == 500
    finally:
        fork.delete()


def test_consumers_are_updated(fanfare: Fanfare) -> None:
    ada = fanfare.consumer(email="ada@example.com", fullName="Ada", metadata={"a": 1})
    bob = fanfare.consumer(email="bob@example.com")
    bodies = [{"id": bob, "email": "b@example.com"}, {"id": ada, "metadata": {"tier": "gold"}}]
    updated = fanfare.send("PUT", BATCH, bodies)
    assert [one["id"] for one in updated] == [bob, ada]
    assert updated == [fanfare.get(f"{CONSUMERS}/{one}") for one in (bob, ada)]
    assert (updated[0]["email"], updated[1]["fullName"]) == ("b@example.com", "Ada")
    assert updated[1]["metadata"] == {"tier": "gold"}
    assert fanfare.send("PUT", BATCH, []) == []


def test_long_batches_are_refused(fanfare: Fanfare) -> None:
    too_many = {"error": "Max batch size is 500"}
    assert fanfare.refused(400, "POST", BATCH, [{}] * 501) == too_many
    assert fanfare.refused(400, "POST", BATCH, [{"email": 5}] * 501) == too_many
    assert fanfare.refused(400, "PUT", BATCH, [{"id": "cons_0"}] * 501) == too_many
    assert fanfare.all_consumers() == []


def test_one_bad_item_refuses_all(fanfare: Fanfare) -> None:
    ada = fanfare.consumer(email="ada@example.com")
    before = fanfare.all_consumers()
    good, taken = {"email": "new@example.com"}, {"error": "Email already exists"}
    assert fanfare.invalid("POST", BATCH, [good, {"email": "x"}]) == {"1.email": "Invalid email format"}
    assert fanfare.refused(400, "POST", BATCH, [good, {"email": "ADA@example.com"}]) == taken
    assert fanfare.refused(400, "POST", BATCH, [good, {"email": "New@example.com"}]) == taken
    renamed = {"id": ada, "fullName": "Ada"}
    assert fanfare.invalid("PUT", BATCH, [renamed, {}]) == {"1.id": "Required"}
    unknown = fanfare.refused(404, "PUT", BATCH, [renamed, {"id": "cons_0"}])
    assert unknown == {"error": "Consumer not found"}
    bob = fanfare.consumer(email="bob@example.com")
    assert fanfare.refused(400, "PUT", BATCH, [renamed, {"id": bob, "email": "ada@example.com"}]) == taken
    fanfare.send("DELETE", f"{CONSUMERS}/{bob}")
    assert fanfare.all_consumers() == before


def test_batches_have_a_limit_of_their_own() -> None:
    limited = Limited("fanfare", rates={"fanfare": {"batches": 2}})
    key = f"Bearer {limited.credentials['secret_key']}"
    statuses = [limited.answer("POST", BATCH, [], authorization=key).status for _ in range(2)]
    refused = limited.answer("PUT", BATCH, [], authorization=key)
    assert (statuses, refused.status, refused.headers["X-RateLimit-Limit"]) == ([200, 200], 429, "2")
    assert limited.answer("POST", CONSUMERS, {}, authorization=key).status == 200
    assert limited.answer("GET", AUDIENCES, authorization=key).status == 200
    limited.worlds.store.close()


@pytest.mark.mockserver(scenario="empty", now="2024-06-30T00:00:00Z")
def test_dates_may_be_days(fanfare: Fanfare) -> None:
    fanfare.world.clock.freeze("2024-06-29T23:59:59Z")
    early = fanfare.consumer()
    fanfare.world.clock.freeze("2024-06-30T00:00:00Z")
    late = fanfare.consumer()
    for params, expected in (
        ({"createdBefore": "2024-06-30"}, [early]),
        ({"createdAfter": "2024-06-30"}, [late]),
        ({"createdAfter": "2024-06-29", "createdBefore": "2024-07-01"}, [late, early]),
        ({"createdAfter": "2024-06-30T02:00:00+02:00"}, [late]),
    ):
        assert [one["id"] for one in fanfare.get(CONSUMERS, **params)["data"]] == expected, params
    for day in ("2024-02-30", "2024-6-30", "30.06.2024", "2024"):
        assert fanfare.invalid("GET", CONSUMERS, createdAfter=day) == {"createdAfter": "Invalid date"}
