"""The lists of all worlds: neither a busy world nor one that is deleted at the moment disturbs them."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import Client

from mockserver.app import Application, create_app

LISTS = ["/_mock/worlds", "/"]


@pytest.fixture
def app() -> Iterator[Application]:
    app = create_app(people=5)
    app.context.worlds.create("other")
    yield app
    app.close()


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("busy", ["default", "other"])
def test_a_busy_world_is_listed_without_waiting(app: Application, path: str, busy: str) -> None:
    store, held, release = app.context.worlds.store, threading.Event(), threading.Event()

    def hold() -> None:
        with store.transaction():
            store.lock(busy)
            held.set()
            release.wait(30)

    with ThreadPoolExecutor(1) as threads:
        holding = threads.submit(hold)
        assert held.wait(30)
        try:
            with app.no_waiting():
                reply = Client(app).get(path)
        finally:
            release.set()
        holding.result(30)
    assert reply.status_code == 200
    assert busy in reply.text


@pytest.mark.parametrize("path", LISTS)
def test_a_world_is_deleted_while_it_is_listed(
    app: Application, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds = app.context.worlds
    listed = worlds.all()
    worlds.delete("other")
    monkeypatch.setattr(worlds, "all", lambda: listed)
    assert Client(app).get(path).status_code == 200
