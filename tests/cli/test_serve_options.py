"""Options of `mockserver serve` for logging, metrics, expiry and limits."""

import io
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from mockserver import cli
from mockserver.cli.durations import Delay
from mockserver.client import Control, World
from mockserver.storage.layout import ROOT_SPACE, WORLD_USE
from mockserver.storage.store import Row
from mockserver.storage.urls import open_store
from tests.processes import PATIENCE, Served, refuse
from tests.server.test_prefork import workers_of

ORTTO = ("--people", "0", "--vendor", "ortto")


def call(world: World, **body: object) -> requests.Response:
    """A call on a connection of its own, which any worker may take."""
    url = f"{world.url('ortto')}/v1/audiences/get"
    return requests.post(url, json=body, headers=world.headers("ortto"), timeout=PATIENCE)


def counted(url: str) -> float:
    page = requests.get(f"{url}/_mock/metrics", timeout=PATIENCE).text
    samples = (sample for family in text_string_to_metric_families(page) for sample in family.samples)
    return sum(
        one.value
        for one in samples
        if one.name == "mockserver_calls_total" and one.labels["vendor"] == "ortto"
    )


def test_workers_share_metrics(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve(*ORTTO, "--workers", "2", "--store", f"sqlite:///{tmp_path}/x.db", "--metrics")
    world = Control(served.url).world("default")
    world.configure(limits=False)
    with ThreadPoolExecutor(4) as pool:
        assert {one.status_code for one in pool.map(lambda _: call(world), range(40))} == {200}
    assert [counted(served.url) for _ in range(6)] == [40.0] * 6, "on every worker"
    victim = min(workers_of(served))
    os.kill(victim, signal.SIGKILL)
    time.sleep(0.5)
    assert counted(served.url) == 40, "what the dead one counted stays"
    assert served.stop() == 0
    assert f"a worker (process {victim}) was ended by SIGKILL" in served.errors.read_text()


def test_metrics_need_prometheus_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mockserver.server.prometheus", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    refused = CliRunner().invoke(cli.mockserver, ["serve", "--port", "0", "--metrics", *ORTTO])
    assert refused.exit_code == 1
    assert "pip install 'audience-mockserver[metrics]'" in refused.output


def test_access_log_line_matches_the_journal(serve: Callable[..., Served], tmp_path: Path) -> None:
    store = ("--store", f"sqlite:///{tmp_path}/x.db")
    served = serve(*ORTTO, *store, "--workers", "2", "--log-format", "json")
    world = Control(served.url).world("default")
    for _ in range(5):
        call(world)
    numbers = {exchange["id"] for exchange in world.journal()}
    told = [json.loads(line) for line in served.errors.read_text().splitlines()]
    assert {one["id"] for one in told if one["vendor"] == "ortto"} == numbers
    assert len(numbers) == 5


def test_latency_of_every_reply(serve: Callable[..., Served]) -> None:
    served = serve(*ORTTO, "--latency", "100ms..200ms")
    control = Control(served.url)
    world = control.world()
    (fault,) = world.faults.all()
    assert fault.read()["seconds"] == {"uniform": [0.1, 0.2]}
    for one in (world, control.create_world()):
        assert min(call(one).elapsed.total_seconds() for _ in range(2)) >= 0.1
    world.reset()
    assert call(world).elapsed.total_seconds() >= 0.1
    assert served.errors.read_text() == "", "no access log by default"


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("200ms", 0.2),
        ("2", 2),
        ("100ms..2s", {"uniform": [0.1, 2]}),
        ("200ms~0.5", {"lognormal": {"median": 0.2, "sigma": 0.5}}),
        ('{"uniform": [0, 1]}', {"uniform": [0, 1]}),
    ],
)
def test_delays(text: str, delay: object) -> None:
    assert Delay().convert(text, None, None) == delay


@pytest.mark.parametrize("text", ["soon", "1s..", "1s~", "~1", "{", "1s..2s..3s"])
def test_a_wrong_delay_is_refused(text: str) -> None:
    refused = refuse("serve", "--latency", text)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "write it like 200ms, 100ms..2s (from, to) or 200ms~0.5 (median, spread)" in refused.stderr


def test_a_latency_that_no_fault_may_have_is_refused() -> None:
    refused = refuse("serve", "--latency", "10h")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "36000" in refused.stderr


