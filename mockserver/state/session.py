"""How a call enters its world: all that it has to know before it begins, asked in one statement.

What is asked depends on the world, which the URL or a credential names. So a gate remembers which world it
was the last time, and asks for the world's registration and the credentials together with all the rest: if
they still are, byte for byte, what they were, it is that world.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from mockserver.formats.timestamps import from_iso
from mockserver.state import jobs
from mockserver.state.clock import Clock
from mockserver.state.credentials import KnownCredential
from mockserver.state.faults import Faults
from mockserver.state.journal import Journal
from mockserver.state.seed_data import SeedData
from mockserver.state.settings import Settings, WorldSettings
from mockserver.state.vendor_protocol import VendorProtocol
from mockserver.state.world import World
from mockserver.storage.store import ScalarQuery, Space, Store, body_of, combine

ROOT_SPACE: Final = ""
_MOST: Final = 4_096

WorldRecord = dict[str, Any]
"""A world in the register: name, scenario, seed, people, created, start (ISO or None), base, credentials,
label (whose it is, or None).
"""


class CredentialLookup(NamedTuple):
    """To which world a call belongs, as bytes: the world's registration, and what is known of each credential
    presented (None: nothing).
    """

    credentials: tuple[bytes | None, ...]
    world: bytes


class RequestSession(NamedTuple):
    """A world as a call finds it: what is known of each credential presented, the world's journal, the number
    this exchange will have, whether jobs are due, its faults, and whether any is armed.
    """

    lookup: "WorldLookup"
    credentials: list[KnownCredential | None]
    world: World
    journal: Journal
    number: int
    has_due_jobs: bool
    faults: Faults
    has_armed_faults: bool


class WorldLookup:
    """The way into one world for the calls that present the same credentials to the same vendor."""

    def __init__(
        self,
        store: Store,
        tenant: VendorProtocol,
        bases: SeedData,
        most: int,
        ids: Sequence[str],
        home: CredentialLookup,
    ) -> None:
        """`most` exchanges are journalled; `ids` are those of the credentials."""
        self.record: WorldRecord = orjson.loads(home.world)
        self._store = store
        self._tenant = tenant
        self._bases = bases
        self._home = (*home.credentials, home.world)
        self._known = [orjson.loads(body) if body else None for body in home.credentials]
        self._space = space_of(store, self.record)
        self._clock = clock_of(self._space, self.record)
        self._journal = Journal(store, self.record["name"], most)
        self._settings = settings_of(self._space, self.record)
        self._faults = Faults(self._space, self.record["seed"])
        self._question = self._asked(ids)

    def _asked(self, ids: Sequence[str]) -> ScalarQuery:
        return combine(
            *[body_of(ROOT_SPACE, "_credential", id) for id in ids],
            body_of(ROOT_SPACE, "_world", self.record["name"]),
            self._clock.query(),
            self._journal.query(),
            self._settings.query(),
            self._faults.query(),
            *jobs.queries(self._space),
        )

    def load(self) -> RequestSession | None:
        """The world now, held to the end of the transaction; None if the call is no longer at home here."""
        self._store.lock(self.record["name"])
        answers = self._store.fetch_combined(self._question)
        size = len(self._home)
        if answers[:size] != self._home:
            return None
        if self._bases.ensure_loaded(self.record["base"], self._tenant):
            answers = self._store.fetch_combined(self._question)  # a start may have jobs
        reading, last, choice, armed = answers[size : size + 4]
        now, settings = self._clock.parse(reading), self._settings.parse(choice)
        due = settings.jobs != "manual" and jobs.has_due(answers[size + 4 :], now)
        known = [one and {**one} for one in self._known]
        world = world_of(self._space, self.record, self._tenant, now, settings)
        number = self._journal.parse(last) + 1
        return RequestSession(self, known, world, self._journal, number, due, self._faults, armed is not None)


class WorldLookupCache:
    """Those that were gone through lately."""

    def __init__(self) -> None:
        self._kept: dict[object, WorldLookup] = {}

    def get(self, key: object) -> WorldLookup | None:
        """The one that the same call went through before."""
        return self._kept.get(key)

    def keep(self, key: object, gate: WorldLookup) -> WorldLookup:
        """Remembers it; callers choose what they present, so that not everything is remembered for ever."""
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[key] = gate
        return gate


def space_of(store: Store, registered: WorldRecord) -> Space:
    """What the world's records are kept in."""
    return store.space(f"w/{registered['name']}", registered["base"])


def clock_of(space: Space, registered: WorldRecord) -> Clock:
    """The world's clock."""
    start = registered["start"]
    return Clock(space, from_iso(start) if start else None)


def settings_of(space: Space, registered: WorldRecord) -> WorldSettings:
    """How the world behaves."""
    return WorldSettings(space, registered.get("settings", {}))


def world_of(
    space: Space, registered: WorldRecord, tenant: VendorProtocol, now: datetime, settings: Settings
) -> World:
    """The world as one vendor sees it."""
    credentials = registered["credentials"].get(tenant.name, {})
    switches: Mapping[str, Any] = tenant.switches
    if tenant.name in settings.switches:
        switches = {**switches, **settings.switches[tenant.name]}
    return World(
        registered["name"], registered["seed"], tenant.name, space, now, credentials, settings, switches
    )
