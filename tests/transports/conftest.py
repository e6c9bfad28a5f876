"""The exceptions of clients whose server fails."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.transports.faulty_servers import Failing, exception_chain, socket_server


@pytest.fixture(scope="package")
def failing() -> Iterator[Failing]:
    """The classes that a client raises for a failure of a plain server, each found out once."""
    with socket_server() as url:

        @cache
        def raised(client: Callable[[str], bytes], failure: str) -> list[str]:
            with pytest.raises(Exception) as expected:  # noqa: PT011 - the classes are compared
                client(f"{url}/{failure}")
            return exception_chain(expected.value)

        yield raised
