"""Loads a request's world state (credentials, clock, settings, faults, due jobs), read at once.

What to read depends on the world, which is named by the URL or by a credential. A `WorldLookup` therefore
remembers which world it was the last time, and reads that world's record and the credentials together with
the rest. If they are unchanged, byte for byte, it is still that world; if the rest is unchanged as well, it
is not parsed again.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from mockserver.errors import Problem, SeedDataMissingError
from mockserver.state import jobs
from mockserver.state.clock import ClockState
from mockserver.state.credentials import KnownCredential
from mockserver.state.faults import Faults
from mockserver.state.journal import Journal
from mockserver.state.kept_replies import KeptReplies
from mockserver.state.profiles import Profiles
from mockserver.state.seed_data import SeedData
from mockserver.state.settings import Settings
from mockserver.state.vendor_protocol import VendorProtocol
from mockserver.state.world import World
from mockserver.state.world_record import (
    WorldRecord,
    vendor_world,
    world_clock,
    world_profiles,
    world_settings,
    world_space,
)
from mockserver.storage.layout import CREDENTIAL, ROOT_SPACE, WORLD
from mockserver.storage.reads import Body, BodyOfParent, Read
from mockserver.storage.store import Store

_MAX_LOOKUPS: Final = 4_096
_MAX_KEY_LENGTH: Final = 2_000


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
    worlds: list[Read] = [Body(ROOT_SPACE, WORLD, name)]
    if named is None:
        worlds = [*[BodyOfParent(ROOT_SPACE, WORLD, CREDENTIAL, id) for id in ids], *worlds]
    bodies = store.fetch(*[Body(ROOT_SPACE, CREDENTIAL, id) for id in ids], *worlds)
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


class _Settled(NamedTuple):
    """The parsed state of a world, valid until one of the documents that were read for it changes."""

    settings: Settings
    clock: ClockState
    first_job: int | None
    has_armed_faults: bool
    next_end: int | None
    """When the next profile ends, as `Profiles.query` reads it."""


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
        self._profiles = world_profiles(self._space, self.record)
        self._read = store.prepare(
            *[Body(ROOT_SPACE, CREDENTIAL, id) for id in ids],
            Body(ROOT_SPACE, WORLD, self.record["name"]),
            self._clock.query(),
            self._settings.query(),
            self._faults.query(),
            self._profiles.query(),
            *jobs.queries(self._space),
            self._journal.query(),
        )
        self.kept_replies: KeptReplies | None = None
        """The world's; None if none are kept for these calls."""
        self._fetched: list[Any] | None = None
        self._settled: _Settled | None = None

    def load(self) -> RequestSession | None:
        """The world now, locked to the end of the transaction; None if the call no longer belongs to it.

        Raises `SeedDataMissingError`: writing them here would lock the world for other vendors' calls.
        """
        self._store.lock(self.record["name"])
        settled, last_exchange = self._settle()
        if settled is None:
            return None
        now = self._clock.time(settled.clock)
        if Profiles.has_ended(settled.next_end, now):
            self._profiles.end_due(now)
            settled, last_exchange = self._settle()
            if settled is None:
                return None
            now = self._clock.time(settled.clock)
        if not self._seed_data.is_loaded(self.record["base"], self._vendor.name):
            raise SeedDataMissingError(self.record["base"], self._vendor.name)
        settings = settled.settings
        return RequestSession(
            lookup=self,
            credentials=[known and known.copy() for known in self._credentials],
            world=vendor_world(self._space, self.record, self._vendor, now, settings),
            journal=self._journal,
            number=(last_exchange or 0) + 1,
            has_due_jobs=settings.jobs != "manual" and jobs.is_due(settled.first_job, now),
            faults=self._faults,
            has_armed_faults=settled.has_armed_faults,
        )

    def _settle(self) -> tuple[_Settled | None, int | None]:
        """The state of the world, parsed again if it has changed, and the number of the last exchange."""
        *fetched, last_exchange = self._read()
        if fetched != self._fetched:
            self._fetched = fetched
            self._settled = self._parse(fetched)
        return self._settled, last_exchange

    def _parse(self, fetched: list[Any]) -> _Settled | None:
        """The documents as objects; None if the call no longer belongs to the world."""
        size = len(self._identity)
        if tuple(fetched[:size]) != self._identity:
            return None
        clock, settings, first_armed_fault, next_end, *first_jobs = fetched[size:]
        return _Settled(
            self._settings.parse(settings),
            self._clock.parse(clock),
            min((rank for rank in first_jobs if rank is not None), default=None),
            first_armed_fault is not None,
            next_end,
        )


class WorldLookupCache:
    """The world lookups of recent calls, and the kept replies of their worlds."""

    def __init__(self, keeps_replies: bool) -> None:
        self._keeps_replies = keeps_replies
        self._kept_replies: dict[str, KeptReplies] = {}
        self._lookups: dict[object, WorldLookup] = {}
        self._keys: dict[str, set[object]] = {}
        """By world."""

    def get(self, key: object) -> WorldLookup | None:
        """The lookup of this key, if it is cached."""
        return self._lookups.get(key)

    def add(self, key: tuple[Any, ...], lookup: WorldLookup) -> None:
        """Caches the lookup. Number and length of the keys are limited: they are what callers present."""
        if len(str(key)) > _MAX_KEY_LENGTH:
            return
        if len(self._lookups) >= _MAX_LOOKUPS:
            self._lookups.clear()
            self._keys.clear()
            self._kept_replies.clear()
        self._lookups[key] = lookup
        name = lookup.record["name"]
        self._keys.setdefault(name, set()).add(key)
        if self._keeps_replies:
            lookup.kept_replies = self._kept_replies.setdefault(name, KeptReplies())

    def drop(self, key: object) -> None:
        """Drops a lookup that is out of date."""
        lookup = self._lookups.pop(key, None)
        if lookup is not None:
            name = lookup.record["name"]
            self._keys.get(name, set()).discard(key)
            self._kept_replies.pop(name, None)  # the world may be another one of this name

    def forget(self, world: str) -> None:
        """Drops the lookups and replies of a world that was deleted."""
        self._kept_replies.pop(world, None)
        for key in list(self._keys.pop(world, ())):  # a copy: another thread may be adding to it
            self._lookups.pop(key, None)
