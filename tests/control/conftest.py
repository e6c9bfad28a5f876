"""The control API of the session's server."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from mockserver.pytest_plugin import MockServer
from tests.control.api import Api


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
