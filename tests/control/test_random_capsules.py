"""Random sessions, in real and in frozen time, replay from their capsules on another server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from werkzeug.test import Client

from mockserver.app import create_app
from mockserver.server import wsgi_adapter
from tests.processes import Served

HERE, THERE = "http://mock.test", "http://other.test"
STEPS = 25


class Session:
    """A session of random calls and control operations in one world."""

    def __init__(self, client: Client, seed: int) -> None:
        self.client, self.random, self.world = client, Random(seed), f"session-{seed}"
        start = {"now": "2026-03-04T05:06:07Z"} if seed % 2 else {}
        body = {"name": self.world, "scenario": "demo", "people": 15, "seed": seed % 3, **start}
        made = client.post("/_mock/worlds", json=body, base_url=HERE).get_json()
        self.headers = {name: one["headers"] for name, one in made["vendors"].items()}

    def call(self, method: str, target: str, body: Any = None, **headers: str) -> None:
        vendor = target.split("/")[1]
        sent = {**self.headers.get(vendor, {}), **headers}
        self.client.open(f"/w/{self.world}{target}", method=method, json=body, headers=sent, base_url=HERE)

    def control(self, method: str, path: str, body: Any = None) -> None:
        self.client.open(f"/_mock/worlds/{self.world}{path}", method=method, json=body, base_url=HERE)

    def fault(self, **plan: Any) -> None:
        self.control("POST", "/faults", plan)

    def step(self) -> None:
        """One thing that may happen, chosen at random; some are refused."""
        random, call, control = self.random, self.call, self.control
        email, name = f"p{random.randrange(6)}@example.com", f"s{random.randrange(2)}"
        person = {"people": [{"fields": {"str::email": email}}], "merge_by": ["str::email"]}
        criteria = {"$and": [{"$bol::is": {"field_id": "bol::p", "value": True}}]}
        kind = random.choice(["status", "duplicate", "drop_after", "truncate", "garbage"])
        jobs, vendor = random.choice(["on_time", "manual", "immediate"]), random.choice([*self.headers])
        profile = random.choice(["degraded", "night-stuck"])
        contact = {"email": email, "firstName": "F", "countryCode": "SE"}
        choices: list[Callable[[], None]] = [
            lambda: call("POST", "/ortto/v1/person/merge", person),
            lambda: call("POST", "/ortto/v1/audiences/get", {"limit": 3}),
            lambda: call("POST", "/ortto/v1/audiences/get", {}, **{"X-Api-Key": f"PRK-{random.random()}"}),
            lambda: call("POST", "/fanfare/api/v1/consumers", {"email": email, "fullName": "X"}),
            lambda: call("GET", f"/fanfare/api/v1/consumers?limit={random.randrange(4)}"),
            lambda: call("POST", "/voyado/api/v3/contacts", contact),
            lambda: call("GET", "/voyado/api/v3/target-audiences"),
            lambda: call("GET", "/unknown/x"),
            lambda: control("PUT", "/clock", {"advance": random.choice([1, 3_600, 90_000])}),
            lambda: control("PUT", "/clock", {"frozen": random.random() < 0.5}),
            lambda: control("PUT", "/settings", {"jobs": jobs, "limits": random.random() < 0.5}),
            lambda: self.fault(kind=kind, times=random.choice([1, 2])),
            lambda: self.fault(kind="status", status=503, probability=0.5, times=None),
            lambda: self.fault(kind="latency", seconds={"uniform": [1, 9]}, clock=True, times=2),
            lambda: control("DELETE", "/faults"),
            lambda: control("PUT", f"/profiles/{profile}", {"lasts": random.choice([5, 7_200, None])}),
            lambda: control("DELETE", f"/profiles/{profile}"),
            lambda: control("POST", "/jobs/run", {"all": random.random() < 0.3}),
            lambda: control("POST", "/snapshots", {"name": name, "settle": random.random() < 0.3}),
            lambda: control("POST", f"/snapshots/{name}/restore"),
            lambda: control("POST", "/reset", {"vendor": vendor}),
            lambda: control("POST", "/credentials", {"vendor": vendor}),
            lambda: control("POST", "/backstage/ortto/create_audience", {"name": email, "filter": criteria}),
        ]
        random.choice(choices)()


@pytest.fixture(autouse=True)
def no_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Delays of replies are not slept through: a session records how long they would have been."""
    monkeypatch.setattr(wsgi_adapter, "time", SimpleNamespace(sleep=lambda _seconds: None))


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Client, Client]]:
    apps = [create_app(hosts=[host], people=0) for host in ("mock.test", "other.test")]
    yield Client(apps[0]), Client(apps[1])
    for app in apps:
        app.close()


def recorded(here: Client, seed: int) -> tuple[bytes, dict[str, Any]]:
    """The capsule of a random session, and the hashes of the records at its end."""
    session = Session(here, seed)
    for _ in range(STEPS):
        session.step()
    path = f"/_mock/worlds/{session.world}"
    content = here.get(f"{path}/capsule", base_url=HERE)
    assert content.status_code == 200, content.data
    return content.data, here.get(f"{path}/hash").get_json()


@pytest.mark.parametrize("seed", range(8))
def test_a_random_session_replays_with_the_same_state(servers: tuple[Client, Client], seed: int) -> None:
    here, there = servers
    content, hashes = recorded(here, seed)
    path = f"/_mock/worlds/replayed-{seed}"
    replayed = there.put(f"{path}/capsule", data=content, base_url=THERE)
    assert replayed.status_code == 200, replayed.data
    assert replayed.get_json()["difference"] is None
    assert len(replayed.get_json()["steps"]) > STEPS / 3
    assert there.get(f"{path}/hash").get_json() == hashes


@pytest.mark.thorough
def test_300_random_sessions_replay_in_another_process(
    servers: tuple[Client, Client], serve: Callable[..., Served], tmp_path: Path
) -> None:
    """The other process keeps its worlds in a file, and hashes with another seed."""
    here, there = servers[0], serve("--people", "0", "--store", f"sqlite:///{tmp_path}/replayed.db")
    for seed in range(100, 400):
        content, hashes = recorded(here, seed)
        url = f"{there.url}/_mock/worlds/replayed-{seed}"
        replayed = requests.put(f"{url}/capsule", data=content, timeout=600)
        assert (replayed.status_code, replayed.json()["difference"]) == (200, None), (seed, replayed.text)
        assert requests.get(f"{url}/hash", timeout=60).json() == hashes, seed
        assert here.delete(f"/_mock/worlds/session-{seed}", base_url=HERE).status_code == 204
        assert requests.delete(url, timeout=60).status_code == 204
