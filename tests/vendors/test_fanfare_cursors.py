"""Fanfare: cursors expire after 24 hours without use."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, V1, VIP, Fanfare

EXPIRED = {"after": "Cursor expired"}


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    mockserver.clock.freeze("2026-01-05T09:00:00Z")
    return Fanfare(mockserver)


def end(page: Any) -> str:
    return str(page["pageInfo"]["endCursor"])


def test_a_cursor_expires(fanfare: Fanfare) -> None:
    audience = fanfare.audience(VIP)
    consumer = fanfare.all_consumers()[0]["id"]
    fanfare.send("POST", f"{V1}/orders", {"consumerId": consumer, "amount": "1.00"})
    for path in (CONSUMERS, f"{AUDIENCES}/{audience}/members", f"{V1}/orders", f"{V1}/sync-sources/search"):
        page = fanfare.get(path, first=1)
        for sort in ({}, {"sortBy": "email"}) if path == CONSUMERS else ({},):
            after = end(fanfare.get(path, first=1, **sort)) if sort else end(page)
            fanfare.get(path, after=after, **sort)
            fanfare.world.clock.advance(hours=24)
            fanfare.get(path, after=after, **sort)
            fanfare.world.clock.advance(hours=25)
            assert fanfare.invalid("GET", path, after=after, **sort) == EXPIRED
    start = fanfare.get(CONSUMERS)["pageInfo"]["startCursor"]
    fanfare.world.clock.advance(hours=25)
    assert fanfare.invalid("GET", CONSUMERS, before=start) == {"before": "Cursor expired"}


def test_each_use_renews_a_cursor(fanfare: Fanfare) -> None:
    after = end(fanfare.get(CONSUMERS, first=5))
    rest = fanfare.get(CONSUMERS, after=after)
    for _ in range(5):
        fanfare.world.clock.advance(hours=20)
        assert fanfare.get(CONSUMERS, after=after)["data"] == rest["data"]
    fanfare.world.clock.advance(hours=24, seconds=1)
    assert fanfare.invalid("GET", CONSUMERS, after=after) == EXPIRED
    assert fanfare.invalid("GET", CONSUMERS, after=after) == EXPIRED, "a refused use renews nothing"
    assert fanfare.get(CONSUMERS, after=end(fanfare.get(CONSUMERS, first=5)))["data"] == rest["data"]
