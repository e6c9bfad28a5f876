"""Copy-on-write seed data, shared by all worlds of one (scenario, seed, size, start)."""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, NotRequired, Protocol, TypedDict

import orjson

from mockserver.errors import WouldBlockError
from mockserver.formats.freeing import free
from mockserver.formats.timestamps import from_iso, to_iso
from mockserver.state import life_jobs
from mockserver.state.contract_view import ContractView
from mockserver.state.life import Life
from mockserver.state.life_events import Past
from mockserver.state.life_plan import LifePlan
from mockserver.state.long_work import without_gc
from mockserver.state.past_life import tell_past
from mockserver.state.people import people
from mockserver.state.person import Person
from mockserver.state.scenario import Scenario
from mockserver.state.vendor_protocol import LifeHooks
from mockserver.state.world import World
from mockserver.storage.layout import (
    JOB,
    ROOT_SPACE,
    SEED_DATA,
    SEED_DIGEST,
    SEED_SPEC,
    SERIAL,
    SNAPSHOT,
    WORLD,
    seed_space_name,
)
from mockserver.storage.store import Row, Store

_DELETED: Final = "gone"
_MAX_LIVES: Final = 8  # kept in memory; another one is drawn again
_MAX_STILL: Final = 1_000
_MAX_CACHED_PEOPLE: Final = 10_000  # people kept in memory for the next vendor; more only in `people_kept`


class SeedSource(Protocol):
    """A vendor, as far as seed data is concerned."""

    @property
    def name(self) -> str:
        """The vendor's name."""

    @property
    def contract(self) -> ContractView:
        """Its contract."""

    @property
    def hooks(self) -> LifeHooks:
        """Its optional hooks."""

    def populate(self, world: World, people: Any, section: Mapping[str, Any]) -> None:
        """Writes the vendor's seed data; `section` is the vendor's part of the scenario."""


class SeedSpec(TypedDict):
    """The parameters of seed data: the same spec gives the same bytes.

    `scenario` is the fingerprint of the scenario, `anchor` (ISO) the time to which all times in the data are
    relative, `vendors` has the section of each vendor, `named` the people with given fields, and `life` what
    people do as time passes.
    """

    scenario: str
    seed: int
    people: int
    anchor: str
    locales: dict[str, float]
    vendors: dict[str, dict[str, Any]]
    named: NotRequired[list[Mapping[str, Any]]]
    life: NotRequired[Mapping[str, Any]]


