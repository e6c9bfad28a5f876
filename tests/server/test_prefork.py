"""Several processes that serve one address: who dies is replaced, and nothing that was answered is lost."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from mockserver.client import Control, World
from mockserver.server.prefork import Supervisor
from tests.processes import PATIENCE, Served, refuse


@pytest.fixture(params=["file", "postgres"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that processes can share."""
    if request.param == "file":
        return f"sqlite:///{tmp_path}/worlds.db"
    url: str = request.getfixturevalue("database")
    return url


def workers_of(served: Served) -> set[int]:
    """The processes that serve: the living children of the one that watches."""
    task = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children")
    return {pid for pid in map(int, task.read_text().split()) if not _is_zombie(pid)}


def create(world: World, name: str) -> requests.Response:
    url = f"{world.url('fanfare')}/api/v1/audiences"
    body = {"name": name, "type": "STATIC"}
    return requests.post(url, json=body, headers=world.headers("fanfare"), timeout=PATIENCE)


def names(world: World) -> list[str]:
    url = f"{world.url('fanfare')}/api/v1/audiences"
    listed = requests.get(url, headers=world.headers("fanfare"), timeout=PATIENCE).json()
    return [one["name"] for one in listed]


def test_worlds_in_memory_cannot_be_shared() -> None:
    refused = refuse("serve", "--workers", "2")
    assert refused.returncode == 2
    assert refused.stderr == (
        "mockserver: 2 workers cannot share worlds in memory; "
        "pass a --store such as sqlite:///worlds.db or postgresql://…\n"
    )


def assert_one_world(world: World) -> None:
    """Whichever worker answers, it is one world."""
    for number in range(12):
        assert create(world, f"audience {number}").status_code == 200
        assert len(names(world)) == number + 1
    numbers = [exchange["number"] for exchange in world.journal()]
    assert numbers == list(range(1, 25)), "the journal is in order"


@pytest.mark.parametrize("how", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.thorough)])
def test_a_call_in_flight_is_answered_before_the_end_unless_it_only_waits(
    serve: Callable[..., Served], tmp_path: Path, how: signal.Signals
) -> None:
    served = serve("--workers", "2", "--store", f"sqlite:///{tmp_path}/worlds.db", "--vendor", "fanfare")
    control = Control(served.url)
    waits, works = control.create_world("one", scenario="empty"), control.create_world("two", people=10_000)
    waits.faults.add("fanfare", "create_audience", "latency", seconds=60)
    with ThreadPoolExecutor(2) as pool:
        waiting, working = pool.submit(create, waits, "late"), pool.submit(create, works, "slow")
        time.sleep(0.3)
        assert not working.done(), "the first call to a world makes its people"
        assert served.stop(how) == 0
        assert working.result(PATIENCE).status_code == 200
        assert isinstance(waiting.exception(PATIENCE), requests.ConnectionError)
    with pytest.raises(requests.ConnectionError):
        requests.get(served.url, timeout=PATIENCE)


def test_workers_end_with_the_process_that_watches_them(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve("--workers", "2", "--store", f"sqlite:///{tmp_path}/worlds.db", "--vendor", "fanfare")
    orphans = workers_of(served)
    assert orphans
    served.stop(signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{pid}").exists() and not _is_zombie(pid) for pid in orphans):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_worker_that_is_stopped_as_it_starts_hears_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal finds the handlers of the supervisor, which the worker has inherited."""
    arrived: list[int] = []
    forks = iter(["the first"])
    fork = os.fork

    def fork_and_stop() -> int:
        is_first, child = next(forks, None), fork()
        if is_first and child:
            os.kill(child, signal.SIGTERM)
        while is_first and not (child or arrived or signal.SIGTERM in signal.sigpending()):
            time.sleep(0.01)
        return child

    def work(ready: Callable[[], None], stop: threading.Event, wait: Callable[[], None]) -> None:
        os.write(writer, b"+" if stop.is_set() else b"-")
        ready()
        wait()

    monkeypatch.setattr(os, "fork", fork_and_stop)
    reader, writer = os.pipe()
    before = signal.signal(signal.SIGTERM, lambda number, _frame: arrived.append(number))
    workers = Supervisor(1, work)
    try:
        workers.start()
        assert os.read(reader, 1) == b"+"
    finally:
        workers.end()
        signal.signal(signal.SIGTERM, before)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.thorough)], ids=["few", "many"])
