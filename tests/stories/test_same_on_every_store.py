"""The same calls get the same replies and journals, byte for byte, on every store and in every process."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from mockserver import vendors
from mockserver.app import create_app
from mockserver.state.scenario import load_scenario
from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Store
from mockserver.storage.urls import open_store
from mockserver.verify import story_file
from mockserver.verify.http_client import Request, Response
from tests.house.sources import ROOT
from tests.stories.environment import play
from tests.stories.in_process import NOW, URL, InProcessClient, Recorded, application_environment, time_stands

CALLS = 300


class RestoringClient(InProcessClient):
    """Restores the world, after every call that may write, from a snapshot of what the call left."""

    def send(self, request: Request) -> Response:
        reply = super().send(request)
        if request.method != "GET" and "/_mock/" not in request.url:
            snapshots = "/_mock/worlds/default/snapshots"
            assert self._client.post(snapshots, json={"name": "again"}).status_code == 201
            assert self._client.post(f"{snapshots}/again/restore").status_code == 200
        return reply


class KindsStore(MemoryStore):
    """A store in memory that notes the kinds of what is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: set[str] = set()

    def set(self, space: str, kind: str, id: str, entry: Any) -> None:
        self.kinds.add(kind)
        super().set(space, kind, id, entry)

    def fill(self, space: str, kind: str, entries: Any) -> None:
        self.kinds.add(kind)
        super().fill(space, kind, entries)


@time_stands()
def history(
    store: Store, client: type[InProcessClient] = InProcessClient
) -> tuple[Recorded, list[dict[str, Any]]]:
    """Every reply of the stories of all vendors; the journal and the hash of the state after each story."""
    app = create_app(replace(load_scenario("demo"), now=NOW), store=store)
    http, sent, journals = Client(app), client(app), []
    for name in vendors.names():
        file, environment = story_file.load_stories(name), application_environment(app, name, sent)
        for story in file.stories:
            assert http.post("/_mock/worlds/default/reset").status_code in (200, 204)
            play(file, story, environment)
            page = http.get("/_mock/worlds/default/journal?limit=1000").get_json()
            journals += [_without_duration(exchange) for exchange in page["exchanges"]]
            journals.append(http.get("/_mock/worlds/default/hash").get_json())
    store.close()
    return sent.recorded, journals


def _without_duration(exchange: dict[str, Any]) -> dict[str, Any]:
    """The exchange without the one member that differs from run to run."""
    return {name: value for name, value in exchange.items() if name != "duration_us"}


@cache
def played() -> tuple[tuple[Recorded, list[dict[str, Any]]], set[str]]:
    """The history in memory, and the kinds of what was stored: one play serves several tests."""
    store = KindsStore()
    return history(store), store.kinds


def in_memory() -> tuple[Recorded, list[dict[str, Any]]]:
    return played()[0]


def test_a_file_replies_like_memory(tmp_path: Path) -> None:
    recorded, journals = in_memory()
    assert len(recorded) > CALLS
    assert history(open_store(f"sqlite:///{tmp_path}/store.db")) == (recorded, journals)


def test_postgres_replies_like_memory(database: str) -> None:
    assert history(open_store(database)) == in_memory()


def test_a_world_restored_after_every_write_replies_the_same() -> None:
    """What a write changes is in the state that forks and snapshots are made of, and nowhere else."""
    assert history(MemoryStore(), RestoringClient)[0] == in_memory()[0]


def digest(told: tuple[Recorded, list[dict[str, Any]]]) -> str:
    """A digest of a history."""
    return hashlib.sha256(repr(told).encode()).hexdigest()


def test_a_process_with_another_order_of_hashes_replies_the_same() -> None:
    script = f"from {__name__} import digest, in_memory; print(digest(in_memory()))"
    other = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": other, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"{digest(in_memory())}\n"


def test_the_replies_are_not_all_errors() -> None:
    recorded, journals = in_memory()
    assert sum(status < 400 for _, status, _, _ in recorded) > len(recorded) / 2
    assert len(journals) > 250
    assert len({one["hash"] for one in journals if "hash" in one}) > 50
    assert sum(bool(one.get("effects")) for one in journals) > 100


@pytest.mark.parametrize("vendor", vendors.names())
def test_every_vendor_takes_part(vendor: str) -> None:
    assert any(f"{URL}/{vendor}/" in url for url, *_ in in_memory()[0])
