"""A server on a SQLite file that cannot be written: its vendors are out of order until it can."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import pytest
import requests

from mockserver import vendors
from mockserver.app import Application, create_app
from mockserver.call import Call
from mockserver.client import Control
from mockserver.pipeline.fault_injection import minimal_error
from mockserver.storage import sqlite as sqlite_module
from mockserver.storage.urls import open_store, settle
from tests.house.sources import ROOT
from tests.processes import PATIENCE, Served, Shell, one_line, refuse, run
from tests.server.test_prefork import create, names, workers_of
from tests.storage.test_sqlite_failures import locked

AUDIENCES = "/fanfare/api/v1/audiences"
SECRET = {"Authorization": "Bearer sk_test_mockserver"}


@contextmanager
def unwritable(served: Served) -> Iterator[None]:
    """The system refuses the server's writes to its files, as on a full disk."""
    resource = pytest.importorskip("resource", reason="Windows has no such limits")
    processes = {served.process.pid, *workers_of(served)}
    before = {one: resource.prlimit(one, resource.RLIMIT_FSIZE) for one in processes}
    for one, (_soft, hard) in before.items():
        resource.prlimit(one, resource.RLIMIT_FSIZE, (4096, hard))
    yield
    for one, limits in before.items():
        resource.prlimit(one, resource.RLIMIT_FSIZE, limits)


def fanfare(store: str) -> Application:
    """An application on this store, in this process."""
    return create_app("empty", people=0, vendors=("fanfare",), store=open_store(store))


def names_of(app: Application) -> list[str]:
    """The names of the audiences, after one is created."""
    client = app.test_client()
    created = client.post(AUDIENCES, json={"name": "before", "type": "STATIC"}, headers=SECRET)
    assert created.status_code == 200
    return [one["name"] for one in client.get(AUDIENCES, headers=SECRET).json or ()]


