"""On PostgreSQL neither long nor waiting calls, however many, hold up other worlds and health."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore
from typing import Any

import pytest
import requests

from mockserver import Control
from mockserver.app import Application, create_app
from mockserver.call import Call
from mockserver.client import World
from mockserver.pipeline.reply_building import run_handler
from mockserver.server.http_server import Server
from mockserver.storage.urls import open_store
from tests.server.wire import PATIENCE

_MANY = 24
"""More than a server has threads."""


@pytest.fixture
def app(database: str) -> Iterator[Application]:
    app = create_app(vendors=("ortto",), people=3, store=open_store(database))
    yield app
    app.close()


@pytest.fixture
def control(app: Application) -> Iterator[Control]:
    with Server(app) as server:
        yield Control(server.url)


def _audiences(world: World) -> int:
    url, headers = f"{world.url('ortto')}/v1/audiences/get", world.headers("ortto")
    return requests.post(url, json={}, headers=headers, timeout=PATIENCE).status_code


def _health(control: Control) -> Any:
    return requests.get(f"{control.url}/_mock/health", timeout=PATIENCE).json()


def _others_are_served(control: Control, world: World) -> None:
    assert _health(control)["status"] == "ok"
    assert [_audiences(world) for _ in range(3)] == [200] * 3
    assert requests.get(f"{control.url}/_mock/ready", timeout=PATIENCE).ok
    assert control.create_world("made").name == "made"


def test_calls_that_wait_in_many_worlds(control: Control, database: str) -> None:
    worlds, other = [control.create_world(f"busy-{number}") for number in range(_MANY)], control.world()
    assert {_audiences(one) for one in (*worlds, other)} == {200}
    another_process = open_store(database)
    with ThreadPoolExecutor(2 * _MANY) as pool:
        with another_process.transaction():
            for one in worlds:
                another_process.lock(one.name)
            waiting = [pool.submit(_audiences, one) for one in worlds * 2]
            _others_are_served(control, other)
            assert not [one for one in waiting if one.done()]
        assert {one.result() for one in waiting} == {200}
    another_process.close()
    assert {len(one.journal()) for one in worlds} == {3}


def test_long_calls_in_many_worlds(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them was long before, so nothing says where they should run."""
    worlds, other = [control.create_world(f"long-{number}") for number in range(_MANY)], control.world()
    assert {_audiences(one) for one in (*worlds, other)} == {200}
    begun, may_end = Semaphore(0), Event()

    def run_long(bound: Any, call: Call, world: Any, context: Any) -> Any:
        if getattr(world, "name", "").startswith("long-"):
            begun.release()
            while not may_end.is_set():
                world.records("people").get("nobody")
                may_end.wait(0.01)
        return run_handler(bound, call, world, context)

    monkeypatch.setattr("mockserver.pipeline.handler.run_handler", run_long)
    with ThreadPoolExecutor(_MANY) as pool:
        long = [pool.submit(_audiences, one) for one in worlds]
        try:
            assert all(begun.acquire(timeout=PATIENCE) for _ in range(8))
            _others_are_served(control, other)
            assert not [one for one in long if one.done()]
        finally:
            may_end.set()
        assert {one.result() for one in long} == {200}
    assert {len(one.journal()) for one in worlds} == {2}, "what was begun twice was done once"


def test_health_waits_for_no_connection_and_knows_the_worlds(
    app: Application, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    control.create_world("one")
    assert _health(control)["worlds"] == 2
    control.world("one").delete()
    assert _health(control)["worlds"] == 1
    last, begun, may_count = app.context.worlds.last_count, Event(), Event()

    def wait_and_count() -> int:
        begun.set()
        assert may_count.wait(PATIENCE)
        return 9  # of before the next world was made

    monkeypatch.setattr(last, "_count", wait_and_count)
    while not begun.wait(0.01):  # the count of an earlier call may still run
        assert _health(control)["worlds"] == 1
    assert [_health(control)["worlds"] for _ in range(3)] == [1] * 3, "it waits for no count"
    control.create_world("two")
    may_count.set()
    with last._counting:
        assert last._number == 2, "what was counted before is older"


def test_a_server_on_the_store_of_others_knows_the_worlds_at_its_start(
    app: Application, control: Control, database: str
) -> None:
    """Its first call may ask for its health, which waits for no database."""
    assert _health(control)["worlds"] == 1
    later = create_app(people=0, store=open_store(database))
    try:
        assert later.context.worlds.last_count._number == 1
    finally:
        later.close()
