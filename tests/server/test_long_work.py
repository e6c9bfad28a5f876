"""Long work, such as seed data of many people and a year of nights, holds up nobody else."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import Any

import pytest
import requests

from mockserver import Control
from mockserver.app import Application, create_app
from mockserver.client import World
from mockserver.server.http_server import Server
from tests.server.wire import PATIENCE

_FIRST_CALLS = {
    "fanfare": ("GET", "/api/v1/audiences"),
    "voyado": ("GET", "/api/v3/contacts/count"),
    "ortto": ("POST", "/v1/audiences/get"),
}


class Pulse:
    """The event loop's pulse: how long it could not run at most."""

    def __init__(self) -> None:
        self._longest = 0.0
        self._last = time.perf_counter()

    def loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.SelectorEventLoop()
        self._loop = loop
        loop.call_soon(self._beat)
        return loop

    def goes_on(self, work: Callable[[int], object]) -> bool:
        """Whether no pause is as long as a third of the work, in one of three tries.

        On a busy machine any thread may pause; work in the loop's own thread is one pause each time.
        """
        return any(self._longest_pause(partial(work, number)) < 0.3 for number in range(3))

    def _longest_pause(self, work: Callable[[], object]) -> float:
        """The longest pause while the work is done, as a share of its duration."""
        time.sleep(0.01)
        self._longest, started = 0.0, time.perf_counter()
        work()
        time.sleep(0.01)
        return self._longest / (time.perf_counter() - started)

    def _beat(self) -> None:
        now = time.perf_counter()
        self._longest, self._last = max(self._longest, now - self._last), now
        self._loop.call_later(0.001, self._beat)


@contextmanager
def _serving(app: Application) -> Iterator[tuple[Server, Pulse]]:
    pulse = Pulse()
    with Server(app, loop_factory=pulse.loop) as server:
        yield server, pulse
    app.close()


def _call(world: World, vendor: str) -> int:
    method, path = _FIRST_CALLS[vendor]
    url, headers = world.url(vendor) + path, {**world.headers(vendor), "Content-Type": "application/json"}
    body: dict[str, Any] | None = {} if method == "POST" else None
    return requests.request(method, url, headers=headers, json=body, timeout=6 * PATIENCE).status_code


@pytest.mark.parametrize("vendor", _FIRST_CALLS)
def test_the_loop_goes_on_while_seed_data_is_written(vendor: str) -> None:
    """A call in the loop's thread would be one pause as long as the call."""
    with _serving(create_app(vendors=(vendor,), people=12_000)) as (server, pulse):
        control = Control(server.url)
        assert pulse.goes_on(lambda number: _call(control.create_world(seed=number), vendor))


@pytest.mark.parametrize("vendor", ["voyado", "ortto"])
def test_the_loop_goes_on_while_nights_pass(vendor: str) -> None:
    with _serving(create_app(vendors=(vendor,), people=3_000)) as (server, pulse):
        world = Control(server.url).world()
        assert _call(world, vendor) == 200
        assert pulse.goes_on(lambda _number: world.clock.advance(days=200))


def test_a_first_call_locks_neither_its_world_nor_other_vendors(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(vendors=("ortto", "voyado"))
    writing, may_end = Event(), Event()
    populate = app.context.vendors["voyado"].populate

    def wait_and_populate(*what: Any) -> None:
        writing.set()
        assert may_end.wait(PATIENCE)
        populate(*what)

    monkeypatch.setattr(app.context.vendors["voyado"], "populate", wait_and_populate)
    with _serving(app) as (server, _pulse), ThreadPoolExecutor(1) as pool:
        world = Control(server.url).world()
        assert _call(world, "ortto") == 200
        first = pool.submit(_call, world, "voyado")
        assert writing.wait(PATIENCE)
        assert [_call(world, "ortto") for _ in range(3)] == [200] * 3
        assert not first.done()
        may_end.set()
        assert first.result() == 200
