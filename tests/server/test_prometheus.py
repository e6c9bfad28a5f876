"""What Prometheus reads: how much was called and how it went, and how things stand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from mockserver.app import create_app
from mockserver.errors import StoreUnavailableError
from mockserver.server.prometheus import Metrics
from mockserver.storage.sql_store import SqlStore
from mockserver.storage.sqlite import SQLite

KEY = {"X-Api-Key": "PRK-mockserver"}
GET = "/ortto/v1/audiences/get"
HERE = {"vendor": "ortto", "operation": "get_audiences"}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SQLite]:
    engine = SQLite(str(tmp_path / "store.db"))
    yield engine
    engine.close()


@pytest.fixture
def client(engine: SQLite) -> FlaskClient:
    return create_app(
        people=0, vendors=("ortto", "voyado"), store=SqlStore(engine), observers=[Metrics()]
    ).test_client()


def read(client: FlaskClient, name: str, **labels: str) -> float | None:
    """One sample as a Prometheus would read it."""
    page = client.get("/_mock/metrics")
    assert page.status_code == 200
    assert page.content_type.startswith("text/plain; version=")
    for family in text_string_to_metric_families(page.text):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return float(sample.value)
    return None


def test_calls_are_counted_by_vendor_operation_and_status(client: FlaskClient) -> None:
    for headers in (KEY, KEY, {}):
        client.post(GET, json={}, headers=headers)
    assert read(client, "mockserver_calls_total", **HERE, status="200") == 2
    assert read(client, "mockserver_calls_total", **HERE, status="401") == 1
    assert read(client, "mockserver_call_duration_seconds_count", **HERE) == 3
    total = read(client, "mockserver_call_duration_seconds_sum", **HERE)
    assert total is not None
    assert 0 < total < 30


def test_what_was_wrong_is_counted(client: FlaskClient) -> None:
    client.post(GET, json={"limit": "many"}, headers=KEY)
    client.get("/ortto/v1/nowhere", headers=KEY)
    client.get("/nobody/x")
    assert read(client, "mockserver_violations_total", **HERE, side="call") == 1
    assert read(client, "mockserver_flaws_total", vendor="ortto", flaw="unknown_path") == 1
    assert read(client, "mockserver_flaws_total", vendor="", flaw="unknown_vendor") == 1


def test_every_fault_that_strikes_is_counted(client: FlaskClient) -> None:
    for fault in ({"kind": "latency", "seconds": 0, "times": 2}, {"kind": "status", "status": 503}):
        client.post("/_mock/worlds/default/faults", json={"vendor": "ortto", **fault})
    for _ in range(3):
        client.post(GET, json={}, headers=KEY)
    assert read(client, "mockserver_faults_total", vendor="ortto", kind="latency") == 2
    assert read(client, "mockserver_faults_total", vendor="ortto", kind="status") == 1


def test_how_things_stand(client: FlaskClient) -> None:
    assert read(client, "mockserver_worlds") == 1
    client.post("/_mock/worlds", json={"name": "mine", "people": 3, "now": "2026-01-01T00:00:00Z"})
    client.get("/w/mine/voyado/api/v3/target-audiences")  # has its nightly work planned
    assert read(client, "mockserver_worlds") == 2
    assert read(client, "mockserver_jobs_late") == 0
    client.put("/_mock/worlds/mine/settings", json={"jobs": "manual"})
    client.put("/_mock/worlds/mine/clock", json={"advance": 864000})
    late = read(client, "mockserver_jobs_late")
    assert late is not None
    assert late > 0
    client.post("/_mock/worlds/mine/jobs/run", json={})
    assert read(client, "mockserver_jobs_late") == 0


def test_a_store_that_can_only_be_read_does_not_answer(
    client: FlaskClient, engine: SQLite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreUnavailableError("the disk is full", again=False)

    monkeypatch.setattr(engine, "put", full)
    assert read(client, "mockserver_store_up") == 0


def test_a_store_that_is_gone_is_told(
    client: FlaskClient, engine: SQLite, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post(GET, json={}, headers=KEY)
    assert read(client, "mockserver_store_up") == 1

    def gone(*_: object) -> None:
        raise StoreUnavailableError("gone", again=False)

    monkeypatch.setattr(engine, "select", gone)
    monkeypatch.setattr(engine, "enter", gone)
    assert read(client, "mockserver_store_up") == 0
    assert read(client, "mockserver_worlds") is None
    assert read(client, "mockserver_calls_total", **HERE, status="200") == 1
    assert client.post(GET, json={}, headers=KEY).status_code == 503
    assert read(client, "mockserver_calls_total", vendor="ortto", operation="", status="503") == 1


def test_they_are_for_those_who_know_the_token() -> None:
    app = create_app(people=0, vendors=("ortto",), token="known", observers=[Metrics()])
    client = app.test_client()
    assert client.get("/_mock/metrics").status_code == 401
    assert client.get("/_mock/metrics", headers={"Authorization": "Bearer known"}).status_code == 200


def test_a_server_without_metrics_says_how_to_have_them() -> None:
    refusal = create_app(people=0, vendors=("ortto",)).test_client().get("/_mock/metrics")
    assert refusal.status_code == 404
    assert refusal.json is not None
    assert refusal.json["error"] == "metrics_off"
    assert re.search(r"mockserver serve --metrics", refusal.json["message"])
