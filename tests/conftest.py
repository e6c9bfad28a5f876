"""A shop to send calls to."""

from collections.abc import Iterator

import pytest

from mockserver.world.sqlite import SQLite
from mockserver.world.store import Store
from tests.shop import Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    store = Store(SQLite())
    yield Shop(store)
    store.close()
