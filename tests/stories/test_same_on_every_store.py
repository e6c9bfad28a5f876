"""The same calls get the same replies and journals, byte for byte, on every store and in every process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver import vendors
from mockserver.storage.memory import MemoryStore
from mockserver.storage.urls import open_store
from mockserver.verify.http_client import Request, Response
from tests.examples import one_in
from tests.house.sources import ROOT
from tests.stories.history import WHOLE, digest, history, in_memory, replies
from tests.stories.in_process import URL, InProcessClient

CALLS = 300
STEP = 8
"""In the gate each store plays one story in eight of each vendor, not the same ones as another store."""


class RestoringClient(InProcessClient):
    """Restores the world, after every call that may write, from a snapshot of what the call left."""

    def send(self, request: Request) -> Response:
        reply = super().send(request)
        if request.method != "GET" and "/_mock/" not in request.url:
            snapshots = "/_mock/worlds/default/snapshots"
            assert self._client.post(snapshots, json={"name": "again"}).status_code == 201
            assert self._client.post(f"{snapshots}/again/restore").status_code == 200
        return reply


def each_time(first: int) -> pytest.MarkDecorator:
    """Gives a test the argument `part`: one story in `STEP` in each run, from this one on; or all of them."""
    parts = [
        pytest.param(slice(first, None, STEP), id="part"),
        pytest.param(WHOLE, id="whole", marks=pytest.mark.thorough),
    ]
    return pytest.mark.parametrize("part", parts)


@each_time(0)
def test_a_file_replies_like_memory(tmp_path: Path, part: slice) -> None:
    assert history(open_store(f"sqlite:///{tmp_path}/store.db"), part) == in_memory(part)


@each_time(2)
def test_postgres_replies_like_memory(database: str, part: slice) -> None:
    assert history(open_store(database), part) == in_memory(part)


@each_time(4)
def test_a_world_restored_after_every_write_replies_the_same(part: slice) -> None:
    """What a write changes is in the state that forks and snapshots are made of, and nowhere else."""
    restored = history(MemoryStore(), part, RestoringClient)
    assert [one.replies for one in restored.values()] == [one.replies for one in in_memory(part).values()]


@pytest.mark.parametrize("seed", one_in(3, "123"))
@each_time(6)
def test_a_process_with_another_order_of_hashes_replies_the_same(part: slice, seed: str) -> None:
    """A small set may have the same order in both by chance, so thorough runs try three orders."""
    names = ", ".join(one.__name__ for one in (MemoryStore, digest, history))
    script = f"from {history.__module__} import {names}; print(digest(history(MemoryStore(), {part})))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"{digest(in_memory(part))}\n"


def test_every_part_has_stories_of_every_vendor_that_change_something() -> None:
    """All parts together are the whole."""
    parts = [in_memory(slice(first, None, STEP)) for first in range(STEP)]
    assert {name for part in parts for name in part} == {*in_memory()}
    for part in parts:
        assert {vendor for vendor, _story in part} == {*vendors.names()}
        assert sum(len(one.replies) for one in part.values()) > CALLS / STEP
        changing = [one for one in part.values() if any(entry.get("effects") for entry in one.journal)]
        assert len(changing) > len(part) / 2


def test_the_replies_are_not_all_errors() -> None:
    recorded, history = replies(), [*in_memory().values()]
    journals = [entry for one in history for entry in one.journal]
    assert len(recorded) > CALLS
    assert sum(status < 400 for _, status, _, _ in recorded) > len(recorded) / 2
    assert len(journals) > 250
    assert len({one.state["hash"] for one in history}) > 50
    assert sum(bool(one.get("effects")) for one in journals) > 100


@pytest.mark.parametrize("vendor", vendors.names())
def test_every_vendor_takes_part(vendor: str) -> None:
    assert any(f"{URL}/{vendor}/" in url for url, *_ in replies())
