"""The warm-up does early what first calls would do, and nothing else."""

import json
import subprocess
import sys
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from mockserver.app import Application, create_app
from mockserver.contract import schema
from mockserver.server.warm_up import WarmUp
from mockserver.state.worlds import DEFAULT_WORLD
from tests.processes import PATIENCE

HEADERS = {"X-Api-Key": "PRK-mockserver"}


@pytest.fixture
def app() -> Iterator[Application]:
    app = create_app(vendors=("ortto", "voyado"), seed=42)
    yield app
    app.close()


def _warm(app: Application, **what: bool) -> WarmUp:
    return WarmUp(app.context, **{"seed_data": True, "error_messages": False, **what})


def _call(app: Application) -> TestResponse:
    return Client(app).post("/ortto/v1/audiences/get", headers=HEADERS, json={"limit": 3})


def _load(app: Application, vendor: str) -> bool:
    """Whether the seed data of the vendor were not loaded before."""
    worlds = app.context.worlds
    with worlds.store.transaction():
        base = worlds.get(DEFAULT_WORLD)["base"]
        return worlds.seed_data.ensure_loaded(base, worlds.vendors[vendor])


def test_a_first_call_after_it_compiles_and_writes_nothing(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[Any] = []
    reachable = schema._reachable

    def record(*what: Any) -> Any:
        compiled.append(what)
        return reachable(*what)

    monkeypatch.setattr(schema, "_reachable", record)
    with _warm(app) as warm_up:
        warm_up.start()
        assert warm_up.wait(PATIENCE)
    assert compiled
    compiled.clear()
    assert _call(app).status_code == 200
    assert compiled == []
    assert [_load(app, vendor) for vendor in app.context.vendors] == [False, False]


def test_a_world_is_the_same_without_it(app: Application) -> None:
    cold = create_app(vendors=("ortto", "voyado"), seed=42)
    with _warm(app) as warm_up:
        warm_up.start()
        assert warm_up.wait(PATIENCE)
    assert _call(app).data == _call(cold).data
    cold.close()


def test_calls_are_answered_meanwhile(app: Application) -> None:
    with _warm(app) as warm_up:
        warm_up.start()
        assert [_call(app).status_code for _ in range(5)] == [200] * 5
        assert warm_up.wait(PATIENCE)
    assert len(app.context.worlds.journal(DEFAULT_WORLD).read()) == 5


def test_a_huge_world_is_left_to_its_calls() -> None:
    app = create_app(vendors=("voyado",), people=100_001)
    with _warm(app) as warm_up:
        warm_up.start()
        assert warm_up.wait(PATIENCE)
    assert app.context.worlds.pending_seed_data(DEFAULT_WORLD) == ["voyado"]
    app.close()


def test_it_locks_neither_the_world_nor_other_vendors(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call to one vendor is answered while the seed data of the other is written."""
    assert _call(app).status_code == 200
    writing, may_end = Event(), Event()

    def populate(*_: Any) -> None:
        writing.set()
        assert may_end.wait(PATIENCE)

    monkeypatch.setattr(app.context.vendors["voyado"], "populate", populate)
    with _warm(app) as warm_up:
        warm_up.start()
        assert writing.wait(PATIENCE)
        with app.no_waiting():
            assert _call(app).status_code == 200
            assert Client(app).get("/_mock/ready").get_json()["seed_data_pending"] == ["voyado"]
            assert Client(app).get("/_mock/health").status_code == 200
        may_end.set()
        assert warm_up.wait(PATIENCE)
    assert Client(app).get("/_mock/ready").get_json()["seed_data_pending"] == []


def test_seed_data_are_left_out_on_request(app: Application) -> None:
    with _warm(app, seed_data=False) as warm_up:
        warm_up.start()
        assert warm_up.wait(PATIENCE)
    assert _load(app, "voyado") is True


def test_it_ends_with_its_current_step(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def steps(warm_up: WarmUp) -> Iterator[None]:
        for number in range(3):
            taken.append(number)
            if number == 1:
                warm_up._stopped.set()
            yield

    monkeypatch.setattr(WarmUp, "_steps", steps)
    warm_up = _warm(app)
    warm_up.start()
    warm_up.stop()
    assert taken in ([0], [0, 1]), "no step after the stop"
    assert not warm_up.wait(0)


def test_one_that_was_never_started_ends_at_once(app: Application) -> None:
    with _warm(app):
        pass
    assert _load(app, "voyado") is True


def test_it_prepares_the_messages_of_invalid_calls() -> None:
    """They need a library that takes 70 ms to import, which a start must not load."""
    code = """
        import json, sys
        from mockserver.app import create_app
        from mockserver.server.warm_up import WarmUp
        app = create_app(vendors=("ortto",))
        before = "jsonschema" in sys.modules
        with WarmUp(app.context, seed_data=False, error_messages=True) as warm_up:
            warm_up.start()
            done = warm_up.wait(60)
        print(json.dumps([before, done, "jsonschema" in sys.modules]))
    """
    lines = "\n".join(line.removeprefix("        ") for line in code.splitlines())
    run = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == [False, True, True]
