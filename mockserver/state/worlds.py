"""All worlds of a server: create, find, fork, reset, snapshot and delete them, and run their jobs.

The worlds are registered in the store's root space, so they outlive the process if the store does.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

import orjson

from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso, to_iso
from mockserver.state import credentials as credential_values
from mockserver.state import events, jobs, world_listing
from mockserver.state.clock import Clock
from mockserver.state.credentials import Credentials, KnownCredential, generate_all
from mockserver.state.events import CallEvent, Observer
from mockserver.state.faults import Faults
from mockserver.state.job_runner import JobRunner
from mockserver.state.jobs import Job
from mockserver.state.journal import MAX_EXCHANGES, Journal
from mockserver.state.known_scenarios import KnownScenarios
from mockserver.state.profile import Profile, planned
from mockserver.state.quota import Quota
from mockserver.state.scenario import Scenario
from mockserver.state.seed_data import SeedData
from mockserver.state.session import RequestSession, WorldLookup, WorldLookupCache, find_world
from mockserver.state.settings import DEFAULT_SETTINGS, WorldSettings
from mockserver.state.snapshots import Snapshots
from mockserver.state.state_file import WorldState
from mockserver.state.vendor_protocol import VendorProtocol
from mockserver.state.world import World
from mockserver.state.world_listing import ListedWorld
from mockserver.state.world_record import (
    WorldRecord,
    apply_start,
    random_name,
    vendor_world,
    world_clock,
    world_settings,
    world_space,
)
from mockserver.storage.layout import (
    OF_A_WORLD,
    ROOT_SPACE,
    WORLD,
    WORLD_END,
    WORLD_USE,
    snapshot_space_name,
    start_space_name,
    world_space_name,
)
from mockserver.storage.store import Row, Space, Store

DEFAULT_WORLD: Final = "default"
MAX_WORLDS: Final = 10_000
_MAX_LOOKUP_ATTEMPTS: Final = 3
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Worlds:
    """The registered worlds. Errors are problems of the control contract (`unknown_world`, say)."""

    def __init__(
        self,
        store: Store,
        vendors: Mapping[str, VendorProtocol],
        scenarios: Mapping[str, Scenario],
        max_worlds: int = MAX_WORLDS,
        max_exchanges: int = MAX_EXCHANGES,
        max_world_bytes: int | None = None,
        keeps_replies: bool = True,
    ) -> None:
        """`scenarios` are available in addition to the shipped ones; files cannot be named over the network.

        There are at most `max_worlds` worlds, each with at most `max_exchanges` exchanges and about
        `max_world_bytes` bytes of records (None: unlimited). `keeps_replies`: those of unchanged reads.
        """
        self.store = store
        self.vendors = vendors
        self._scenarios = KnownScenarios(scenarios)
        self._max_worlds, self._max_exchanges = max_worlds, max_exchanges
        self.quota: Quota = Quota(store, max_world_bytes)
        self._root = store.space(ROOT_SPACE)
        self.last_count: world_listing.LastCount = world_listing.LastCount(self.count)
        self.saved: Snapshots = Snapshots(store)
        self.states: dict[str, WorldState] = {}
        """Exported states that the server was started with, by title."""
        self.seed_data: SeedData = SeedData(store)
        self.observers: tuple[Observer, ...] = ()
        self.redact: Callable[[str], str] = str
        """Blanks the secrets in a text, by the contracts of all vendors."""
        self.signals: events.WorldSignals = events.WorldSignals()
        self.check_scenario: Callable[[Scenario], None] = lambda _scenario: None
        self.perform: Callable[..., Any] | None = None
        """Performs an operation of the control API: its name, parameters, body and the server's URL."""
        self._lookups = WorldLookupCache(keeps_replies)
        self.job_runner: JobRunner = JobRunner(store, vendors, self.seed_data)

    def notify(self, make_event: Callable[[], CallEvent]) -> None:
        """Passes an event to all observers; it is made only if there are any."""
        if self.observers:
            events.notify(self.observers, make_event, self.redact)

    def create(
        self,
        name: str | None = None,
        scenario: str | Scenario = "demo",
        seed: int | None = None,
        people: int | None = None,
        now: datetime | None = None,
        settings: Mapping[str, Any] = MappingProxyType({}),
        label: str | None = None,
        profiles: Sequence[Profile] = (),
    ) -> WorldRecord:
        """Creates a world from a scenario, which provides the values that are None.

        `label` says what the world is for, such as the name of a test. Raises the problems unknown_scenario,
        unfit_scenario, world_exists, too_many_worlds, and call_does_not_fit for an invalid name.
        """
        template = scenario if isinstance(scenario, Scenario) else self._scenarios.find(scenario)
        start = now or template.now
        record: WorldRecord = {
            "name": name or random_name(),
            "scenario": template.name,
            "seed": template.seed if seed is None else seed,
            "people": template.people if people is None else max(people, len(template.named)),
            "start": to_iso(start) if start else None,
            "settings": DEFAULT_SETTINGS.merged(template.settings).merged(settings).to_dict(),
            "faults": [*template.faults],
            "profiles": [planned(one, self.vendors) for one in (*template.profiles, *profiles)],
            "label": label,
            "created": "",
            "credentials": {},
            "base": "",
        }
        return self.register(record, template)

    def fork(self, source: str, name: str | None = None, label: str | None = None) -> WorldRecord:
        """Creates a copy of a world in its current state, with new credentials and an empty journal."""
        name = name or random_name()
        with self.store.transaction():
            for one in sorted((source, name)):  # two forks in opposite directions would wait for each other
                self.store.lock(one)
            origin = self.get(source)
            copy: WorldRecord = {**origin, "name": name, "label": label}
            world = self.register(copy)
            self.store.copy(world_space_name(source), world_space_name(world["name"]))
            self.store.copy(start_space_name(source), start_space_name(world["name"]))
        return world

    def get(self, name: str) -> WorldRecord:
        """The record of a world, locked to the end of the transaction. Raises the problem unknown_world."""
        self.store.lock(name)
        return self.peek(name)

    def peek(self, name: str) -> WorldRecord:
        """The record of a world, without waiting for its calls. Raises the problem unknown_world."""
        row = self._root.get(WORLD, name)
        if row is None:
            raise Problem("unknown_world", world=name)
        world: WorldRecord = orjson.loads(row.body or b"{}")
        return world

    def all(self) -> list[WorldRecord]:
        """The records of all worlds, the oldest first."""
        return [orjson.loads(row.body or b"{}") for row in self._root.iterate(WORLD)]

    def page(self, limit: int, after: int = 0) -> tuple[list[ListedWorld], int | None]:
        """At most `limit` worlds, the oldest first, and the `after` of the next page: None after the last.

        All as they are at one moment, without those that are just being made; no world is locked.
        """
        return world_listing.page(self.store, limit, after)

    def activity(self, record: WorldRecord) -> tuple[Clock, Journal]:
        """The world's clock and journal, to be read without waiting for its calls."""
        return self._clock(record), Journal(self.store, record["name"], self._max_exchanges)

    def count(self) -> int:
        """The number of worlds."""
        return world_listing.count(self._root)

    def delete(self, name: str) -> None:
        """Deletes a world with its journal, credentials and snapshots; not the default world."""
        if name == DEFAULT_WORLD:
            raise Problem("default_world_stays")
        with self.store.transaction():
            snapshots = self.snapshots(name)
            # Lock order everywhere: worlds before the root space, so that there are no deadlocks.
            self.store.lock(ROOT_SPACE)
            for snapshot in snapshots:
                self.store.delete_space(snapshot_space_name(name, snapshot))
            self.store.delete_space(start_space_name(name))
            for kind in OF_A_WORLD:
                for row in self._root.iterate(kind, name):
                    self._root.delete(kind, row.id)
            world_listing.change_count(self._root, -1, self.last_count)
            for kind in (WORLD, WORLD_USE, WORLD_END):
                self._root.delete(kind, name)
            self.store.delete_space(world_space_name(name))
            Journal(self.store, name).delete()
            self.store.after_commit(lambda: self._forget(name))

    def _forget(self, name: str) -> None:
        """Frees the memory that this server keeps for a deleted world, and ends its streams."""
        self._lookups.forget(name)
        self.quota.forget(name)
        self.signals.send(name)

    def reset(self, name: str) -> None:
        """Resets a world to its start. Keeps snapshots and minted credentials; restores the original ones."""
        with self.store.transaction():
            record = self.get(name)
            self.store.delete_space(world_space_name(name))
            # Including the numbering, from which ids of calls derive: the same calls must get the same ids.
            Journal(self.store, name).begin_again()
            self.credentials(name).restore()
            if record.get("state"):
                self.store.copy(start_space_name(name), world_space_name(name))
            else:
                apply_start(self._space(record), record)

    def snapshot(self, name: str, snapshot: str) -> None:
        """Saves the current state of a world under a name; replaces a snapshot of the same name."""
        with self.store.transaction():
            self.saved.make(self.get(name), snapshot)

    def snapshots(self, name: str) -> list[str]:
        """The names of a world's snapshots, the oldest first."""
        self.get(name)
        return self.saved.names(name)

    def restore(self, name: str, snapshot: str) -> None:
        """Restores a snapshot; the journal continues. Raises the problem unknown_snapshot."""
        with self.store.transaction():
            record = self.get(name)
            restored = self.saved.find(record, snapshot)
            if restored != record:  # an imported one, of a world with another start
                self.replace_record(restored)
            self.store.delete_space(world_space_name(name))
            self.store.copy(snapshot_space_name(name, snapshot), world_space_name(name))

    def delete_snapshot(self, name: str, snapshot: str) -> None:
        """Deletes a snapshot. Raises the problem unknown_snapshot."""
        with self.store.transaction():
            self.saved.delete(self.get(name), snapshot)

    def clock(self, name: str) -> Clock:
        """The world's clock."""
        return self._clock(self.get(name))

    def journal(self, name: str) -> Journal:
        """The world's journal."""
        self.get(name)
        return Journal(self.store, name, self._max_exchanges)

    def credentials(self, name: str) -> Credentials:
        """The world's credentials."""
        return Credentials(self.store, self.vendors, name, self.clock(name).now)

    def faults(self, name: str) -> Faults:
        """The world's faults."""
        record = self.get(name)
        return Faults(self._space(record), record["seed"])

    def settings(self, name: str) -> WorldSettings:
        """The world's settings."""
        record = self.get(name)
        return world_settings(self._space(record), record)

    def jobs(self, name: str) -> list[Job]:
        """The world's scheduled jobs, in the order in which they will run."""
        return jobs.pending(self._space(self.get(name)))

    def count_overdue_jobs(self) -> int:
        """The number of due jobs in all worlds; they run at the next call to their world."""
        return sum(jobs.count_overdue(self._space(one), self._clock(one).now()) for one in self.all())

    def load(self, record: WorldRecord, vendor: str) -> World:
        """The world as the vendor sees it now; loads the vendor's seed data if necessary."""
        self.seed_data.ensure_loaded(record["base"], self.vendors[vendor])
        space, now = self._space(record), self._clock(record).now()
        return vendor_world(space, record, self.vendors[vendor], now, world_settings(space, record).read())

    def pending_seed_data(self, name: str) -> list[str]:
        """The vendors whose seed data the world does not have yet; waits for no call of the world."""
        row = self._root.get(WORLD, name)
        if row is None:
            return []
        base = orjson.loads(row.body or b"{}")["base"]
        return [vendor for vendor in sorted(self.vendors) if not self.seed_data.is_complete(base, vendor)]

    def resolve(self, vendor: str, named: str | None, presented: Sequence[tuple[str, str]]) -> RequestSession:
        """The world of a call with its state, locked to the end of the transaction.

        It is the world that the URL names, else that of a presented credential (field, value), else the
        default world. Raises the problem unknown_world, and `SeedDataMissingError`.
        """
        key = (vendor, named, *presented)
        lookup = self._lookups.get(key)
        for _ in range(_MAX_LOOKUP_ATTEMPTS):
            session = lookup.load() if lookup else None
            if session:
                return session
            self._lookups.drop(key)
            ids = [f"{vendor}/{field}/{value}" for field, value in presented]
            found = find_world(self.store, named, DEFAULT_WORLD, ids)
            lookup = WorldLookup(
                self.store, self.vendors[vendor], self.seed_data, self._max_exchanges, ids, found
            )
            self._lookups.add(key, lookup)
        raise Problem("unknown_world", world=lookup.record["name"] if lookup else named)

    def credential(self, vendor: str, field: str, value: str) -> KnownCredential | None:
        """The record of a presented credential, valid or not; None if it is unknown."""
        return credential_values.find(self.store, vendor, field, value)

    def ensure_default(self, create: Callable[[], object]) -> None:
        """Creates the default world by `create` unless it exists; safe if several servers start at once."""
        with self.store.transaction():
            self.store.lock(DEFAULT_WORLD)
            self.store.lock(ROOT_SPACE)
            if self._root.get(WORLD, DEFAULT_WORLD) is None:
                create()
            else:
                self.last_count.note(self.count())  # for health: another server has created them
        self.grant_credentials()

    def grant_credentials(self) -> None:
        """Adds the missing credentials of worlds that were created by a server with fewer vendors."""
        for name in [world["name"] for world in self.all() if self._vendors_without_credentials(world)]:
            with self.store.transaction():
                # Lock before reading: another server may add the same credentials, or delete the world.
                self.store.lock(name)
                row = self._root.get(WORLD, name)
                if row is None:
                    continue
                record: WorldRecord = orjson.loads(row.body or b"{}")
                missing = self._vendors_without_credentials(record)
                if missing:
                    credentials = generate_all(missing, is_default=name == DEFAULT_WORLD)
                    record["credentials"] |= credentials
                    self._write(record, row.rank)
                    self.credentials(name).register(credentials)

    def _vendors_without_credentials(self, world: WorldRecord) -> dict[str, VendorProtocol]:
        return {name: self.vendors[name] for name in self.vendors if name not in world["credentials"]}

    def scenarios(self) -> list[str]:
        """The scenarios that a world can be created from."""
        return self._scenarios.names()

    def register(self, record: WorldRecord, template: Scenario | None = None) -> WorldRecord:
        """Completes the record and stores it; with a template, registers its seed data."""
        name = record["name"]
        if not _NAME.fullmatch(name):
            raise Problem(
                "call_does_not_fit", reason=f"invalid world name {name!r}", pointer="/name", field="name"
            )
        with self.store.transaction():
            self.store.lock(name)
            self.store.lock(ROOT_SPACE)
            if self._root.get(WORLD, name):
                raise Problem("world_exists", world=name)
            if self.count() >= self._max_worlds:
                raise Problem("too_many_worlds", most=self._max_worlds)
            record["created"] = to_iso(datetime.now(UTC))
            record["credentials"] = generate_all(self.vendors, is_default=name == DEFAULT_WORLD)
            record["secret"] = credential_values.generate_secret(
                record["seed"] if name == DEFAULT_WORLD else None
            )
            if template is not None:
                start = from_iso(record["start"]) if record["start"] else None
                record["base"] = self.seed_data.register(template, record["seed"], record["people"], start)
                apply_start(self._space(record), record)
            world_listing.change_count(self._root, 1, self.last_count)
            self._write(record, self._next_rank(WORLD))
            self.credentials(name).register(record["credentials"])
        return record

    def replace_record(self, record: WorldRecord) -> None:
        """Stores the changed record of a world that the caller has locked."""
        row = self._root.get(WORLD, record["name"])
        self._write(record, row.rank if row else self._next_rank(WORLD))

    def _write(self, world: WorldRecord, rank: int) -> None:
        self._root.put(WORLD, Row(world["name"], "", rank, orjson.dumps(world)))

    def _next_rank(self, kind: str, parent: str = "") -> int:
        return self._root.last_rank(kind, parent) + 1

    def _clock(self, record: WorldRecord) -> Clock:
        return world_clock(self._space(record), record)

    def _space(self, record: WorldRecord) -> Space:
        return world_space(self.store, record)
