"""One isolated universe, as one vendor sees it at one moment."""

import hashlib
import random
import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

import orjson

from mockserver.state.credentials import KnownCredential, find, is_valid
from mockserver.state.jobs import Jobs
from mockserver.state.rate_limits import RateLimits
from mockserver.state.records import Index, Records
from mockserver.state.settings import AS_DOCUMENTED, Settings
from mockserver.storage.store import Row, Space

_SERIAL = "_serial"


class World:
    """What a vendor's functions are given: records, indexes, jobs, the clock's reading and fresh ids.

    Everything drawn here comes from the world's seed and history: the same calls give the same answers.
    """

    def __init__(
        self,
        name: str,
        seed: int,
        vendor: str,
        space: Space,
        now: datetime,
        credentials: Mapping[str, str] = MappingProxyType({}),
        settings: Settings = AS_DOCUMENTED,
        switches: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """`credentials` are this world's own for this vendor, by the names of the contract, and `switches`
        what the vendor does in it where there is a choice.
        """
        self.credentials = credentials
        self.settings = settings
        self.switches = switches
        self.name = name
        self.seed = seed
        self.vendor = vendor
        self._space = space
        self._now = now
        self._last_serial: int | None = None

    def now(self) -> datetime:
        """What the world's clock reads (UTC): one reading for the whole call; in a job, when it was due."""
        return self._now

    def records(self, kind: str) -> Records:
        """The records of one of the vendor's kinds."""
        return Records(self._space, f"{self.vendor}.{kind}", self.serial)

    def index(self, name: str) -> Index:
        """One of the vendor's indexes."""
        return Index(self._space, f"{self.vendor}/{name}")

    @cached_property
    def jobs(self) -> Jobs:
        """What the vendor does later."""
        return Jobs(self._space, self.vendor, self.serial)

    @cached_property
    def limits(self) -> RateLimits:
        """What callers have taken of the vendor's limits."""
        return RateLimits(self._space, self.vendor)

    def issue(self, field: str, value: str, tenant: str | None = None) -> None:
        """Makes the server know a further credential of this world (a session, say): it finds the world.

        It is forgotten with the world; whether it still holds is for the vendor's records to say.
        """
        known = {"world": self.name, "vendor": self.vendor, "field": field, "value": value}
        known |= {"tenant": tenant} if tenant else {}
        row = Row(f"{self.vendor}/{field}/{value}", self.name, 0, orjson.dumps(known))
        self._space.store.put("", "_credential", row)

    def revoke(self, field: str, value: str) -> None:
        """Makes the server forget it."""
        self._space.store.delete("", "_credential", f"{self.vendor}/{field}/{value}")

    def find_credential(self, field: str, value: str) -> KnownCredential | None:
        """What is known of a credential of this world; None if there is none that still holds."""
        found = find(self._space.store, self.vendor, field, value)
        return found if found and found["world"] == self.name and is_valid(found, self._now) else None

    def serial(self) -> int:
        """1, 2, 3 …: a number that this vendor has not used in this world."""
        return self.take_serials(1)

    def take_serials(self, count: int) -> int:
        """Takes that many numbers at once and gives the last: populations number many records."""
        if self._last_serial is None:
            row = self._space.get(_SERIAL, self.vendor)
            self._last_serial = int(row.body or 0) if row else 0
        self._last_serial += count
        self._space.put(_SERIAL, Row(self.vendor, "", 0, str(self._last_serial).encode()))
        return self._last_serial

    def random(self, *parts: object) -> random.Random:
        """A generator of its own for these parts, seeded by the world."""
        return random.Random("/".join(map(str, (self.seed, self.vendor, *parts))))

    def id_hex(self, digits: int) -> str:
        """A fresh id of 1 to 64 hexadecimal digits."""
        return self._digest().hex()[:digits]

    def uuid(self) -> str:
        """A fresh UUID (version 4 by its form)."""
        return str(uuid.UUID(bytes=self._digest()[:16], version=4))

    def _digest(self) -> bytes:
        return hashlib.sha256(f"{self.seed}/{self.vendor}/{self.serial()}".encode()).digest()
