"""Links: opening one makes a world for a guest, a copy of the linked one, with a token for that world.

The store has digests of the secrets only. A link belongs to the world that it copies and is deleted with it;
so does a guest's token to its world.
"""

import hashlib
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypedDict

import orjson

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.formats.timestamps import to_iso
from mockserver.state.worlds import Worlds
from mockserver.storage.layout import GUEST, LINK, ROOT_SPACE, WORLD, WORLD_END
from mockserver.storage.store import Row

ROLES: Final = ("viewer", "operator")
GUEST_PREFIX: Final = "mock-guest-"
"""What every guest's token begins with: one that has ended is then no mere wrong token."""
_LINK_PREFIX: Final = "mock-link-"
_MAX_LINKS: Final = 100  # of one world
_MAX_DELETED_AT_ONCE: Final = 20


class LinkRecord(TypedDict):
    """A link as it is stored; times are Unix seconds, `guests` the names of the worlds that it made."""

    id: str
    world: str
    role: str
    label: str | None
    created: float
    expires: float
    world_lifetime: int
    max_worlds: int
    guests: list[str]


class Guest(NamedTuple):
    """The access of a guest: to one world, in a role."""

    world: str
    role: str


class Links:
    """The links of a server's worlds, and the guests who have come by them."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self._root = worlds.store.space(ROOT_SPACE)

    def create(self, world: str, role: str, options: Mapping[str, Any]) -> tuple[LinkRecord, str]:
        """A new link to a world, and its secret. Raises unknown_world, too_many_links."""
        self._worlds.get(world)
        if self._root.count(LINK, world) >= _MAX_LINKS:
            raise Problem("too_many_links", world=world, most=_MAX_LINKS)
        secret, now = _LINK_PREFIX + secrets.token_urlsafe(32), time.time()
        digest = _digest(secret)
        record: LinkRecord = {
            "id": f"link-{digest[:12]}",
            "world": world,
            "role": role,
            "label": options.get("label"),
            "created": now,
            "expires": now + options["lifetime"],
            "world_lifetime": options["world_lifetime"],
            "max_worlds": options["max_worlds"],
            "guests": [],
        }
        self._root.put(LINK, Row(digest, world, self._root.last_rank(LINK, world) + 1, orjson.dumps(record)))
        return record, secret

    def all(self, world: str) -> list[LinkRecord]:
        """The links of a world, the oldest first, each with the guests' worlds that there are."""
        self._worlds.get(world)
        return [self._with_present_guests(_read(row)) for row in self._root.iterate(LINK, world)]

    def revoke(self, world: str, id: str) -> None:
        """Deletes a link, and the worlds that it made. Raises unknown_world, unknown_link."""
        self._worlds.get(world)
        for row in self._root.iterate(LINK, world):
            record = _read(row)
            if record["id"] == id:
                self._root.delete(LINK, row.id)
                for name in self._with_present_guests(record)["guests"]:
                    with suppress(Problem):  # it was deleted meanwhile
                        self._worlds.delete(name)
                return
        raise Problem("unknown_link")

    def open(self, secret: str) -> tuple[LinkRecord, str, str, float]:
        """A new world for a guest: the link, the world's name, the guest's token, and when both end.

        Raises unknown_link, link_used_up, too_many_worlds.
        """
        row = self._root.get(LINK, _digest(secret))
        if row is None:
            raise Problem("unknown_link")
        with self._worlds.store.transaction():
            self._worlds.get(row.parent)
            row = self._root.get(LINK, row.id)  # again, under the lock of its world
            now = time.time()
            if row is None or _read(row)["expires"] <= now:
                raise Problem("unknown_link")
            record = self._with_present_guests(_read(row))
            if len(record["guests"]) >= record["max_worlds"]:
                raise Problem("link_used_up", most=record["max_worlds"])
            world = self._worlds.fork(record["world"], label=f"guest of {record['id']}")["name"]
            token, ends = GUEST_PREFIX + secrets.token_urlsafe(32), now + record["world_lifetime"]
            guest = {"world": world, "role": record["role"], "expires": ends}
            self._root.put(GUEST, Row(_digest(token), world, 0, orjson.dumps(guest)))
            self._root.put(WORLD_END, Row(world, "", int(ends), b"1"))
            record["guests"].append(world)
            self._root.put(LINK, row._replace(body=orjson.dumps(record)))
        return record, world, token, ends

    def guest_of(self, call: Call) -> Guest | None:
        """The guest who makes the call, whose token was checked before; None for the owner of the server."""
        return self.find_guest(call.headers.get("authorization", "").strip().rpartition(" ")[2])

    def find_guest(self, token: str) -> Guest | None:
        """The access that the token gives; None if it is unknown, or has ended."""
        row = self._root.get(GUEST, _digest(token)) if token.startswith(GUEST_PREFIX) else None
        if row is None:
            return None
        guest = orjson.loads(row.body or b"{}")
        return Guest(guest["world"], guest["role"]) if guest["expires"] > time.time() else None

    def delete_expired(self) -> bool:
        """Deletes guests' worlds whose time is over; whether there may be more."""
        now = time.time()
        oldest = self._root.page(WORLD_END, limit=_MAX_DELETED_AT_ONCE)
        ended = [row.id for row in oldest if row.rank <= now]
        for name in ended:
            with self._worlds.store.transaction():
                self._worlds.store.lock(name)
                if self._root.get(WORLD, name) and self._root.get(WORLD_END, name):
                    self._worlds.delete(name)
        return len(ended) == _MAX_DELETED_AT_ONCE

    def _with_present_guests(self, record: LinkRecord) -> LinkRecord:
        now = time.time()
        ends = {name: self._root.get(WORLD_END, name) for name in record["guests"]}
        return {**record, "guests": [name for name, end in ends.items() if end and end.rank > now]}


def moment(seconds: float) -> str:
    """Unix seconds as the API shows them."""
    return to_iso(datetime.fromtimestamp(int(seconds), UTC))


def _read(row: Row) -> LinkRecord:
    record: LinkRecord = orjson.loads(row.body or b"{}")
    return record


def _digest(secret: str) -> str:
    """The stored form of a secret, which is 256 random bits: they need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