class SeedData:
    """The seed data in a store: registered with its spec, and loaded vendor by vendor on first use.

    The anchor is the world's own start, else the last midnight (UTC) before the world was created.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._root = store.space(ROOT_SPACE)
        self._loaded: set[tuple[str, str]] = set()
        self._people: tuple[str, list[Person]] = ("", [])
        self._keeps = 0
        self._still: set[str] = set()  # seed data without a life
        self._lives: dict[str, Life] = {}
        self._sections: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        self._pasts: tuple[str, list[Past]] = ("", [])

    def register(self, scenario: Scenario, seed: int, people: int, start: datetime | None) -> str:
        """The space of the seed data with this spec, registered if it was not."""
        anchor = start or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        spec: SeedSpec = {
            "scenario": scenario.fingerprint,
            "seed": seed,
            "people": people,
            "anchor": to_iso(anchor),
            "locales": dict(scenario.locales),
            "vendors": {name: dict(section) for name, section in scenario.vendors.items()},
        }
        if scenario.named:
            spec["named"] = [*scenario.named]
        if scenario.life:
            spec["life"] = dict(scenario.life)
        return self.register_spec(spec)

    def register_spec(self, spec: SeedSpec) -> str:
        """The space of the seed data with this spec, registered if it was not."""
        body = orjson.dumps(spec, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.sha256(body).hexdigest()[:12]
        row = self._root.get(SEED_SPEC, digest)
        generation = int(row.body or b"1") if row else 1
        space = seed_space_name(digest, generation)
        last_use = int(time.time())
        self._root.put(SEED_SPEC, Row(digest, "", last_use, str(generation).encode()))
        self._root.put(SEED_DATA, Row(space, "", 0, body))
        return space

    def spec(self, space: str) -> SeedSpec:
        """The spec of registered seed data."""
        row = self._root.get(SEED_DATA, space)
        spec: SeedSpec = orjson.loads((row and row.body) or b"{}")
        return spec

    def identifiers(self, space: str, most: int) -> list[str]:
        """The e-mail addresses and telephone numbers of the first people of registered seed data."""
        spec = self.spec(space)
        if not spec:
            return []
        found = people(spec["seed"], min(spec["people"], most), spec["locales"], spec.get("named", ()))
        return [text for one in found for text in (one.email, one.phone) if text]

    def section(self, space: str, vendor: str) -> Mapping[str, Any]:
        """The vendor's part of the scenario of registered seed data."""
        found = self._sections.get(space)
        if found is None:
            found = self.spec(space)["vendors"]
            kept = self._sections if len(self._sections) < _MAX_LIVES else {}
            self._sections = {**kept, space: found}
        return found.get(vendor, {})

    def life(self, space: str) -> Life | None:
        """The life of the people of registered seed data; None if nothing happens by itself."""
        if space in self._still:
            return None
        found = self._lives.get(space)
        if found is None:
            spec = self.spec(space)
            if not spec.get("life"):
                self._still = {space} if len(self._still) >= _MAX_STILL else {*self._still, space}
                return None
            found = self._new_life(space, spec)
            self._lives = {**(self._lives if len(self._lives) < _MAX_LIVES else {}), space: found}
        return found

    def _new_life(self, space: str, spec: SeedSpec) -> Life:
        named, plan = spec.get("named", []), LifePlan.from_section(spec.get("life", {}))

        def generate(count: int) -> list[Person]:
            return people(spec["seed"], count, spec["locales"], named)

        with self._people_of(space, spec) as found:
            return Life(spec["seed"], [*found], len(named), plan, from_iso(spec["anchor"]), generate)

    def digest(self, space: str, vendor: SeedSource) -> str:
        """The digest of the vendor's part of the seed data, which is written if it is missing.

        Raises `WouldBlockError` in a thread that must not wait, until it has been computed once.
        """
        self.ensure_loaded(space, vendor)
        known = self._store.space(space).get(SEED_DIGEST, vendor.name)
        if known is not None and known.body is not None:
            return known.body.decode()
        if not self._store.may_wait:
            raise WouldBlockError(space)
        digest = _digest(self._store, space, vendor.name)
        self._store.space(space).put(SEED_DIGEST, Row(vendor.name, "", 0, digest.encode()))
        return digest

    def collect_garbage(self, before: int) -> None:
        """Deletes seed data that no world uses and none was created from since `before` (Unix seconds).

        Seed data of the same spec gets a new generation later, and thus another name: a server that has seen
        the deleted data must not take the new data for it.
        """
        with self._store.transaction():
            self._store.lock(ROOT_SPACE)
            old = [row for row in self._root.iterate(SEED_SPEC) if row.rank < before]
            worlds = self._root.iterate(WORLD) if old else ()
            used = {base for world in worlds for base in self._bases(world)}
            for row in old:
                generation = int(row.body or b"1")
                space = seed_space_name(row.id, generation)
                if space not in used:
                    self._store.delete_space(space)
                    self._root.delete(SEED_DATA, space)
                    self._root.put(SEED_SPEC, Row(row.id, _DELETED, 0, str(generation + 1).encode()))
                    for part in [part for part in list(self._loaded) if part[0] == space]:
                        self._loaded.discard(part)

    def _bases(self, world: Row) -> set[str]:
        """The seed data of a registered world and of its snapshots."""
        snapshots = self._root.iterate(SNAPSHOT, world.id)
        return {orjson.loads(row.body or b"{}")["base"] for row in (world, *snapshots)}

    def is_loaded(self, space: str, vendor: str) -> bool:
        """Whether the vendor's part of the seed data is known to be written."""
        return (space, vendor) in self._loaded

    def ensure_loaded(self, space: str, vendor: SeedSource) -> bool:
        """Writes the vendor's part of the seed data unless it exists; False if it was known to exist.

        Raises `WouldBlockError` in a thread that must not wait: thousands of people take seconds.
        """
        part = (space, vendor.name)
        if part in self._loaded:
            return False
        if not self._store.may_wait:
            raise WouldBlockError(space)
        with self._store.transaction():
            # Of the vendor: calls to others do not wait for it.
            self._store.lock(f"{space}/{vendor.name}")
            if not self.is_complete(space, vendor.name):
                self._write(space, vendor)
            # After the commit: a call that fails may roll back what was written here.
            self._store.after_commit(lambda: self._loaded.add(part))
        return True

    def is_complete(self, space: str, vendor: str) -> bool:
        """Whether the vendor's part of the seed data has been written; another thread may be writing it."""
        return self._store.space(space).get(SEED_DATA, vendor) is not None

    def _write(self, space: str, vendor: SeedSource) -> None:
        spec = self.spec(space)
        documents = self._store.space(space)
        start = from_iso(spec["anchor"])
        world = World(space, spec["seed"], vendor.name, documents, start, contract=vendor.contract)
        section = spec["vendors"].get(vendor.name, {})
        with without_gc(), self._people_of(space, spec) as found:
            vendor.populate(world, found, section)
            life = self.life(space)
            if life is not None:
                life_jobs.begin(world, vendor.hooks, life, self._pasts_of(space, spec, life, found), section)
        documents.put(SEED_DATA, Row(vendor.name, "", 0, b"1"))

    def _pasts_of(self, space: str, spec: SeedSpec, life: Life, found: Sequence[Person]) -> list[Past]:
        """The pasts of the people, told once for all vendors; none without a history."""
        known, pasts = self._pasts
        if known != space:
            named = spec.get("named", [])
            pasts = tell_past(spec["seed"], found, named, life.plan, life.anchor) if life.plan.history else []
            self._pasts = (space, pasts) if len(pasts) <= _MAX_CACHED_PEOPLE else ("", [])
        return pasts

    @contextmanager
    def _people_of(self, space: str, spec: SeedSpec) -> Iterator[list[Person]]:
        known, cached = self._people  # in one step: several vendors may be written at once
        if known == space:
            yield cached
            return
        generated = people(spec["seed"], spec["people"], spec["locales"], spec.get("named", ()))
        if self._keeps or len(generated) <= _MAX_CACHED_PEOPLE:
            self._people = (space, generated)
            yield generated
        else:
            yield generated
            free(generated)

    @contextmanager
    def people_kept(self) -> Iterator[None]:
        """A block in which several vendors' seed data is written: however many people are generated once."""
        self._keeps += 1
        try:
            yield
        finally:
            self._keeps -= 1
            if len(self._people[1]) > _MAX_CACHED_PEOPLE:
                self._people = ("", [])


def _digest(store: Store, space: str, vendor: str) -> str:
    """The SHA-256 digest of the vendor's documents in the space, in hexadecimal digits."""
    found = hashlib.sha256()
    for kind, row in store.documents(space):
        if (
            kind.startswith((f"{vendor}.", f"{vendor}/"))
            or (kind == SERIAL and row.id == vendor)
            or (kind == JOB and row.id.startswith(f"{vendor}-"))
        ):
            found.update(orjson.dumps((kind, row.id, row.parent, row.rank)))
            found.update(row.body or b"")
    return found.hexdigest()
