"""A small vendor and its worlds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from mockserver.binding.hooks import Hooks
from mockserver.state.collection_spec import NO_COLLECTIONS
from mockserver.state.scenario import Scenario
from mockserver.state.world import World
from mockserver.state.worlds import Worlds
from mockserver.storage.store import Store

START = datetime(2026, 1, 1, tzinfo=UTC)


class Field(NamedTuple):
    """A credential field."""

    name: str
    scheme: str | None
    mint: str
    tenant: str = ""
    beside: str | None = None
    value: str | None = None


@dataclass
class Shop:
    """A vendor with people as records, an index by e-mail, and jobs."""

    name: str = "shop"
    credentials: tuple[Field, ...] = (
        Field("api_key", "ApiKey", "key-{hex}"),
        Field("login", None, "{uuid}@example.com"),
    )
    contract: Any = None
    populated: list[str] = field(default_factory=list)
    done: list[tuple[datetime, str]] = field(default_factory=list)
    switches: dict[str, Any] = field(default_factory=dict)
    rates: dict[str, int] = field(default_factory=lambda: {"calls": 100, "writes": 10})
    run_immediately: Callable[[World], None] | None = None
    collections = NO_COLLECTIONS
    hooks: Hooks = field(default_factory=Hooks)
    jobs: dict[str, Callable[..., None]] = field(default_factory=dict)

    def populate(self, world: World, people: Any, section: Mapping[str, Any]) -> None:
        """Writes the people, and the section of the scenario."""
        self.populated.append(world.name)
        world.take_serials(len(people))
        world.records("person").bulk_insert(
            (f"p{person.number}", {"email": person.email, "first": person.first}, "", person.number)
            for person in people
        )
        world.index("by_email").bulk_insert((person.email, f"p{person.number}", 0) for person in people)
        world.records("list").add("seeded", {"section": dict(section), "at": world.now().isoformat()})
        world.jobs.schedule(world.now() + timedelta(days=1), "nightly")

    def job(self, name: str) -> Callable[..., None]:
        """The test's function for this job, else one that records when the job ran."""
        return self.jobs.get(name) or (lambda world, **_: self.done.append((world.now(), name)))


def twelve() -> Scenario:
    """Twelve people at the start of 2026."""
    return Scenario("twelve", "", 12, 7, {"sv_SE": 1.0, "nl_NL": 1.0}, START, {"shop": {"lists": 1}})


@pytest.fixture
def scenario() -> Scenario:
    return twelve()


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def worlds(store: Store, shop: Shop, scenario: Scenario) -> Worlds:
    """An empty register of worlds with two vendors and the scenario."""
    return Worlds(store, {"shop": shop, "depot": Shop("depot")}, {scenario.name: scenario})
