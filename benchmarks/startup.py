"""The first second: time to ready, calls in the first second, imports, the cost of the pytest plugin."""

import json
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Final

from calls import CONTACTS, Client, Request, to_vendor
from figures import Figures
from load import load, need_wrk
from processes import result_of, script, serve

from mockserver import Control

_IMPORT: Final = """
import json, sys, time
before = len(sys.modules)
began = time.perf_counter()
import {module}
{use}
took = time.perf_counter() - began
print(json.dumps([took, len(sys.modules) - before]))
"""
_CONFTEST: Final = """
import time
from statistics import quantiles

import pytest

TOOK = {"with_world": [], "without": []}


def quickest(took):
    return quantiles(took, n=10)[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    began = time.perf_counter()
    result = yield
    TOOK[item.originalname.removeprefix("test_")].append(time.perf_counter() - began)
    return result


def pytest_sessionfinish(session):
    print()
    print("took", quickest(TOOK["with_world"]) - quickest(TOOK["without"]))
"""
_TESTS: Final = """
import pytest


@pytest.fixture
def nothing():
    yield


@pytest.mark.parametrize("number", range({tests}))
def test_without(nothing, number):
    pass


@pytest.mark.parametrize("number", range({tests}))
def test_with_world(mockserver, number):
    pass
"""
_OTHERS: Final = {one.name for one in entry_points(group="pytest11")} - {"mockserver"}
PYTEST: Final = (
    *(sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider"),
    # other plugins take a hundred times longer than what is measured
    *(word for name in sorted(_OTHERS) for word in ("-p", f"no:{name}")),
)
"""The command of a session in which only this project's plugin is loaded."""

WITH_AND_WITHOUT: Final[tuple[tuple[str, ...], ...]] = ((), ("-p", "no:mockserver"))
"""The options of a session with this project's plugin, and of one without it."""

TRIVIAL: Final = "def test_nothing():\n    pass\n"
"""A session's only test."""


def startup(figures: Figures, rounds: int) -> None:
    """Everything that a user waits for before the first reply."""
    need_wrk()
    figures.topic("start")
    with tempfile.TemporaryDirectory() as folder:
        _server(figures, rounds, {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder})
    _imports(figures, rounds)
    _first_calls(figures)


def plugin(figures: Figures, rounds: int, tests: int) -> None:
    """What the pytest plugin costs a session that does not use it, and a test that does."""
    figures.topic("pytest")
    with tempfile.TemporaryDirectory() as folder:
        test = Path(folder) / "test_nothing.py"
        test.write_text(TRIVIAL, encoding="utf-8")
        sessions = [[_cpu_seconds(test, *words) for words in WITH_AND_WITHOUT] for _ in range(rounds + 1)]
        least = [min(one) for one in zip(*sessions[1:], strict=True)]  # the first wrote the byte code
        figures.add("a session without a world", "CPU time", least[1] * 1000, "ms")
        figures.add("a session without a world", "of the plugin", (least[0] - least[1]) * 1000, "ms", 5)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "conftest.py").write_text(_CONFTEST, encoding="utf-8")
        worlds = Path(folder) / "test_worlds.py"
        worlds.write_text(_TESTS.format(tests=tests), encoding="utf-8")
        done = subprocess.run([*PYTEST, str(worlds)], cwd=folder, capture_output=True, text=True, check=True)
        took = float(done.stdout.partition("took ")[2].split()[0])
        figures.add("a test's world", "created to deleted", took * 1000, "ms", 2)


def _server(figures: Figures, rounds: int, environment: dict[str, str]) -> None:
    """Time to ready and the calls in the first second; byte code is cached, as it is in an installation."""
    with serve(environment=environment) as served:
        requests = _gets(served.url)
    ready, calls = [], []
    for _ in range(rounds):
        with serve(environment=environment) as served:
            ready.append(served.ready)
            calls.append(load(served.url, requests, 1).calls)
    figures.add("mockserver serve", "time to ready", min(ready), "s", 0.25)
    figures.add("mockserver serve", "calls in the first second", max(calls))


def _gets(url: str) -> list[Request]:
    """Gets of the contacts of the default world, which are the same on every server."""
    world = Control(url).world()
    client = Client(url)
    since = "changeType=Created&fromDate=2000-01-01T00:00:00Z"
    ids = json.loads(client.ok(to_vendor(world, "voyado", f"/api/v3/contacts/changes?{since}")))
    client.close()
    return [to_vendor(world, "voyado", f"/api/v3/contacts/{id}") for id in ids[:CONTACTS]]


def _imports(figures: Figures, rounds: int) -> None:
    code = {
        "import mockserver": _IMPORT.format(module="mockserver", use=""),
        "mockserver.create_app, loaded": _IMPORT.format(module="mockserver", use="mockserver.create_app"),
    }
    for name, lines in code.items():
        found = [result_of((sys.executable, "-P", "-c", lines)) for _ in range(rounds + 1)][1:]
        figures.add(name, "time", min(took for took, _ in found) * 1000, "ms")
        figures.add(name, "modules", found[0][1])


def _first_calls(figures: Figures) -> None:
    for vendor, took in result_of(script("in_process.py", "first", "200")).items():
        row = f"first call to {vendor}, 200 people"
        figures.add(row, "time", took["first"] * 1000, "ms")
        figures.add(row, "ratio to the next", took["first"] / took["next"])


def _cpu_seconds(test: Path, *options: str) -> float:
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([*PYTEST, *options, str(test)], cwd=test.parent, capture_output=True, check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
