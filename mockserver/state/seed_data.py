"""Frozen bases: the start that all worlds of one scenario, seed, size and day stand on, written once."""

import gc
import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Protocol

import orjson

from mockserver.formats.timestamps import from_iso, to_iso
from mockserver.state.scenario import Scenario
from mockserver.state.world import World
from mockserver.storage.store import Row, Store

_KIND = "_base"
_RECIPE = "_recipe"
_GONE = "gone"
_MOST_KEPT = 10_000  # people that stay in memory until the next vendor is met: more are soon made again


class SeedSource(Protocol):
    """What a base needs of a vendor."""

    @property
    def name(self) -> str:
        """The vendor's name."""

    def populate(self, world: World, people: Any, section: Mapping[str, Any]) -> None:
        """Writes the vendor's start."""


class SeedData:
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
        digest = hashlib.sha256(recipe).hexdigest()[:12]
        known = self._store.get("", _RECIPE, digest)
        turn = int(known.body or b"1") if known else 1
        space = _space(digest, turn)
        self._store.put("", _RECIPE, Row(digest, "", int(time.time()), str(turn).encode()))
        self._store.put("", _KIND, Row(space, "", 0, recipe))
        return space

    def collect_garbage(self, before: int) -> None:
        """Forgets those that no world stands on and none was made on since `before` (seconds since 1970).

        What is made of the same recipe later has another name: whoever has seen one that is gone must never
        take it for the next.
        """
        with self._store.transaction():
            self._store.lock("")
            old = [row for row in self._store.space("").iterate(_RECIPE) if row.rank < before]
            worlds = self._store.space("").iterate("_world") if old else ()
            used = {orjson.loads(row.body or b"{}")["base"] for row in worlds}
            for row in old:
                turn = int(row.body or b"1")
                space = _space(row.id, turn)
                if space not in used:
                    self._store.delete_space(space)
                    self._store.delete("", _KIND, space)
                    self._store.put("", _RECIPE, Row(row.id, _GONE, 0, str(turn + 1).encode()))
                    self._ready = {part for part in self._ready if part[0] != space}

    def ensure_loaded(self, space: str, vendor: SeedSource) -> bool:
        """Writes the vendor's part of the base, unless that was done; False if it was known to be there."""
        part = (space, vendor.name)
        if part in self._ready:
            return False
        with self._store.transaction():
            self._store.lock(space)
            if self._store.get(space, _KIND, vendor.name) is None:
                self._write(space, vendor)
            # A call that fails may take what was written here back with it.
            self._store.after_commit(lambda: self._ready.add(part))
        return True

    def _write(self, space: str, vendor: SeedSource) -> None:
        row = self._store.get("", _KIND, space)
        recipe = orjson.loads(row.body or b"{}") if row else {}
        world = World(
            space, recipe["seed"], vendor.name, self._store.space(space), from_iso(recipe["anchor"])
        )
        with _without_collecting():
            vendor.populate(world, self._people_of(space, recipe), recipe["vendors"].get(vendor.name, {}))
        self._store.put(space, _KIND, Row(vendor.name, "", 0, b"1"))

    def _people_of(self, space: str, recipe: Mapping[str, Any]) -> Any:
        if self._people[0] != space:
            # Loaded here because Faker costs every start what only a populated world needs.
            population = import_module("mockserver.state.people")
            people = population.people(recipe["seed"], recipe["people"], recipe["locales"])
            if len(people) > _MOST_KEPT:
                return people
            self._people = (space, people)
        return self._people[1]


@contextmanager
def _without_collecting() -> Iterator[None]:
    """To look for cycles among a hundred thousand people again and again took a tenth of their time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _space(digest: str, turn: int) -> str:
    return f"b/{digest}" if turn == 1 else f"b/{digest}-{turn}"
