"""Fixtures and hooks of all tests: stores, a shop to send calls to, and the selection of slow tests."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import engine

from mockserver import vendors
from mockserver.app import Application
from mockserver.pytest_plugin import MockServer
from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Store
from mockserver.storage.urls import open_store
from tests import bytecode, certificates, child_pytest, fuzzer_storage, garbage, postgres, schedule
from tests.contract.effect_recorder import EffectRecorder
from tests.contract.value_recorder import ValueRecorder
from tests.run_scope import is_whole
from tests.shop import Shop
from tests.slow import is_slow_file, needs_postgres

pytest_plugins = ["tests.processes", "tests.outside.evidence_plugin"]

# The same examples each time: what fails, fails for all. `--hypothesis-profile default` draws others.
# No test fails for the time that it takes, since a machine may be busy.
settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")
# A failure is reported in half a minute, even if each example takes long: five minutes is the default.
engine.MAX_SHRINKING_SECONDS = 30


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """All tests together reach every operation, every problem (by our own plugin) and every value."""
    garbage.collect_rarely()
    monkeypatch = pytest.MonkeyPatch()
    config.add_cleanup(monkeypatch.undo)
    child_pytest.leave_out_plugins(monkeypatch)
    fuzzer_storage.share(monkeypatch)
    certificates.read_once(monkeypatch)
    schedule.share_by_stealing(config)
    if is_whole(config):
        config.option.mockserver_vendor = vendors.names()
        config.option.mockserver_fail_under = ["operations=100", "problems=100"]
        config.pluginmanager.register(ValueRecorder(monkeypatch), "contract-values")
        config.pluginmanager.register(EffectRecorder(monkeypatch), "contract-effects")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Keeps compiled modules; before the workers start, and when pytest's cache is there."""
    bytecode.keep(session.config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Shares the work of compiling the test files among the workers."""
    config = session.config
    bytecode.import_own_part(config, lambda file: pytest_ignore_collect(file, config) is None)


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Has `-n auto` start one worker more than processors, as some tests wait for processes and a browser."""
    number = yield
    return number if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else number + 1


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Does not import slow files whose tests `-m "not slow"` would leave out."""
    return True if "not slow" in config.option.markexpr and is_slow_file(collection_path) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks slow tests, so that `-m "not slow"` leaves them out, and begins with the longest."""
    for item in items:
        if is_slow_file(item.path) or needs_postgres(item):
            item.add_marker("slow")
    schedule.long_first(items)


def pytest_collection_finish() -> None:
    """All tests are loaded: what exists now stays to the end."""
    garbage.spare_collected_tests()


@pytest.fixture
def own_app(mockserver_server: MockServer) -> Application:
    """The application that serves the fixture `mockserver`, for a test that reaches into it.

    Without one (`--mockserver-url`) the test is skipped.
    """
    app: Application | None = mockserver_server.app
    if app is None:
        pytest.skip("another process serves")
    return app


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL of this session's own, for the tests of the store on it."""
    if postgres.find_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster() as cluster:
        yield cluster


@pytest.fixture
def database(cluster: postgres.Cluster) -> Iterator[str]:
    """The URL of an empty database."""
    with cluster.database() as url:
        yield url


@pytest.fixture(params=["memory", "file", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, in memory, on a file and on PostgreSQL."""
    urls = {"memory": "memory:", "file": f"sqlite:///{tmp_path}/store.db"}
    store = open_store(urls.get(request.param) or request.getfixturevalue("database"))
    yield store
    store.close()


@pytest.fixture
def shop() -> Iterator[Shop]:
    store = MemoryStore()
    yield Shop(store)
    store.close()
