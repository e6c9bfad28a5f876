"""Servers for concurrent callers: one in this process, or two on a file or on PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest

from mockserver.client import Control, World
from tests.concurrency.servers import one_server, several_servers

CreateWorld = Callable[..., list[World]]


SERVERS = ["one server", "two servers on a file", "two servers on PostgreSQL"]


@pytest.fixture(scope="package", params=SERVERS)
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with ExitStack() as stack:
        if request.param == "one server":
            yield stack.enter_context(one_server())
            return
        folder = tmp_path_factory.mktemp("arena")
        store = f"sqlite:///{folder}/worlds.db"
        if request.param.endswith("PostgreSQL"):
            store = stack.enter_context(request.getfixturevalue("cluster").database())
        vendors = [word for name in ("fanfare", "ortto", "voyado") for word in ("--vendor", name)]
        started = stack.enter_context(several_servers(folder, store, 2, "--people", "20", *vendors))
        yield [control for control, _ in started]


@pytest.fixture(scope="package")
def numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def create_world(servers: list[Control], numbers: Iterator[int]) -> Iterator[CreateWorld]:
    """Creates a world with a frozen clock; returns a client of it for every server."""
    made: set[str] = set()

    def make(**options: Any) -> list[World]:
        options = {"people": 20, "name": f"arena-{next(numbers)}", **options}
        facts = servers[0].send("POST", "/worlds", options)
        made.add(facts["name"])
        World(servers[0], facts).clock.freeze()
        return [server.world(facts["name"]) for server in servers]

    yield make
    for world in servers[0].worlds():
        if world.name in made:
            world.delete()


@pytest.fixture
def worlds(create_world: CreateWorld) -> list[World]:
    """A new world: a client of it for every server."""
    return create_world()
