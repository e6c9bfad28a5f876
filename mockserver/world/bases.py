"""Frozen bases: the start that all worlds of one scenario, seed, size and day stand on, written once."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Protocol

import orjson

from mockserver.world.moments import from_iso, to_iso
from mockserver.world.scenario import Scenario
from mockserver.world.store import Row, Store
from mockserver.world.world import World

_KIND = "_base"


class Populated(Protocol):
    """What a base needs of a vendor."""

    @property
    def name(self) -> str:
        """The vendor's name."""

    def populate(self, world: World, people: Any, section: Mapping[str, Any]) -> None:
        """Writes the vendor's start."""


class Bases:
    """A base is registered with its recipe and filled vendor by vendor, each when it is first met.

    Times in a base are told from its anchor: the world's own start, else the midnight (UTC) before it was
    made. The same recipe gives the same bytes.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ready: set[tuple[str, str]] = set()
        self._people: tuple[str, Any] = ("", ())

    def register(self, scenario: Scenario, seed: int, people: int, start: datetime | None) -> str:
        """The space of the base with this recipe."""
        anchor = start or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        recipe = orjson.dumps(
            {
                "scenario": scenario.fingerprint,
                "seed": seed,
                "people": people,
                "anchor": to_iso(anchor),
                "locales": dict(scenario.locales),
                "vendors": {name: dict(section) for name, section in scenario.vendors.items()},
            },
            option=orjson.OPT_SORT_KEYS,
        )
        space = "b/" + hashlib.sha256(recipe).hexdigest()[:12]
        self._store.put("", _KIND, Row(space, "", 0, recipe))
        return space

    def prepare(self, space: str, vendor: Populated) -> None:
        """Writes the vendor's part of the base, unless that was done."""
        part = (space, vendor.name)
        if part in self._ready:
            return
        with self._store.transaction():
            self._store.hold(space)
            if self._store.get(space, _KIND, vendor.name) is None:
                self._write(space, vendor)
            # A call that fails may take what was written here back with it.
            self._store.after_commit(lambda: self._ready.add(part))

    def _write(self, space: str, vendor: Populated) -> None:
        row = self._store.get("", _KIND, space)
        recipe = orjson.loads(row.body or b"{}") if row else {}
        world = World(
            space, recipe["seed"], vendor.name, self._store.space(space), from_iso(recipe["anchor"])
        )
        vendor.populate(world, self._people_of(space, recipe), recipe["vendors"].get(vendor.name, {}))
        self._store.put(space, _KIND, Row(vendor.name, "", 0, b"1"))

    def _people_of(self, space: str, recipe: Mapping[str, Any]) -> Any:
        if self._people[0] != space:
            # Loaded here because Faker costs every start what only a populated world needs.
            population = import_module("mockserver.world.population")
            people = population.people(recipe["seed"], recipe["people"], recipe["locales"])
            self._people = (space, people)
        return self._people[1]
