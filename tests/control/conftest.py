"""The control API of the session's server, and the console of a server in real Chromium."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from mockserver.pytest_plugin import MockServer
from tests.control.api import Api
from tests.control.browser import Console, console
from tests.live_server import served
from tests.verify.chromium import Browser, chromium


@pytest.fixture
def api(mockserver_server: MockServer) -> Iterator[Api]:
    api = Api(mockserver_server.url)
    yield api
    api.session.close()


@pytest.fixture
def name(api: Api) -> Iterator[str]:
    """A name for a world that the test may create."""
    name = f"control-{uuid4().hex[:12]}"
    yield name
    api("DELETE", f"/worlds/{name}")


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a server for the tests of a module; some modules have another fixture of this name."""
    with served() as url:
        yield url


@pytest.fixture(scope="module")
def tab(browser: Browser, server: str) -> Iterator[Console]:
    """One tab for all tests of a module: a tab costs as much as a load of the console."""
    with console(browser, server) as tab:
        yield tab


@pytest.fixture
def page(tab: Console) -> Iterator[Console]:
    """The console; at the end nothing went wrong in it that nobody saw."""
    tab.begin()
    yield tab
    assert not tab.problems
