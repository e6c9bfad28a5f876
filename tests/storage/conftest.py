"""Fixtures of the tests of stores."""

from collections.abc import Iterator

import pytest

from mockserver.storage.store import Row, Store
from mockserver.storage.urls import open_store


@pytest.fixture
def kept(database: str) -> Iterator[Store]:
    """A store on PostgreSQL with one document."""
    store = open_store(database)
    store.space("w").put("k", Row("kept", "", 0, b"1"))
    yield store
    store.close()