def test_log_format_from_the_environment(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKSERVER_LOG_FORMAT", "text")
    served = serve(*ORTTO)
    call(Control(served.url).world("default"))
    assert "operation=get_audiences" in served.errors.read_text()
    monkeypatch.setenv("MOCKSERVER_LOG_FORMAT", "yaml")
    refused = refuse("serve")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "'yaml' is not one of 'text', 'json', 'none'" in refused.stderr


def test_replica_keeps_worlds_in_use_by_another(serve: Callable[..., Served], database: str) -> None:
    options = (*ORTTO, "--store", database, "--expire-worlds", "10s", "--metrics")
    one, two = serve(*options), serve(*options)
    used = Control(one.url).create_world("used")
    Control(two.url).create_world("unused")
    there = {"default", "used", "unused"}
    with closing(open_store(database)) as store:
        root = store.space(ROOT_SPACE)
        last = int(time.time()) - 5
        for name, at in (("used", last), ("unused", last - 10)):
            root.put(WORLD_USE, Row(name, "", at, b"1"))  # rather than wait for so long
        deadline = time.monotonic() + PATIENCE
        while there != {"default", "used"} or root.last_rank(WORLD_USE) == last:
            assert time.monotonic() < deadline, there
            assert call(used).status_code == 200
            there = {world.name for world in Control(two.url).worlds()}
            assert "used" in there
            time.sleep(0.1)
    for served in (one, two):
        page = requests.get(f"{served.url}/_mock/metrics", timeout=PATIENCE).text
        assert "\nmockserver_worlds 2.0" in page
    assert counted(one.url) > 0
    assert counted(two.url) == 0


def test_world_quota(serve: Callable[..., Served]) -> None:
    served = serve("--people", "0", "--vendor", "fanfare", "--max-world-bytes", "40K", "--max-journal", "10")
    world = Control(served.url).create_world("small", scenario="empty")
    url, headers = f"{world.url('fanfare')}/api/v1/audiences", world.headers("fanfare")

    def create(description: str) -> requests.Response:
        body = {"name": "x", "type": "STATIC", "description": description}
        return requests.post(url, json=body, headers=headers, timeout=PATIENCE)

    replies = [create("a" * 1000) for _ in range(70)]
    full = next(one for one in replies if one.status_code != 200)
    assert (full.status_code, full.json()["error"]) == (507, "world_full")
    kept = [one for one in replies if one.status_code == 200]
    assert 10 < len(kept) < 40
    listed = requests.get(url, headers=headers, timeout=PATIENCE)
    assert listed.status_code == 200, "reading needs no quota"
    assert len(listed.json()) == len(kept)
    assert len(world.journal()) <= 10 + 64
    world.reset()
    assert create("again").status_code == 200


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--expire-worlds", "0d", "must be longer than nothing; write a duration such as 30s or 12h"),
        ("--expire-worlds", "soon", "'soon' is not a duration; write it like 90s, 2h, 1d12h"),
        ("--max-world-bytes", "5x", "'5x' is not a valid value; write a number and a unit ("),
        ("--max-world-bytes", "5", "'5' is not a valid value; write a number and a unit ("),
    ],
)
def test_quantities_have_units(option: str, value: str, words: str) -> None:
    refused = refuse("serve", option, value)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert words in refused.stderr


def test_several_hosts_and_a_unix_socket(serve: Callable[..., Served], tmp_path: Path) -> None:
    path = tmp_path / "socket"
    served = serve("--host", "127.0.0.1", "--host", "127.0.0.2", "--unix-socket", str(path), *ORTTO)
    port = served.url.rpartition(":")[2]
    for host in ("127.0.0.1", "127.0.0.2"):
        assert requests.get(f"http://{host}:{port}/_mock/health", timeout=PATIENCE).ok
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(path))
        line.sendall(b"GET /_mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert line.recv(65_536).startswith(b"HTTP/1.1 200 OK\r\n")
    assert served.stop() == 0
    assert not path.exists()


def test_a_unix_socket_that_cannot_be_used(tmp_path: Path) -> None:
    refused = refuse("serve", "--port", "0", "--unix-socket", f"{tmp_path}/nowhere/socket", *ORTTO)
    assert refused.returncode == 2
    assert refused.stderr == (
        f"mockserver: cannot listen on {tmp_path}/nowhere/socket (No such file or directory); "
        "pass a usable path as --unix-socket\n"
    )


def test_workers_need_a_system_that_forks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delattr(os, "fork")
    words = ["serve", "--workers", "2", "--store", f"sqlite:///{tmp_path}/worlds.db"]
    done = CliRunner().invoke(cli.mockserver, words)
    assert "this system cannot fork, which 2 workers need; start several servers" in done.output
    assert done.exit_code == 1


def test_output_takes_every_character() -> None:
    for encoding in ("cp1252", "utf-8"):
        written = io.BytesIO()
        stream = io.TextIOWrapper(written, encoding=encoding)
        cli._allow_every_character(stream)
        stream.write("Łódź →")
        stream.flush()
        assert written.getvalue() == "Łódź →".encode()
