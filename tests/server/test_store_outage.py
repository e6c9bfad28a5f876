"""PostgreSQL goes away and comes back while vendors are called."""

import threading
import time
from collections.abc import Callable
from contextlib import closing

import psycopg
import requests

from mockserver.app import create_app
from mockserver.client import Control, World
from mockserver.storage.urls import open_store
from tests import postgres
from tests.processes import PATIENCE, Served


def _audiences(world: World) -> requests.Response:
    url = f"{world.url('ortto')}/v1/audiences/get"
    return requests.post(url, json={}, headers=world.headers("ortto"), timeout=PATIENCE)


def test_the_vendors_are_out_of_order_until_it_is_back(
    serve: Callable[..., Served], cluster: postgres.Cluster, database: str
) -> None:
    served = serve("--workers", "2", "--store", database, "--vendor", "ortto", "--people", "20")
    world = Control(served.url).create_world("one", people=20)
    assert _audiences(world).status_code == 200
    answers: list[requests.Response] = []
    done = threading.Event()

    def call() -> None:
        while not done.is_set():
            answers.append(_audiences(world))
            time.sleep(0.02)

    clients = [threading.Thread(target=call) for _ in range(3)]
    for client in clients:
        client.start()
    with cluster.started_again():
        cluster.stop()
        _until(lambda: any(answer.status_code == 503 for answer in answers))
    before = len(answers)
    _until(lambda: any(answer.status_code == 200 for answer in answers[before:]))
    done.set()
    for client in clients:
        client.join(PATIENCE)
    assert {answer.status_code for answer in answers} == {200, 503}
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert {"request_id", "code", "error"} <= refused.json().keys(), "in the vendor's own form"
    assert "Traceback" not in served.errors.read_text()
    numbers = [exchange["number"] for exchange in world.journal()]
    assert numbers == sorted(set(numbers))
    served.stop()


def test_a_dropped_table_makes_the_server_unready_until_it_is_back(database: str) -> None:
    app = create_app(people=0, vendors=("ortto",), store=open_store(database))
    client, key = app.test_client(), {"X-Api-Key": "PRK-mockserver"}

    def statuses() -> list[int]:
        vendor = client.post("/ortto/v1/audiences/get", json={}, headers=key)
        return [vendor.status_code, *(client.get(f"/_mock/{one}").status_code for one in ("worlds", "ready"))]

    assert statuses() == [200, 200, 200]
    with closing(app), psycopg.connect(database, autocommit=True) as administrator:
        administrator.execute("ALTER TABLE docs RENAME TO gone")
        assert statuses() == [503, 503, 503]
        assert client.get("/_mock/health").status_code == 200
        administrator.execute("ALTER TABLE gone RENAME TO docs")
        assert statuses() == [200, 200, 200]


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
