"""The exceptions of clients whose server fails."""

from collections.abc import Iterator

import pytest

from tests.transports.clients import OVER_NETWORK
from tests.transports.faulty_servers import Failures, socket_server


@pytest.fixture(scope="package")
def failing() -> Iterator[Failures]:
    """The exceptions of clients of a plain server."""
    with socket_server() as url:
        yield Failures(url, *OVER_NETWORK)
