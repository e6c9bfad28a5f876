"""The server that commands control: in this process, where it starts in a tenth of the time."""

from collections.abc import Iterator

import pytest

from mockserver.app import create_app
from mockserver.server.http_server import Server


@pytest.fixture(scope="module")
def served() -> Iterator[Server]:
    """One server for the tests of a module, with the demo world."""
    with Server(create_app()) as server:
        yield server
