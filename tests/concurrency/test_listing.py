"""Worlds are listed while others make, change and delete them."""

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

import requests

from mockserver.client import Control
from tests.concurrency.racing import TIMEOUT

_ROUNDS = 8
_LISTINGS = 8


def _make_and_delete(control: Control, maker: int) -> None:
    """Makes, forks, resets and deletes worlds."""
    for number in range(_ROUNDS):
        world = control.create_world(f"race-{maker}-{number}", people=0, label="brief")
        fork = control.create_world(f"fork-{maker}-{number}", fork=world.name)
        world.reset()
        world.delete()
        fork.delete()


def _list(control: Control, path: str) -> list[int]:
    return [requests.get(control.url + path, timeout=TIMEOUT).status_code for _ in range(_LISTINGS)]


def test_every_listing_succeeds(servers: list[Control]) -> None:
    paths = ("/_mock/worlds", "/_mock/worlds?limit=2", "/", "/_mock/health", "/_mock/ready")
    with ThreadPoolExecutor(3 + len(paths)) as pool:
        makers = [pool.submit(_make_and_delete, servers[one % len(servers)], one) for one in range(3)]
        listed: dict[str, Future[list[int]]] = {
            path: pool.submit(_list, servers[one % len(servers)], path) for one, path in enumerate(paths)
        }
        statuses = {path: Counter(one.result(TIMEOUT)) for path, one in listed.items()}
        for maker in makers:
            maker.result(TIMEOUT)
    assert statuses == {path: Counter({200: _LISTINGS}) for path in paths}


def test_a_listed_world_is_whole(servers: list[Control]) -> None:
    """A listing shows nothing of a world that is half made, or whose making fails."""
    whole = servers[0].create_world("whole", people=0)
    members = whole.facts.keys()
    vendors = {name: one.keys() for name, one in whole.facts["vendors"].items()}
    with ThreadPoolExecutor(3) as pool:
        makers = [pool.submit(_make_and_delete, servers[-1], 10 + one) for one in range(2)]
        for _ in range(8):
            listed = servers[0].worlds()
            names = [world.name for world in listed]
            assert {"default", "whole"} <= set(names)
            assert all(world.facts.keys() == members for world in listed)
            for world in listed:
                assert {name: one.keys() for name, one in world.facts["vendors"].items()} == vendors
            assert len(names) == len(set(names))
        for maker in makers:
            maker.result(TIMEOUT)
    whole.delete()
