"""The lists of all worlds: neither a busy world nor one that is deleted at the moment disturbs them."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from werkzeug.test import Client

from mockserver.app import Application, create_app
from mockserver.errors import StoreUnavailableError

FAULT = {"vendor": "ortto", "kind": "latency", "seconds": 0.1}
LIST = "/_mock/worlds"


@pytest.fixture
def app() -> Iterator[Application]:
    app = create_app(people=5)
    app.context.worlds.create("other")
    yield app
    app.close()


@contextmanager
def held_by_another(app: Application, world: str) -> Iterator[None]:
    store, held, release = app.context.worlds.store, threading.Event(), threading.Event()

    def hold() -> None:
        with store.transaction():
            store.lock(world)
            held.set()
            release.wait(30)

    with ThreadPoolExecutor(1) as threads:
        holding = threads.submit(hold)
        assert held.wait(30)
        try:
            yield
        finally:
            release.set()
        holding.result(30)


@pytest.mark.parametrize("busy", ["default", "other"])
def test_a_busy_world_is_listed_without_waiting(app: Application, busy: str) -> None:
    with held_by_another(app, busy), app.no_waiting():
        reply = Client(app).get(LIST)
    assert reply.status_code == 200
    assert busy in reply.text


def test_a_world_like_the_default_one_is_made_while_that_is_busy(app: Application) -> None:
    with held_by_another(app, "default"), app.no_waiting():
        made = Client(app).post("/_mock/worlds", json={})
    assert (made.status_code, made.get_json()["people"]) == (201, 5)


def test_a_world_is_deleted_while_it_is_listed(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    worlds = app.context.worlds
    listed = worlds.all()
    worlds.delete("other")
    monkeypatch.setattr(worlds, "all", lambda: listed)
    assert Client(app).get(LIST).status_code == 200


@pytest.mark.parametrize(("failures", "status"), [(2, 201), (3, 503)])
def test_a_call_whose_transaction_the_store_gives_up_is_repeated(
    app: Application, monkeypatch: pytest.MonkeyPatch, failures: int, status: int
) -> None:
    """As calls to vendors are: two that wait for each other, say, of which one must give way."""
    store = app.context.worlds.store
    lock, left = store.lock, [StoreUnavailableError("it waits for this one", again=True)] * failures

    def give_up(name: str) -> None:
        lock(name)
        if left:
            raise left.pop()

    monkeypatch.setattr(store, "lock", give_up)
    assert Client(app).post("/_mock/worlds/other/faults", json=FAULT).status_code == status
    monkeypatch.undo()
    assert len(Client(app).get("/_mock/worlds/other/faults").get_json()["faults"]) == (status == 201)
    assert not left


def test_a_store_that_is_out_of_order_is_asked_once(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def gone(name: str) -> None:
        asked.append(name)
        raise StoreUnavailableError("gone", again=False)

    monkeypatch.setattr(app.context.worlds.store, "lock", gone)
    assert Client(app).post("/_mock/worlds/other/reset").status_code == 503
    assert asked == ["other"]