def readiness(served: Served) -> int:
    return requests.get(f"{served.url}/_mock/ready", timeout=PATIENCE).status_code


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_vendors_are_out_of_order_until_the_file_can_be_written(
    serve: Callable[..., Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # else a module is kept in part
    served = serve("--workers", workers, "--store", f"sqlite:///{tmp_path}/w.db", "--vendor", "fanfare")
    world = Control(served.url).create_world("one", scenario="empty")
    answered = {}
    for number in range(10):
        answered[f"before {number}"] = create(world, f"before {number}")
    with unwritable(served):
        assert readiness(served) == 503
        for number in range(10):
            answered[f"during {number}"] = create(world, f"during {number}")
        assert requests.get(f"{served.url}/_mock/health", timeout=PATIENCE).status_code == 200
    assert readiness(served) == 200
    for number in range(10):
        answered[f"after {number}"] = create(world, f"after {number}")
    statuses = {name.partition(" ")[0]: reply.status_code for name, reply in answered.items()}
    assert statuses == {"before": 200, "during": 503, "after": 200}
    assert sorted(names(world)) == sorted(name for name, reply in answered.items() if reply.ok)
    refused = [answered[f"during {number}"] for number in range(10)]
    ids = [reply.headers["X-Request-Id"] for reply in refused]
    assert len(set(ids)) == 10, "each has its own"
    assert "Traceback" not in served.errors.read_text()
    assert served.stop() == 0


def test_a_reply_without_the_store_has_the_id_of_its_own_call() -> None:
    given = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"]
    ids = []
    for id in given:
        call = Call("GET", "/")
        call.id = id
        reply = minimal_error(vendors.find("ortto"), call, 503)
        ids.append(json.loads(reply.body)["request_id"])
    assert ids == given


def test_a_locked_file_makes_the_server_unready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "_BRIEF_TIMEOUT", 0.2)
    with closing(fanfare(f"sqlite:///{tmp_path}/w.db")) as app:
        client = app.test_client()
        with locked(tmp_path / "w.db"):
            assert client.get("/_mock/ready").status_code == 503
        assert client.get("/_mock/ready").status_code == 200


def test_a_deleted_log_makes_the_server_unready(tmp_path: Path) -> None:
    """SQLite would go on in the deleted file, and its calls would be lost when the server stops."""
    store = f"sqlite:///{tmp_path}/w.db"
    with closing(fanfare(store)) as app:
        assert names_of(app) == ["before"]
        (tmp_path / "w.db-wal").unlink()
        client = app.test_client()
        assert client.post(AUDIENCES, json={"name": "x", "type": "STATIC"}, headers=SECRET).status_code == 503
        assert client.get("/_mock/ready").status_code == 503
        assert client.get("/_mock/worlds").status_code == 503
    with closing(fanfare(store)) as app:
        listed = app.test_client().get(AUDIENCES, headers=SECRET).json
        assert [one["name"] for one in listed or ()] == ["before"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_that_stops_leaves_everything_in_one_file(
    serve: Callable[..., Served], tmp_path: Path, workers: str
) -> None:
    """Who copies a database copies the one file; its log may be deleted before the stop."""
    served = serve("--workers", workers, "--store", f"sqlite:///{tmp_path}/w.db", "--vendor", "fanfare")
    created = create(Control(served.url).world("default"), "before")
    assert created.status_code == 200
    if workers == "1":
        (tmp_path / "w.db-wal").unlink()
    assert served.stop() == 0
    assert [one.name for one in tmp_path.iterdir()] == ["w.db"]
    with closing(fanfare(f"sqlite:///{tmp_path}/w.db")) as app:
        kept = app.test_client().get(f"{AUDIENCES}/{created.json()['id']}", headers=SECRET)
        assert (kept.json or {}).get("name") == "before"


def test_a_store_whose_processes_were_killed_is_settled(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/w.db"
    write = "import os, sys; from tests.server.test_file_outage import fanfare, names_of;"
    write += "assert names_of(fanfare(sys.argv[1])) == ['before']; os._exit(0)"
    subprocess.run([sys.executable, "-c", write, store], check=True, timeout=PATIENCE, cwd=ROOT)
    assert len([*tmp_path.iterdir()]) == 3
    settle(store)
    assert [one.name for one in tmp_path.iterdir()] == ["w.db"]
    with closing(fanfare(store)) as app:
        listed = app.test_client().get(AUDIENCES, headers=SECRET).json
        assert [one["name"] for one in listed or ()] == ["before"]


@pytest.mark.parametrize(("serve", "workers"), [(refuse, "1"), (run, "2")], ids=["1", "2"])
def test_a_server_that_cannot_start_leaves_one_file(serve: Shell, tmp_path: Path, workers: str) -> None:
    store = f"sqlite:///{tmp_path}/w.db"
    fanfare(store).close()
    options = ("--workers", workers, "--store", store, "--vendor", "nope")
    assert "unknown vendor 'nope'" in one_line(serve("serve", "--port", "0", *options))
    assert [one.name for one in tmp_path.iterdir()] == ["w.db"]


def test_a_call_that_does_not_end_keeps_the_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_module, "_END_TIMEOUT", 0.2)
    store = open_store(f"sqlite:///{tmp_path}/w.db")
    begun, ended = Event(), Event()

    def call() -> None:
        with store.transaction():
            begun.set()
            assert ended.wait(PATIENCE)

    with ThreadPoolExecutor() as threads:
        running = threads.submit(call)
        assert begun.wait(PATIENCE)
        store.close()
        ended.set()
        running.result(PATIENCE)  # its commit still finds the file open
    store.close()


@pytest.mark.parametrize(("serve", "workers"), [(refuse, "1"), (run, "2")], ids=["1", "2"])
def test_a_damaged_file_is_refused_at_the_start(serve: Shell, tmp_path: Path, workers: str) -> None:
    path = tmp_path / "w.db"
    store = ("--store", f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        columns = "space, kind, id, parent, rank, body, PRIMARY KEY (space, kind, id)"
        connection.execute(f"CREATE TABLE docs ({columns})")
        rows = ((number,) for number in range(300))
        connection.executemany("INSERT INTO docs VALUES ('x', '', ?, '', 0, zeroblob(900))", rows)
    connection.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xa5" * 30_000)
    refused = one_line(serve("serve", "--port", "0", "--workers", workers, *store))
    assert f"cannot open the store {path} (the file is damaged" in refused


def test_a_damaged_document_is_refused_at_the_start(tmp_path: Path) -> None:
    """No check of the database finds it: the pages are whole."""
    store = ("--store", f"sqlite:///{tmp_path}/w.db", "--vendor", "fanfare")
    fanfare(store[1]).close()
    with closing(sqlite3.connect(tmp_path / "w.db")) as connection:
        connection.execute("UPDATE docs SET body = x'a5a5' WHERE kind = '_world'")
        connection.commit()
    refused = one_line(refuse("serve", "--port", "0", *store))
    assert f"cannot open the store {store[1]} (a document in it is damaged" in refused


def test_worlds_in_memory_are_never_safe() -> None:
    refused = one_line(refuse("serve", "--port", "0", "--durability", "safe"))
    assert "worlds in memory end with the process; pass a --store such as sqlite:///worlds.db" in refused


def test_a_safe_server_serves(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve("--durability", "safe", "--store", f"sqlite:///{tmp_path}/w.db", "--vendor", "fanfare")
    assert readiness(served) == 200
    assert served.stop() == 0
