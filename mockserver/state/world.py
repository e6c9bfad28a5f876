"""The world as one vendor's handlers see it during a call or a job."""

import hashlib
import random
import uuid
from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

import orjson

from mockserver.errors import InvalidContractError
from mockserver.state.change_log import ChangeLog
from mockserver.state.contract_view import ContractView
from mockserver.state.credentials import KnownCredential, find, is_valid
from mockserver.state.jobs import Jobs
from mockserver.state.rate_limits import RateLimits
from mockserver.state.records import Index, Records
from mockserver.state.serials import Serials
from mockserver.state.settings import DEFAULT_SETTINGS, Settings
from mockserver.storage.layout import CREDENTIAL, ROOT_SPACE
from mockserver.storage.store import Row, Space


class World:
    """The interface of a vendor to its world: records, indexes, jobs, the time, and fresh ids.

    Random values depend only on the world's seed and history: the same calls give the same replies.
    """

    def __init__(
        self,
        name: str,
        seed: int,
        vendor: str,
        space: Space,
        now: datetime,
        credentials: Mapping[str, str] = MappingProxyType({}),
        settings: Settings = DEFAULT_SETTINGS,
        switches: Mapping[str, Any] = MappingProxyType({}),
        secret: str = "",
        tracked: Mapping[str, Any] = MappingProxyType({}),
        contract: ContractView | None = None,
    ) -> None:
        """`credentials` are the values of the vendor's credential fields in this world, by the names in the
        contract; `switches` are the values of its behaviour switches; `secret` signs what the world issues.
        `tracked` has the kinds of records whose changes are logged as its keys. `contract` is the vendor's.
        """
        self.secret = secret
        self._contract = contract
        self.credentials = credentials
        self.settings = settings
        self.switches = switches
        self.name = name
        self.seed = seed
        self.vendor = vendor
        self._space = space
        self._now = now
        self.is_repeatable: bool = True
        """Whether all that was read since it was set depends on the world's documents and the day alone."""
        self._serials = Serials(space, vendor)
        self._tracked = tracked
        self._records: dict[str, Records] = {}
        self.changes: ChangeLog = ChangeLog()
        """What has been changed through this object."""

    @property
    def contract(self) -> ContractView:
        """The vendor's contract, adapted by the overlays of the server."""
        if self._contract is None:
            raise InvalidContractError(self.vendor, "this world has no contract", "create it with a vendor")
        return self._contract

    def account_members(self, schema: str) -> Collection[str]:
        """The members that overlays have added to a named schema of the contract."""
        return self._contract.account_members.get(schema, ()) if self._contract else ()

    def now(self) -> datetime:
        """The time (UTC) by the world's clock: constant during a call; in a job, its due time."""
        self.is_repeatable = False
        return self._now

    def pass_time(self, until: datetime) -> None:
        """Moves the time that this object shows, in a job that does what happened at several moments."""
        self._now = until

    def today(self) -> date:
        """The date (UTC) by the world's clock: what depends on it alone is the same until midnight."""
        return self._now.date()

    def version(self) -> int | None:
        """A number that every change of the world's documents replaces, as `Store.version`."""
        return self._space.store.version(self._space.name)

    def records(self, kind: str) -> Records:
        """The vendor's records of this kind."""
        found = self._records.get(kind)
        if found is None:
            full = f"{self.vendor}.{kind}"
            log = self.changes if full in self._tracked else None
            found = self._records[kind] = Records(self._space, full, self._serials.take, log)
        return found

    def index(self, name: str) -> Index:
        """The vendor's index of this name."""
        full = f"{self.vendor}/{name}"
        return Index(self._space, full, self.changes if full in self._tracked else None)

    @cached_property
    def jobs(self) -> Jobs:
        """The vendor's scheduled jobs."""
        return Jobs(self._space, self.vendor, self._serials.take)

    @property
    def limits(self) -> RateLimits:
        """The counters of the vendor's rate limits."""
        self.is_repeatable = False
        return RateLimits(self._space, self.vendor)

    def issue(self, field: str, value: str, tenant: str | None = None) -> None:
        """Registers a credential (a session, say) that then identifies this world.

        It is deleted with the world. The vendor's own records decide whether it is still valid.
        """
        known: KnownCredential = {"world": self.name, "vendor": self.vendor, "field": field, "value": value}
        self.is_repeatable = False
        if tenant:
            known["tenant"] = tenant
        row = Row(f"{self.vendor}/{field}/{value}", self.name, 0, orjson.dumps(known))
        self._space.store.space(ROOT_SPACE).put(CREDENTIAL, row)

    def revoke(self, field: str, value: str) -> None:
        """Deletes an issued credential."""
        self.is_repeatable = False
        self._space.store.space(ROOT_SPACE).delete(CREDENTIAL, f"{self.vendor}/{field}/{value}")

    def find_credential(self, field: str, value: str) -> KnownCredential | None:
        """The record of a credential of this world; None if it is unknown, revoked or expired."""
        self.is_repeatable = False
        found = find(self._space.store, self.vendor, field, value)
        return found if found and found["world"] == self.name and is_valid(found, self._now) else None

    def serial(self) -> int:
        """The next serial number of this vendor in this world: 1, 2, 3 …"""
        return self._serials.take()

    def take_serials(self, count: int) -> int:
        """Reserves `count` serial numbers and returns the last; populations number many records."""
        return self._serials.take(count)

    def random(self, *parts: object) -> random.Random:
        """A random generator seeded by the world, the vendor and these parts."""
        return random.Random("/".join(map(str, (self.seed, self.vendor, *parts))))

    def id_hex(self, digits: int) -> str:
        """A fresh id of 1 to 64 hexadecimal digits."""
        return self._digest().hex()[:digits]

    def uuid(self) -> str:
        """A fresh UUID (version 4 by its form)."""
        return str(uuid.UUID(bytes=self._digest()[:16], version=4))

    def _digest(self) -> bytes:
        return hashlib.sha256(f"{self.seed}/{self.vendor}/{self.serial()}".encode()).digest()
