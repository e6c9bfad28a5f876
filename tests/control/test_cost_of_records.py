"""What it costs to read and compare records: as much in a small world as in a large one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from mockserver.app import create_app
from mockserver.storage.sqlite import SQLite
from mockserver.storage.urls import open_store

WORLD = "/_mock/worlds/default"
SIZES = (20, 1_500)


class Counter:
    """Counts the statements to a database and the rows that they return."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements = self.rows = 0
        select = SQLite.select

        def counted(engine: SQLite, *words: Any) -> list[tuple[Any, ...]]:
            found = select(engine, *words)
            self.statements, self.rows = self.statements + 1, self.rows + len(found)
            return found

        monkeypatch.setattr(SQLite, "select", counted)

    def of(self, http: Client, path: str) -> tuple[int, int]:
        """Statements and rows of a request that succeeds."""
        before = self.statements, self.rows
        reply = http.get(f"{WORLD}{path}")
        assert reply.status_code == 200, reply.data
        return self.statements - before[0], self.rows - before[1]


@pytest.fixture
def cost(monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(monkeypatch)


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[list[Client]]:
    """A small and a large world whose seed data is written, each on a file."""
    apps = [
        create_app(people=size, store=open_store(f"sqlite:///{tmp_path}/{size}.db"), vendors=("voyado",))
        for size in SIZES
    ]
    clients = [Client(app) for app in apps]
    for http, size in zip(clients, SIZES, strict=True):
        counts = {
            one["name"]: one["count"] for one in http.get(f"{WORLD}/collections").get_json()["collections"]
        }
        assert counts["contacts"] == size
    yield clients
    for app in apps:
        app.close()


def create(http: Client) -> None:
    headers = http.get(WORLD).get_json()["vendors"]["voyado"]["headers"]
    body = {"firstName": "Ada", "email": "ada@cost.example", "countryCode": "SE"}
    assert http.post("/voyado/api/v3/contacts", json=body, headers=headers).status_code == 201


@pytest.mark.parametrize("path", ["/diff", "/hash"])
def test_a_difference_costs_what_has_changed(worlds: list[Client], cost: Counter, path: str) -> None:
    small, large = (cost.of(http, path) for http in worlds)
    assert small == large
    assert large[0] <= 12, "no statement for each collection"
    for http in worlds:
        create(http)
    assert [cost.of(http, path)[0] - large[0] for http in worlds] == [3, 3]


def page_costs(cost: Counter, http: Client) -> Iterator[tuple[int, int]]:
    path = "/collections/voyado/contacts?limit=10"
    yield cost.of(http, path)
    for after in ("1", "5", "9"):
        yield cost.of(http, f"{path}&after={after}0000000-0000-4000-8000-000000000000")


def test_a_page_costs_the_same_anywhere(worlds: list[Client], cost: Counter) -> None:
    statements, rows = {*page_costs(cost, worlds[1])}.pop()
    assert {*page_costs(cost, worlds[1])} == {(statements, rows)}
    assert rows < SIZES[1] / 2, "not what lies before the page"
