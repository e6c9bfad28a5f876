"""An arena for many callers: one server, or four on a file or on PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest

from mockserver.client import Control, World
from tests.concurrency.servers import one_server, several_servers

Enter = Callable[..., list[World]]


ARENAS = ["one server", "four servers on a file", "four servers on PostgreSQL"]


@pytest.fixture(scope="package", params=ARENAS)
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
        started = stack.enter_context(several_servers(folder, store, 4, "--people", "20", *vendors))
        yield [control for control, _ in started]


@pytest.fixture(scope="package")
def numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def enter(servers: list[Control], numbers: Iterator[int]) -> Iterator[Enter]:
    """Makes a world whose clock stands still, and gives it as every server shows it."""
    made: set[str] = set()

    def make(**wishes: Any) -> list[World]:
        wishes = {"people": 20, "name": f"arena-{next(numbers)}", **wishes}
        facts = servers[0].send("POST", "/worlds", wishes)
        made.add(facts["name"])
        World(servers[0], facts).clock.freeze()
        return [server.world(facts["name"]) for server in servers]

    yield make
    for world in servers[0].worlds():
        if world.name in made:
            world.delete()


@pytest.fixture
def worlds(enter: Enter) -> list[World]:
    """One new world as every server shows it."""
    return enter()
