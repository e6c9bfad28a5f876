"""All worlds of one server: created, found, forked, reset, snapshotted and deleted.

Their register is kept in the store's root space, so that it outlives the process wherever the store does.
"""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import orjson

from mockserver.errors import InvalidScenarioError, Problem
from mockserver.formats.timestamps import from_iso, to_iso
from mockserver.state import jobs
from mockserver.state.clock import Clock
from mockserver.state.credentials import (
    Credentials,
    KnownCredential,
    default_world_credentials,
    find,
    generate,
)
from mockserver.state.events import Observer
from mockserver.state.faults import Faults
from mockserver.state.jobs import Job
from mockserver.state.journal import MAX_EXCHANGES, Journal
from mockserver.state.quota import Quota
from mockserver.state.scenario import Scenario, load_scenario, scenario_names
from mockserver.state.seed_data import SeedData
from mockserver.state.session import (
    ROOT_SPACE,
    CredentialLookup,
    RequestSession,
    WorldLookup,
    WorldLookupCache,
    WorldRecord,
    clock_of,
    settings_of,
    space_of,
    world_of,
)
from mockserver.state.settings import AS_DOCUMENTED, Settings, WorldSettings
from mockserver.state.vendor_protocol import VendorProtocol
from mockserver.state.world import World
from mockserver.storage.store import Row, Space, Store, body_of, body_of_parent

