"""Correct clients, in which a reviewer would find nothing, and ways that look like flaws and are none."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from mockserver import World
from mockserver.conduct.report import judge
from mockserver.contract.contract import Contract
from mockserver.paths import contracts
from tests.clients.shop.plays import PLAYS
from tests.conduct.flaws import Caller

CONSUMERS = "/api/v1/consumers"


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.__name__)
@pytest.mark.mockserver(people=150)
def test_the_clients_of_the_shop_have_no_findings(mockserver: World, play: Callable[[World], Any]) -> None:
    play(mockserver)
    conduct = mockserver.conduct()
    assert conduct.exchanges >= 5
    conduct.assert_clean()


def reads_every_hour(world: World) -> None:
    caller = Caller(world, "fanfare")
    for _hour in range(4):
        caller.get("/api/v1/audiences")
        caller.get("/api/v1/settings")
        time.sleep(3600)


def reads_who_is_needed(world: World) -> None:
    caller = Caller(world, "fanfare")
    for one in caller.get(CONSUMERS, first=8)["data"]:
        time.sleep(30)
        caller.get(f"{CONSUMERS}/{one['id']}")


def stops_where_it_has_found(world: World) -> None:
    caller = Caller(world, "fanfare")
    page = caller.get(CONSUMERS, first=100)
    page = caller.get(CONSUMERS, first=100, after=page["pageInfo"]["endCursor"])
    caller.get(f"{CONSUMERS}/{page['data'][5]['id']}")


def gives_up_on_the_third_page(world: World) -> None:
    world.faults.add("fanfare", "list_consumers", "status", status=503, after=2)
    caller = Caller(world, "fanfare")
    page = caller.get(CONSUMERS, first=100)
    page = caller.get(CONSUMERS, first=100, after=page["pageInfo"]["endCursor"])
    caller.send("GET", CONSUMERS, params={"first": 100, "after": page["pageInfo"]["endCursor"]})


def shows_ten(world: World) -> None:
    Caller(world, "fanfare").get(CONSUMERS, first=10)


def updates_again_after_a_lost_reply(world: World) -> None:
    caller = Caller(world, "spotler")
    permissions = [{"bit": 1, "enabled": True}]
    contact = {"externalId": "c-7", "properties": {"email": "c7@example.com", "permissions": permissions}}
    world.faults.add("spotler", "create_contact", "drop_after", times=1)
    for _attempt in range(2):
        try:
            assert caller.send("POST", "/integrationservice/contact", {"update": True, "contact": contact}).ok
            return
        except requests.ConnectionError:
            time.sleep(5)


def logs_in_for_every_run(world: World) -> None:
    for _hour in range(4):
        caller = Caller(world, "digitalaudience")
        caller.get("/audience/loadaudiences")
        time.sleep(7200)


def goes_on_from_yesterday(world: World) -> None:
    caller = Caller(world, "fanfare")
    cursor = caller.get(CONSUMERS, first=100)["pageInfo"]["endCursor"]
    world.journal.clear()
    while True:
        page = caller.get(CONSUMERS, first=100, after=cursor)
        if len(page["data"]) < 100:
            return
        cursor = page["pageInfo"]["endCursor"]


def waits_for_the_first(world: World) -> None:
    caller = Caller(world, "ortto")
    for _poll in range(3):
        assert caller.post("/v1/audiences/get", {"search_term": "Autumn"}) is None
        time.sleep(60)
    everybody = {"$has_any_value": {"field_id": "str::email"}}
    world.backstage("ortto", "create_audience", name="Autumn", filter=everybody)
    assert caller.post("/v1/audiences/get", {"search_term": "Autumn"})


def asks_again_where_to_upload(world: World) -> None:
    caller = Caller(world, "fanfare")
    audience = caller.post("/api/v1/audiences", {"name": "List", "type": "STATIC"})["id"]
    world.faults.add("fanfare", "create_audience_import", "drop_after", times=1)
    for _attempt in range(2):
        try:
            caller.post(f"/api/v1/audiences/{audience}/import")
            break
        except requests.ConnectionError:
            time.sleep(5)
    for _poll in range(4):
        time.sleep(60)
        caller.get(f"/api/v1/audiences/{audience}/import")


WAYS = (
    reads_every_hour,
    reads_who_is_needed,
    stops_where_it_has_found,
    gives_up_on_the_third_page,
    shows_ten,
    updates_again_after_a_lost_reply,
    logs_in_for_every_run,
    goes_on_from_yesterday,
    waits_for_the_first,
    asks_again_where_to_upload,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.mockserver(people=350)
def test_what_looks_like_a_flaw(mockserver: World, way: Callable[[World], None]) -> None:
    with mockserver.waiting():
        way(mockserver)
    mockserver.conduct().assert_clean()


def test_runs_whose_restores_are_no_longer_known(mockserver: World) -> None:
    """The log of actions has room for a thousand, such as waits."""
    mockserver.clock.freeze()
    mockserver.snapshot("start")
    caller = Caller(mockserver, "fanfare")
    for _run in range(4):
        mockserver.restore("start")
        caller.get("/api/v1/audiences")
        mockserver.clock.advance("1m")
        caller.get("/api/v1/settings")
    contract = {"fanfare": Contract.read(contracts() / "fanfare" / "openapi.yaml")}
    assert judge(mockserver.journal(), contract) == []
