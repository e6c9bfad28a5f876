"""What is due by the real time: unused worlds go, and the default world is put back every night."""

import time as clock
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from werkzeug.test import Client

from mockserver.app import create_app
from mockserver.server.upkeep import Upkeep
from mockserver.state.scenario import load_scenario
from mockserver.state.worlds import DEFAULT_WORLD
from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Store


def test_the_default_world_is_reset_once_a_day(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the first call after the time, on every store, by one of the servers that share it."""

    def at(day: int, hour: int, minute: int = 0) -> None:
        now = datetime(2030, 5, day, hour, minute, tzinfo=UTC).timestamp()
        monkeypatch.setattr(clock, "time", lambda: now)

    def calls(client: Client, world: str = "default") -> int:
        reply: Any = client.get(f"/_mock/worlds/{world}/journal").json
        return int(reply["last"])

    at(1, 12)
    apps = [create_app(load_scenario("empty"), store=store, reset_daily=time(3)) for _ in range(2)]
    one, other = map(Client, apps)
    assert calls(one) == 0  # the first start resets nothing, and notes the time
    headers = {"X-Api-Key": "PRK-mockserver"}
    call = {"json": {}, "headers": headers}
    one.post("/ortto/v1/audiences/get", **call)
    one.post("/_mock/worlds", json={"name": "mine"})
    one.post("/w/mine/ortto/v1/audiences/get", **call)
    at(2, 2, 59)
    assert (calls(one), calls(other)) == (1, 1)
    at(2, 3, 1)
    assert one.post("/ortto/v1/audiences/get", **call).status_code == 200  # a call to a vendor does it, too
    assert (calls(one), calls(other)) == (1, 1)
    one.post("/ortto/v1/audiences/get", **call)
    at(2, 23)
    assert (calls(other), calls(one)) == (2, 2)  # not again by the other server
    at(4, 5)
    assert (calls(other), calls(one), calls(one, "mine")) == (0, 0, 1)


def test_a_reset_between_look_and_lock_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two servers find that the reset is due, and the one that gets the lock later leaves it at that."""
    now = datetime(2030, 5, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "time", lambda: now.timestamp())
    store = MemoryStore()
    app = create_app(load_scenario("empty"), vendors=("ortto",), store=store, reset_daily=time(3))
    worlds, locks, resets = app.context.worlds, [store.lock], list[str]()
    one, other = Upkeep(worlds, time(3)), Upkeep(worlds, time(3))
    app.context.upkeep.run_if_due()  # the first start resets nothing, and notes the time

    def lock_second(name: str) -> None:
        if len(locks) == 1:
            locks.append(locks[0])
            other.run_if_due()
        locks[0](name)

    monkeypatch.setattr(worlds, "reset", resets.append)
    monkeypatch.setattr(store, "lock", lock_second)
    now += timedelta(days=1)
    one.run_if_due()
    assert (resets, len(locks)) == ([DEFAULT_WORLD], 2)
    app.close()


def test_it_is_due_at_the_very_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2030, 5, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "time", lambda: now.timestamp())
    app = create_app(load_scenario("empty"), vendors=("ortto",), reset_daily=time(3))
    app.context.upkeep.run_if_due()
    resets: list[str] = []
    monkeypatch.setattr(app.context.worlds, "reset", resets.append)
    for moment, count in ((time(2, 59, 59), 0), (time(3), 1), (time(3, 0, 1), 1)):
        now = datetime.combine(date(2030, 5, 2), moment, UTC)
        app.context.upkeep.run_if_due()
        assert len(resets) == count, moment
    app.close()


@pytest.mark.parametrize("hour", [3, 12])
def test_it_is_not_looked_for_at_every_call(hour: int, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2030, 5, 1, 2, 59, 55, tzinfo=UTC).timestamp()
    monkeypatch.setattr(clock, "time", lambda: now)
    app = create_app(load_scenario("empty"), reset_daily=time(hour))
    looked: list[float] = []
    monkeypatch.setattr(app.context.upkeep._links, "delete_expired", lambda: looked.append(now))
    for seconds in (0, 1, 3):
        now += seconds
        app.context.upkeep.run_if_due()
    assert len(looked) == 1
    now += 1 if hour == 3 else 6  # after ten seconds, but when the reset is due at the latest
    app.context.upkeep.run_if_due()
    assert len(looked) == 2
    app.close()


def test_unused_worlds_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.time()
    monkeypatch.setattr(clock, "time", lambda: now)
    app = create_app(load_scenario("empty"), vendors=("ortto",), expire_worlds=20)
    client = Client(app)

    def names() -> list[str]:
        reply: Any = client.get("/_mock/worlds").json
        return [one["name"] for one in reply["worlds"]]

    made: Any = client.post("/_mock/worlds", json={"name": "used"}).json
    headers = made["vendors"]["ortto"]["headers"]
    client.post("/_mock/worlds", json={"name": "unused"})
    for _ in range(4):  # the first of them begins the time of the unused one
        now += 10
        assert client.post("/w/used/ortto/v1/audiences/get", json={}, headers=headers).status_code == 200
    assert names() == ["default", "used"]
    now += 21
    assert names() == ["default"], "the first request after the expiry does not see it"
    app.close()