DEFAULT_WORLD = "default"
MAX_WORLDS = 10_000
_MOST_SNAPSHOTS = 100
_ROOT = ROOT_SPACE
_TRIES = 3
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Worlds:
    """The register. Refusals are problems of the control contract (`unknown_world`, `world_exists` …)."""

    def __init__(
        self,
        store: Store,
        vendors: Mapping[str, VendorProtocol],
        scenarios: Mapping[str, Scenario],
        most: int = MAX_WORLDS,
        most_exchanges: int = MAX_EXCHANGES,
        most_bytes: int | None = None,
    ) -> None:
        """`scenarios` are those beyond the shipped ones: nobody may name a file over the network.

        There are at most `most` worlds, each with so many exchanges and about so many bytes of records.
        """
        self.store = store
        self.vendors = vendors
        self._scenarios = dict(scenarios)
        self._most, self._most_exchanges = most, most_exchanges
        self.quota = Quota(store, most_bytes)
        self._root = store.space(_ROOT)
        self.seed_data = SeedData(store)
        self.observers: tuple[Observer, ...] = ()
        self._gates = WorldLookupCache()

    def create(
        self,
        name: str | None = None,
        scenario: str = "demo",
        seed: int | None = None,
        people: int | None = None,
        now: datetime | None = None,
        settings: Mapping[str, Any] = MappingProxyType({}),
        label: str | None = None,
    ) -> WorldRecord:
        """A new world at the start that its scenario describes. What is None the scenario decides.

        `label` says whose it is: the test that it is for.
        """
        template = self._scenario(scenario)
        start = now or template.now
        return self._register(
            name,
            {
                "scenario": scenario,
                "seed": template.seed if seed is None else seed,
                "people": template.people if people is None else people,
                "start": to_iso(start) if start else None,
                "settings": AS_DOCUMENTED.merged(settings).to_dict(),
                "label": label,
            },
            template,
        )

    def fork(self, source: str, name: str | None = None, label: str | None = None) -> WorldRecord:
        """A new world that goes on from where another stands, with credentials of its own."""
        with self.store.transaction():
            origin = self.get(source)
            kept = {key: origin[key] for key in ("scenario", "seed", "people", "start", "settings", "base")}
            world = self._register(name, {**kept, "label": label}, None)
            self.store.copy(f"w/{source}", f"w/{world['name']}")
        return world

    def get(self, name: str) -> WorldRecord:
        """The world as registered, held to the end of the transaction. Raises the problem unknown_world."""
        self.store.lock(name)
        row = self._root.get("_world", name)
        if row is None:
            raise Problem("unknown_world", world=name)
        world: WorldRecord = orjson.loads(row.body or b"{}")
        return world

    def all(self) -> list[WorldRecord]:
        """All worlds, the oldest first."""
        return [orjson.loads(row.body or b"{}") for row in self._root.iterate("_world")]

    def count(self) -> int:
        """How many worlds there are."""
        return self._root.count("_world")

    def delete(self, name: str) -> None:
        """Forgets a world, its journal, credentials and snapshots. The default world stays."""
        if name == DEFAULT_WORLD:
            raise Problem("default_world_stays")
        with self.store.transaction():
            snapshots = self.snapshots(name)
            # Worlds are held before the register, everywhere: nobody waits for somebody who waits for him.
            self.store.lock(_ROOT)
            for snapshot in snapshots:
                self.store.delete_space(f"s/{name}/{snapshot}")
            for kind in ("_snapshot", "_credential"):
                for row in self._root.iterate(kind, name):
                    self._root.delete(kind, row.id)
            self._root.delete("_world", name)
            self._root.delete("_used", name)
            self.store.delete_space(f"w/{name}")
            Journal(self.store, name).delete()

    def reset(self, name: str) -> None:
        """Back to its start. Snapshots and minted credentials stay; its own hold again."""
        with self.store.transaction():
            self.get(name)
            self.store.delete_space(f"w/{name}")
            # With its numbers: the ids of calls come from them, and the same calls shall get the same again.
            Journal(self.store, name).delete()
            self.credentials(name).restore()

    def snapshot(self, name: str, snapshot: str) -> None:
        """Keeps how the world is now under a name; again under the same name replaces it."""
        with self.store.transaction():
            kept = self.snapshots(name)
            if snapshot not in kept and len(kept) >= _MOST_SNAPSHOTS:
                raise Problem("too_many_snapshots", world=name, most=_MOST_SNAPSHOTS)
            self.store.delete_space(f"s/{name}/{snapshot}")
            self.store.copy(f"w/{name}", f"s/{name}/{snapshot}")
            self._root.put("_snapshot", Row(f"{name}/{snapshot}", name, self._next("_snapshot", name), b"1"))

    def snapshots(self, name: str) -> list[str]:
        """The names of a world's snapshots, the oldest first."""
        self.get(name)
        return [row.id.partition("/")[2] for row in self._root.iterate("_snapshot", name)]

    def restore(self, name: str, snapshot: str) -> None:
        """Puts the world back to a snapshot; the journal goes on. Raises the problem unknown_snapshot."""
        with self.store.transaction():
            if snapshot not in self.snapshots(name):
                raise Problem("unknown_snapshot", snapshot=snapshot, world=name)
            self.store.delete_space(f"w/{name}")
            self.store.copy(f"s/{name}/{snapshot}", f"w/{name}")

    def delete_snapshot(self, name: str, snapshot: str) -> None:
        """Drops a snapshot. Raises the problem unknown_snapshot."""
        with self.store.transaction():
            if snapshot not in self.snapshots(name):
                raise Problem("unknown_snapshot", snapshot=snapshot, world=name)
            self.store.delete_space(f"s/{name}/{snapshot}")
            self._root.delete("_snapshot", f"{name}/{snapshot}")

    def clock(self, name: str) -> Clock:
        """The world's clock."""
        return self._clock(self.get(name))

    def journal(self, name: str) -> Journal:
        """The world's exchanges."""
        self.get(name)
        return Journal(self.store, name, self._most_exchanges)

    def credentials(self, name: str) -> Credentials:
        """What lets callers into the world."""
        return Credentials(self.store, self.vendors, name, self.clock(name).now)

    def faults(self, name: str) -> Faults:
        """The faults that are armed in the world."""
        return self._faults(self.get(name))

    def settings(self, name: str) -> WorldSettings:
        """How the world behaves."""
        return self._settings(self.get(name))

    def jobs(self, name: str) -> list[Job]:
        """What waits to be done in the world, in order."""
        return jobs.pending(self._space(self.get(name)))

    def count_overdue_jobs(self) -> int:
        """How many jobs the clocks of all worlds have passed; they are done when their world is called."""
        return sum(jobs.count_overdue(self._space(one), self._clock(one).now()) for one in self.all())

    def load(self, registered: WorldRecord, vendor: str) -> World:
        """The world as the vendor sees it now; the vendor's start of it is written if it was not yet."""
        self.seed_data.ensure_loaded(registered["base"], self.vendors[vendor])
        settings = self._settings(registered).read()
        return self._world(registered, vendor, self._clock(registered).now(), settings)

    def resolve(self, vendor: str, named: str | None, presented: Sequence[tuple[str, str]]) -> RequestSession:
        """The world of a call, with all that the call has to know of it before it begins.

        It is named by the URL, else by a credential (field, value) that is presented, else the default one,
        and held to the end of the transaction. Raises the problem unknown_world.
        """
        key = (vendor, named, *presented)
        gate = self._gates.get(key)
        for _ in range(_TRIES):
            look = gate.load() if gate else None
            if look:
                return look
            ids = [f"{vendor}/{field}/{value}" for field, value in presented]
            home = self._find(named, ids)
            gate = WorldLookup(
                self.store, self.vendors[vendor], self.seed_data, self._most_exchanges, ids, home
            )
            gate = self._gates.keep(key, gate)
        raise Problem("unknown_world", world=gate.record["name"] if gate else named)

    def run_due(self, registered: WorldRecord) -> int:
        """Does the jobs that the world's clock has passed; gives how many."""
        with self.store.transaction():
            now = self._clock(registered).now()
            return jobs.run_due(self._space(registered), now, self._performer(registered), self._serves)

    def run_all(self, registered: WorldRecord) -> int:
        """Does every job that waits, each as if its time had come; gives how many."""
        with self.store.transaction():
            return jobs.run_all(self._space(registered), self._performer(registered), self._serves)

    def run_immediate_jobs(self, registered: WorldRecord, vendor: str) -> None:
        """Does the work that waits, and what the vendor of a call does then; the clock is not waited for."""
        with self.store.transaction():
            now = self._clock(registered).now()
            jobs.run_pending_work(self._space(registered), self._performer(registered, now), self._serves)
            at_once = self.vendors[vendor].run_immediately
            if at_once:
                at_once(self._world(registered, vendor, now, self._settings(registered).read()))

    def _serves(self, job: Job) -> bool:
        """Whether the job's vendor is served: one that another server left in the store may not be."""
        return job.vendor in self.vendors

    def _performer(self, registered: WorldRecord, now: datetime | None = None) -> Callable[[Job], None]:
        """Does a job in the world as it is at `now`, else when the job is due."""
        settings = self._settings(registered).read()

        def perform(job: Job) -> None:
            world = self._world(registered, job.vendor, now or job.due, settings)
            self.vendors[job.vendor].job(job.name)(world, **job.arguments)

        return perform

    def _find(self, named: str | None, ids: Sequence[str]) -> CredentialLookup:
        """To which world belongs who presents the credentials. Raises the problem unknown_world."""
        homes = [body_of_parent(_ROOT, "_world", "_credential", id) for id in ids]
        name = DEFAULT_WORLD if named is None else named
        wanted = [*(homes if named is None else ()), body_of(_ROOT, "_world", name)]
        bodies = self.store.fetch(*[body_of(_ROOT, "_credential", id) for id in ids], *wanted)
        home = next(filter(None, bodies[len(ids) :]), None)
        if home is None:
            raise Problem("unknown_world", world=name)
        return CredentialLookup(bodies[: len(ids)], home)

    def credential(self, vendor: str, field: str, value: str) -> KnownCredential | None:
        """What the server knows of a presented credential, whether or not it still holds."""
        return find(self.store, vendor, field, value)

    def ensure_default(
        self, scenario: str, seed: int | None, people: int | None, settings: Mapping[str, Any]
    ) -> None:
        """Makes the default world unless the store has it, also if others start at the same time."""
        with self.store.transaction():
            self.store.lock(_ROOT)
            if self._root.get("_world", DEFAULT_WORLD) is None:
                self.create(DEFAULT_WORLD, scenario, seed, people, settings=settings)
        self.grant_credentials()

    def grant_credentials(self) -> None:
        """Gives the worlds that another server left in the store credentials of vendors it did not serve."""
        for name in [world["name"] for world in self.all() if self._lacking(world)]:
            with self.store.transaction():
                # Held before it is read: somebody else may let in the same vendors, or delete it.
                self.store.lock(name)
                row = self._root.get("_world", name)
                world = orjson.loads(row.body or b"{}") if row else {}
                new = self._lacking(world) if row else {}
                if row and new:
                    given = self._draw(name, new)
                    world["credentials"] |= given
                    self._write(world, row.rank)
                    self.credentials(name).register(given)

    def _lacking(self, world: WorldRecord) -> dict[str, VendorProtocol]:
        """The vendors for which the world has no credentials."""
        return {name: self.vendors[name] for name in self.vendors if name not in world["credentials"]}

    def scenarios(self) -> list[str]:
        """The scenarios that a world can be created from."""
        return sorted({*scenario_names(), *self._scenarios})

    def _register(self, name: str | None, start: dict[str, Any], template: Scenario | None) -> WorldRecord:
        name = name or f"world-{uuid.uuid4().hex[:12]}"
        if not _NAME.fullmatch(name):
            raise Problem(
                "call_does_not_fit", reason=f"{name!r} is no name for a world", pointer="/name", field="name"
            )
        with self.store.transaction():
            self.store.lock(_ROOT)
            if self._root.get("_world", name):
                raise Problem("world_exists", world=name)
            if self._root.count("_world") >= self._most:
                raise Problem("too_many_worlds", most=self._most)
            world = {
                "name": name,
                **start,
                "created": to_iso(datetime.now(UTC)),
                "credentials": self._draw(name, self.vendors),
            }
            if template is not None:
                moment = from_iso(start["start"]) if start["start"] else None
                world["base"] = self.seed_data.register(template, start["seed"], start["people"], moment)
            self._write(world, self._next("_world"))
            self.credentials(name).register(world["credentials"])
        return world

    def _write(self, world: WorldRecord, rank: int) -> None:
        self._root.put("_world", Row(world["name"], "", rank, orjson.dumps(world)))

    def _next(self, kind: str, parent: str = "") -> int:
        return self.store.last_rank(_ROOT, kind, parent) + 1

    def _draw(self, world: str, vendors: Mapping[str, VendorProtocol]) -> dict[str, dict[str, str]]:
        """New credentials of a world; those of the default world are known to everybody."""
        given = default_world_credentials() if world == DEFAULT_WORLD else {}
        return {name: given.get(name) or generate(vendor) for name, vendor in vendors.items()}

    def _scenario(self, name: str) -> Scenario:
        if name not in self._scenarios:
            if name not in scenario_names():
                raise Problem("unknown_scenario", scenario=name, known=", ".join(self.scenarios()))
            try:
                self._scenarios[name] = load_scenario(name)
            except InvalidScenarioError as unfit:
                raise Problem("unfit_scenario", reason=str(unfit)) from unfit
        return self._scenarios[name]

    def _world(self, registered: WorldRecord, vendor: str, now: datetime, settings: Settings) -> World:
        return world_of(self._space(registered), registered, self.vendors[vendor], now, settings)

    def _faults(self, registered: WorldRecord) -> Faults:
        return Faults(self._space(registered), registered["seed"])

    def _settings(self, registered: WorldRecord) -> WorldSettings:
        return settings_of(self._space(registered), registered)

    def _space(self, registered: WorldRecord) -> Space:
        return space_of(self.store, registered)

    def _clock(self, registered: WorldRecord) -> Clock:
        return clock_of(self._space(registered), registered)
