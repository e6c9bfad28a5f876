"""Fanfare: members are removed from a static audience."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, VIP, Fanfare

pytestmark = pytest.mark.mockserver(scenario="empty")


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


def test_members_are_removed(fanfare: Fanfare, mockserver_server: MockServer) -> None:
    audience = fanfare.audience(type="STATIC")
    ada, bob, eve = (fanfare.consumer(fullName=name) for name in ("Ada", "Bob", "Eve"))
    fanfare.add_members(audience, ada, bob)
    path = f"{AUDIENCES}/{audience}/members"
    removed = fanfare.send("DELETE", path, {"consumerIds": [ada, ada, eve, "cons_0"]})
    assert removed == {"audienceId": audience, "removedCount": 1}
    fork = mockserver_server.control.create_world(fork=fanfare.world.name)
    try:
        twin = Fanfare(fork)
        assert (twin.members(audience), twin.count(audience)) == ([bob], 1)
        assert twin.members(audience, search="ada") == []
        assert twin.get(f"{CONSUMERS}/{ada}/audiences") == []
        assert [one["id"] for one in twin.walk(CONSUMERS, audienceId=audience)] == [bob]
    finally:
        fork.delete()
    assert fanfare.send("DELETE", path, {"consumerIds": [ada]})["removedCount"] == 0
    assert fanfare.add_members(audience, ada) == 1
    assert fanfare.members(audience) == [bob, ada]


def test_nothing_is_removed_by_accident(fanfare: Fanfare) -> None:
    audience, ada = fanfare.audience(type="STATIC"), fanfare.consumer()
    fanfare.add_members(audience, ada)
    path = f"{AUDIENCES}/{audience}/members"
    assert fanfare.refused(400, "DELETE", path)["error"] == "bad_request"
    wrong: list[Any] = [{}, {"consumerIds": []}, {"consumerIds": None}, [ada]]
    for body in wrong:
        assert fanfare.invalid("DELETE", path, body)
    assert fanfare.members(audience) == [ada]


def test_only_static_audiences_lose_members(fanfare: Fanfare) -> None:
    body = {"consumerIds": ["cons_0"]}
    for type in ("DYNAMIC", "SYNCED_LIST"):
        id = fanfare.audience(*([VIP] if type == "DYNAMIC" else []), type=type)
        refusal = fanfare.refused(400, "DELETE", f"{AUDIENCES}/{id}/members", body)
        assert refusal == {"error": "Audience is not static"}
    refusal = fanfare.refused(404, "DELETE", f"{AUDIENCES}/aud_0/members", body)
    assert refusal == {"error": "Audience not found"}
