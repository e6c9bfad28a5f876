"""The tests of vendors and control pass against two servers on one PostgreSQL that take calls in turn."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import postgres
from tests.alternating import alternating
from tests.child_pytest import run_alone
from tests.concurrency.servers import several_servers

TESTS = Path(__file__).parents[1]
PART = ["control/test_settings.py", "vendors/test_fanfare_audiences.py"]
"""A sample for the gate, of either folder: each test takes a quarter of a second of CPU here."""
WHOLE = ["control", "vendors"]


@pytest.fixture(scope="module")
def proxy_url(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a proxy that sends calls to two servers in turn."""
    with ExitStack() as stack:
        store = stack.enter_context(cluster.database())
        started = stack.enter_context(several_servers(tmp_path_factory.mktemp("replicas"), store, 2))
        yield stack.enter_context(alternating([control.url for control, _ in started]))


@pytest.mark.parametrize(
    "tests", [PART, pytest.param(WHOLE, marks=pytest.mark.thorough)], ids=["part", "whole"]
)
def test_the_tests_pass(proxy_url: str, tests: list[str], tmp_path: Path) -> None:
    """Runs the unchanged tests of vendors and control with the URL of the proxy, in the gate some of them."""
    options = ("--assert=plain", f"--basetemp={tmp_path}/own", "--mockserver-url", proxy_url)
    names = [str(TESTS / name) for name in tests]
    done = run_alone(*options, *names, cwd=TESTS.parent, timeout=3600)
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2_000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) >= 15 * len(tests), done.stdout[-500:]
