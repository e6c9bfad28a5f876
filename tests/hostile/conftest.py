"""One application for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.hostile.caller import Caller


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    caller = Caller()
    yield caller
    caller.close()