def test_killed_workers_lose_nothing_that_was_answered(
    serve: Callable[..., Served], shared: str, kills: int
) -> None:
    """Four clients create audiences while one worker after the other is killed without warning."""
    served = serve("--workers", "2", "--store", shared, "--vendor", "fanfare")
    assert len(workers_of(served)) == 2
    world = Control(served.url).create_world("one", scenario="empty")
    assert_one_world(world)
    done = threading.Event()
    answered: dict[str, int] = {}

    def call(client: int) -> None:
        number = 0
        while not done.is_set():
            number += 1
            try:
                reply = create(world, f"{client}/{number}")
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                continue
            answered[f"{client}/{number}"] = reply.status_code
            time.sleep(0.002)

    with ThreadPoolExecutor(4) as pool:
        clients = [pool.submit(call, client) for client in range(4)]
        try:
            _kill(served, kills)
        finally:
            done.set()
        for client in clients:
            client.result(PATIENCE)
    assert set(answered.values()) == {200}
    there = names(world)
    assert len(there) == len(set(there))
    assert answered.keys() <= set(there)
    numbers = [exchange["number"] for exchange in world.journal()]
    assert numbers == list(range(numbers[0], numbers[-1] + 1)), "none is missing and none is there twice"
    assert create(world, "afterwards").status_code == 200
    assert served.stop() == 0


def _kill(served: Served, times: int) -> None:
    """Kills that many workers, each once there are two again."""
    chance = random.Random(4)
    for _ in range(times):
        deadline = time.monotonic() + PATIENCE
        while len(workers := workers_of(served)) < 2:
            assert time.monotonic() < deadline, served.errors.read_text()
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.05))
        os.kill(chance.choice(sorted(workers)), signal.SIGKILL)
        time.sleep(0.12)


FATAL = """
import sys
from mockserver.server import vendor_middleware

def fail(*_):
    raise KeyboardInterrupt  # as an error of the loop itself, it ends the loop

vendor_middleware.handle_call = fail
from mockserver.cli import main
sys.argv = ["mockserver", "serve", "--port", "0", "--people", "0", "--vendor", "ortto", *sys.argv[1:]]
main()
"""


@contextmanager
def served_until_a_call(tmp_path: Path, *options: str) -> Iterator[tuple[Served, Path]]:
    """A server whose loops end by an error at the first call to a vendor."""
    output, errors = tmp_path / "output", tmp_path / "errors"
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen([sys.executable, "-c", FATAL, *options], stdout=out, stderr=err)
        served = Served(process, output, errors)
        try:
            deadline = time.monotonic() + PATIENCE
            while "ready at" not in served.printed or not served.printed.endswith("\n\n"):
                assert time.monotonic() < deadline, errors.read_text()
                time.sleep(0.02)
            yield served, errors
        finally:
            process.kill()
            process.wait(PATIENCE)


def test_a_server_whose_loop_fails_exits_with_an_error(tmp_path: Path) -> None:
    with served_until_a_call(tmp_path) as (served, errors):
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{served.url}/ortto/x", timeout=PATIENCE)
        assert served.process.wait(PATIENCE) == 2
        why = "the server's event loop ended by an error (KeyboardInterrupt); the log has its traceback"
        assert errors.read_text().splitlines()[-1] == f"mockserver: {why}"


def test_a_worker_whose_loop_fails_is_replaced(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/worlds.db"
    with served_until_a_call(tmp_path, "--workers", "2", "--store", store) as (served, _errors):
        before = workers_of(served)
        for _ in range(2):
            with pytest.raises(requests.ConnectionError):
                requests.get(f"{served.url}/ortto/x", timeout=PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while len(now := workers_of(served)) < 2 or now == before:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert requests.get(f"{served.url}/_mock/health", timeout=PATIENCE).ok
        assert served.stop() == 0


def test_workers_that_cannot_serve_are_given_up() -> None:
    """Each makes an application of its own, and this one cannot be made twice."""
    script = (
        "import sys\n"
        "from threading import Event\n"
        "from mockserver.server.listening import listen\n"
        "from mockserver.server.prefork import WorkerCrashLoopError, serve_prefork\n"
        "class Once:\n"
        "    def close(self): pass\n"
        "made = []\n"
        "def application():\n"
        "    assert not made\n"
        "    made.append(Once())\n"
        "    return made[0]\n"
        "try:\n"
        "    serve_prefork(2, application, listen('127.0.0.1', 0), print, Event())\n"
        "except WorkerCrashLoopError as hopeless:\n"
        "    sys.exit(str(hopeless))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 1
    message = "workers exit before they can respond; serve without --workers to see the error\n"
    assert done.stderr.endswith(message)
