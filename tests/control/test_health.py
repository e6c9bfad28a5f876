"""Health and readiness are separate."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask.testing import FlaskClient

from mockserver.app import create_app
from mockserver.errors import StoreUnavailableError
from mockserver.storage import postgres as postgres_module
from mockserver.storage.sql_store import SqlStore
from mockserver.storage.sqlite import SQLite
from mockserver.storage.urls import open_store
from mockserver.vendors import names as vendor_names
from tests import postgres

WHERE = "database secret.internal is down"


class Fickle(SQLite):
    """A database that can become unavailable."""

    gone = False

    def select(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        self._fail_if_gone()
        return super().select(statement, values)

    def enter(self) -> None:
        self._fail_if_gone()
        super().enter()

    def _fail_if_gone(self) -> None:
        if self.gone:
            raise StoreUnavailableError(WHERE, again=False)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Fickle]:
    engine = Fickle(str(tmp_path / "store.db"))
    yield engine
    engine.close()


@pytest.fixture
def client(engine: Fickle) -> FlaskClient:
    """A client of a server that requires a token."""
    return create_app(people=0, store=SqlStore(engine), token="secret").test_client()


def test_a_healthy_server(client: FlaskClient) -> None:
    ready, health = client.get("/_mock/ready"), client.get("/_mock/health")
    assert (ready.status_code, ready.json) == (200, {"status": "ready", "seed_data_pending": vendor_names()})
    assert health.status_code == 200
    assert health.json is not None
    assert health.json["worlds"] == 1


def test_a_server_without_its_store_is_healthy_but_not_ready(
    client: FlaskClient, engine: Fickle, caplog: pytest.LogCaptureFixture
) -> None:
    engine.gone = True
    ready, health = client.get("/_mock/ready"), client.get("/_mock/health")
    assert (ready.status_code, ready.json["error"]) == (503, "store_unavailable")  # type: ignore[index]
    assert (health.status_code, health.json["worlds"]) == (200, None)  # type: ignore[index]
    assert WHERE not in ready.text + health.text
    assert [one.levelno for one in caplog.records if WHERE in one.getMessage()] == [logging.WARNING]
    engine.gone = False
    assert client.get("/_mock/ready").status_code == 200


def test_health_begins_no_transaction(
    client: FlaskClient, engine: Fickle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> NoReturn:
        raise AssertionError("a transaction")

    monkeypatch.setattr(engine, "enter", fail)
    assert client.get("/_mock/health").status_code == 200


def test_a_restarted_database(
    cluster: postgres.Cluster, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(database)
    try:
        client = create_app(people=0, store=store).test_client()
        assert client.get("/_mock/ready").status_code == 200
        with cluster.started_again(), monkeypatch.context() as patch:
            patch.setattr(postgres_module, "_CONNECTION_TIMEOUT", 0.3)
            cluster.stop()
            assert client.get("/_mock/ready").status_code == 503
            assert client.get("/_mock/health").json["worlds"] is None  # type: ignore[index]
        assert client.get("/_mock/ready").status_code == 200
    finally:
        store.close()
