"""Loads a request's world state (credentials, clock, settings, faults, due jobs) in one query.

The query depends on the world, which is named by the URL or by a credential. A `WorldLookup` therefore
remembers which world it was the last time, and fetches that world's record and the credentials together with
the rest. If they are unchanged, byte for byte, it is still that world.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from mockserver.errors import Problem
from mockserver.state import jobs
from mockserver.state.credentials import KnownCredential
from mockserver.state.faults import Faults
from mockserver.state.journal import Journal
from mockserver.state.seed_data import SeedData
from mockserver.state.vendor_protocol import VendorProtocol
from mockserver.state.world import World
from mockserver.state.world_record import (
    WorldRecord,
    vendor_world,
    world_clock,
    world_settings,
    world_space,
)
from mockserver.storage.layout import CREDENTIAL, ROOT_SPACE, WORLD
from mockserver.storage.scalar_query import ScalarQuery, body_query, combine, parent_body_query
from mockserver.storage.store import Store

_MAX_LOOKUPS: Final = 4_096


class CredentialLookup(NamedTuple):
    """The world that a call belongs to, as stored bytes: the record of each credential that the call presents
    (None: unknown), and the world's record.
    """

    credentials: tuple[bytes | None, ...]
    world: bytes


def find_world(store: Store, named: str | None, default: str, ids: Sequence[str]) -> CredentialLookup:
    """Finds the world `named`; if None, that of the first known credential (`ids`), else the `default` world.

    Raises the problem unknown_world.
    """
    name = default if named is None else named
    worlds = [body_query(ROOT_SPACE, WORLD, name)]
    if named is None:
        worlds = [*[parent_body_query(ROOT_SPACE, WORLD, CREDENTIAL, id) for id in ids], *worlds]
    bodies = store.fetch(*[body_query(ROOT_SPACE, CREDENTIAL, id) for id in ids], *worlds)
    record = next(filter(None, bodies[len(ids) :]), None)
    if record is None:
        raise Problem("unknown_world", world=name)
    return CredentialLookup(bodies[: len(ids)], record)


class RequestSession(NamedTuple):
    """The state of a world at the start of a call.

    `credentials` has an entry for each credential that the call presents (None: unknown); `number` is the
    number that this call's exchange will have in the journal.
    """

    lookup: "WorldLookup"
    credentials: list[KnownCredential | None]
    world: World
    journal: Journal
    number: int
    has_due_jobs: bool
    faults: Faults
    has_armed_faults: bool


class _Fetched(NamedTuple):
    """The results of a lookup's combined query, in the order of `WorldLookup._combined_query`."""

    identity: tuple[bytes | None, ...]
    """The records of the credentials and of the world."""
    clock: bytes | None
    last_exchange: int | None
    settings: bytes | None
    first_armed_fault: int | None
    first_jobs: tuple[int | None, ...]

    @classmethod
    def parse(cls, results: tuple[Any, ...], identity_size: int) -> "_Fetched":
        """The results by name; the first `identity_size` of them are the identity."""
        clock, last_exchange, settings, first_armed_fault, *first_jobs = results[identity_size:]
        identity = results[:identity_size]
        return cls(identity, clock, last_exchange, settings, first_armed_fault, tuple(first_jobs))


class WorldLookup:
    """Loads one world for the calls that present the same credentials to the same vendor."""

    def __init__(
        self,
        store: Store,
        vendor: VendorProtocol,
        seed_data: SeedData,
        max_exchanges: int,
        ids: Sequence[str],
        found: CredentialLookup,
    ) -> None:
        """The journal holds `max_exchanges`; `ids` are those of the credentials, in the order of `found`."""
        self.record: WorldRecord = orjson.loads(found.world)
        self._store = store
        self._vendor = vendor
        self._seed_data = seed_data
        self._identity = (*found.credentials, found.world)
        self._credentials: list[KnownCredential | None] = [
            orjson.loads(body) if body else None for body in found.credentials
        ]
        self._space = world_space(store, self.record)
        self._clock = world_clock(self._space, self.record)
        self._journal = Journal(store, self.record["name"], max_exchanges)
        self._settings = world_settings(self._space, self.record)
        self._faults = Faults(self._space, self.record["seed"])
        self._query = self._combined_query(ids)

    def _combined_query(self, ids: Sequence[str]) -> ScalarQuery:
        return combine(
            *[body_query(ROOT_SPACE, CREDENTIAL, id) for id in ids],
            body_query(ROOT_SPACE, WORLD, self.record["name"]),
            self._clock.query(),
            self._journal.query(),
            self._settings.query(),
            self._faults.query(),
            *jobs.queries(self._space),
        )

    def load(self) -> RequestSession | None:
        """The world now, locked to the end of the transaction; None if the call no longer belongs to it."""
        self._store.lock(self.record["name"])
        fetched = self._fetch()
        if fetched.identity != self._identity:
            return None
        if self._seed_data.ensure_loaded(self.record["base"], self._vendor):
            fetched = self._fetch()  # seed data may contain jobs
        now, settings = self._clock.parse(fetched.clock), self._settings.parse(fetched.settings)
        return RequestSession(
            lookup=self,
            credentials=[known and known.copy() for known in self._credentials],
            world=vendor_world(self._space, self.record, self._vendor, now, settings),
            journal=self._journal,
            number=self._journal.parse(fetched.last_exchange) + 1,
            has_due_jobs=settings.jobs != "manual" and jobs.has_due(fetched.first_jobs, now),
            faults=self._faults,
            has_armed_faults=fetched.first_armed_fault is not None,
        )

    def _fetch(self) -> _Fetched:
        return _Fetched.parse(self._store.fetch_combined(self._query), len(self._identity))


class WorldLookupCache:
    """The world lookups of recent calls."""

    def __init__(self) -> None:
        self._lookups: dict[object, WorldLookup] = {}

    def get(self, key: object) -> WorldLookup | None:
        """The lookup of this key, if it is cached."""
        return self._lookups.get(key)

    def add(self, key: object, lookup: WorldLookup) -> WorldLookup:
        """Caches the lookup. The size is limited because callers choose the credentials in the key."""
        if len(self._lookups) >= _MAX_LOOKUPS:
            self._lookups.clear()
        self._lookups[key] = lookup
        return lookup
