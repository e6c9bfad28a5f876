"""A shop to send calls to."""

from collections.abc import Iterator

import pytest

from mockserver.world.sqlite import SQLite
from mockserver.world.store import Store
from tests import postgres
from tests.shop import Shop


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL of this session's own, for the tests of the store on it."""
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster() as cluster:
        yield cluster


@pytest.fixture
def database(cluster: postgres.Cluster) -> Iterator[str]:
    """The URL of an empty database."""
    with cluster.database() as url:
        yield url


@pytest.fixture
def shop() -> Iterator[Shop]:
    store = Store(SQLite())
    yield Shop(store)
    store.close()
