"""Client of one world of a running server."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mockserver.call import ActionEntry, Exchange
from mockserver.client.clock import Clock, format_moment
from mockserver.client.conduct import ConductJudge
from mockserver.client.connection import Connection
from mockserver.client.credentials import Credential, Credentials
from mockserver.client.faults import Faults
from mockserver.client.jobs import Jobs
from mockserver.client.journal import Journal, JournalPage, encode_filters
from mockserver.client.needs import NeedsFinder
from mockserver.client.profiles import Profile, Profiles, Start
from mockserver.client.records import Changes, Records, State
from mockserver.errors import ControlError, UnknownVendorError
from mockserver.formats.bounded_file import read_file
from mockserver.formats.durations import to_seconds
from mockserver.redirection import Redirect, VendorAddress, create_redirect
from mockserver.transports import transport

if TYPE_CHECKING:
    from mockserver.waits import WaitingBlock
    from mockserver.waits.waits import Waits

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module


class VendorAccess(VendorAddress):
    """How to call a vendor in a world: its address, its credentials, and the headers that carry them."""

    credentials: dict[str, str]
    headers: dict[str, str]


class World:
    """One world of a running server, with its clock, faults, jobs, journal and credentials."""

    clock: Clock
    faults: Faults
    jobs: Jobs
    journal: Journal
    needs: NeedsFinder
    conduct: ConductJudge

    def __init__(self, control: Connection, facts: Mapping[str, Any], app: Any = None) -> None:
        self._control = control
        self._facts = facts
        self._path = f"/worlds/{quote(facts['name'], safe='')}"
        self.clock = Clock(control, f"{self._path}/clock")
        self.faults = Faults(control, f"{self._path}/faults", self)
        self.jobs = Jobs(control, f"{self._path}/jobs")
        self.journal = Journal(control, f"{self._path}/journal")
        self.needs = NeedsFinder(control, self._path, self)
        self.conduct = ConductJudge(control, self._path)
        self._profiles = Profiles(control, f"{self._path}/profiles")
        self._records = Records(control, f"{self._path}/collections")
        self._credentials = Credentials(control, f"{self._path}/credentials")
        self.app = app
        """The WSGI application that serves this world; None if the server runs in another process."""
        self.is_deleted: bool = False
        """Whether `delete` has been called."""
        self.waits: Waits | None = None
        """What the client waited for in the latest block of `waiting`."""
        self.is_replayed = False
        """Whether its exchanges so far were replayed from a capsule."""

    def __repr__(self) -> str:
        return f"World({self.name!r} at {self._control.address})"

    @property
    def facts(self) -> dict[str, Any]:
        """The world as the control API describes it."""
        vendors = {
            name: {**access, "url": self._control.public_url(access["url"])}
            for name, access in self._facts["vendors"].items()
        }
        return {**self._facts, "vendors": vendors}

    @property
    def name(self) -> str:
        return str(self._facts["name"])

    @property
    def scenario(self) -> str:
        return str(self._facts["scenario"])

    @property
    def seed(self) -> int:
        return int(self._facts["seed"])

    @property
    def people(self) -> int:
        """The number of people in its initial state."""
        return int(self._facts["people"])

    @property
    def vendors(self) -> list[str]:
        """The names of the vendors."""
        return sorted(self._facts["vendors"])

    def url(self, vendor: str) -> str:
        """The vendor's base URL in this world."""
        return self._control.public_url(self._vendor(vendor)["url"])

    def credentials(self, vendor: str) -> dict[str, str]:
        """The credentials of this vendor in this world, by field name."""
        return dict(self._vendor(vendor)["credentials"])

    def mint(
        self,
        vendor: str,
        *,
        kind: str | None = None,
        tenant: str | None = None,
        expires: datetime | str | None = None,
        expires_in: timedelta | float | str | None = None,
    ) -> Credential:
        """Create a further credential: a dict of its fields, with `.headers` and `.revoke()`.

        `kind` is the field that callers present, `tenant` the customer if the vendor has several. The
        credential expires at `expires` or after `expires_in` (`"2h"`, seconds or a timedelta), by the world's
        clock.
        """
        seconds = None if expires_in is None else to_seconds(expires_in)
        moment = None if expires is None else format_moment(expires)
        return self._credentials.mint(vendor, kind=kind, tenant=tenant, expires=moment, expires_in=seconds)

    def issued(self, vendor: str | None = None) -> list[Credential]:
        """The credentials of one vendor or of all, including expired and revoked ones; initial ones first."""
        return self._credentials.all(vendor)

    def revoke(self, credential: Credential | str) -> None:
        """Revoke a credential, given itself or by id; the vendor rejects it like an unknown one."""
        self._credentials.revoke(credential if isinstance(credential, str) else credential.id)

    def headers(self, vendor: str) -> dict[str, str]:
        """The headers that authenticate a call; empty if calls are signed or a session must be opened."""
        return dict(self._vendor(vendor)["headers"])

    def transport(self, library: str) -> Any:
        """A transport for `requests`, `httpx` or `urllib3` that calls this world without a socket.

        Raises `ValueError` for another library, or if the server runs in another process.
        """
        if self.app is None:
            raise ValueError(
                f"the world {self.name} is served by another process; use its URL {self._control.address}"
            )
        return transport(library, self.app)

    def redirect(self, *, strict: bool = False, hosts: Mapping[str, str] | None = None) -> Redirect:
        """A context manager that redirects calls for the vendors' own hosts to this world.

        It covers calls made with requests, httpx, urllib3, aiohttp, http.client or urllib.request. The
        hosts are those of the contracts' servers and `hosts`, `{host or base URL: vendor}`. With `strict`,
        calls to any other host except this machine fail with a connection error, whatever library makes
        them. Raises `UnknownVendorError` for an unknown vendor in `hosts`.
        """
        return create_redirect(self._facts["vendors"], self.app, strict, hosts or {})

    def waiting(
        self,
        *,
        longest: timedelta | float | str = "2h",
        total: timedelta | float | str = "1d",
        patience: timedelta | float | str = "10s",
        clock: bool = False,
    ) -> "WaitingBlock":
        """A context manager in which the client's waits move this world's clock instead of real time.

        It gives the waits, for assertions. A wait beyond `longest`, or more than `total` of them, raises
        `WaitTooLongError` in the client; a thread of it that neither waits nor ends for `patience` real
        seconds raises `WaitStalledError`. With `clock`, the clocks of Python show the world's time.
        """
        # asyncio, whose loops it reaches into, takes 40 ms to import.
        block: WaitingBlock = import_module("mockserver.waits").WaitingBlock(
            self, longest, total, patience, clock
        )
        return block

    def clear_journal(self) -> None:
        """Delete the exchanges so far."""
        self.journal.clear()

    def backstage(self, vendor: str, action: str, **body: Any) -> Any:
        """Perform an action of the vendor's own user interface; returns its reply."""
        return self._control.send("POST", f"{self._path}/backstage/{quote(vendor)}/{quote(action)}", body)

    def actions(self, after: int = 0) -> list[ActionEntry]:
        """The log of what happened besides calls: moves of the clock, runs of jobs, backstage actions."""
        page = self._control.send("GET", f"{self._path}/actions?after={after}&limit=1000")
        found: list[ActionEntry] = page["actions"]
        return found

    def collections(self, vendor: str | None = None) -> list[dict[str, Any]]:
        """The collections of the world's records, of one vendor or of all, with their numbers of records."""
        return self._records.collections(vendor)

    def records(
        self,
        vendor: str,
        collection: str,
        where: Mapping[str, Any] | None = None,
        *,
        search: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """The records of a collection in the vendor's own nouns, at most `limit` of them.

        `where` maps JSON pointers to values (`...`: the member exists); `search` is text in any case of
        letters; `sort` is a pointer, with `-` before it for the greatest first. Raises `ControlError`.
        """
        return self._records.find(vendor, collection, where, search=search, sort=sort, limit=limit)

    def record(self, vendor: str, collection: str, id: str) -> dict[str, Any]:
        """One record of a collection. Raises `ControlError` if there is none with this id."""
        return self._records.get(vendor, collection, id)

    def changes(self) -> Changes:
        """A context manager that gathers what changes within its block, for assertions in it and after it."""
        return Changes(self._control, self._path)

    def diff(
        self, start: State = "start", end: State = "now", *, vendor: str | None = None, limit: int = 100
    ) -> dict[str, Any]:
        """`{from, to, counts, changes, more}`: the records that differ between two states.

        `more` is the number of changes beyond `limit`.
        """
        return self._records.diff(self._path, start, end, vendor, limit)

    def state_hash(self) -> str:
        """A hash of all records: equal for equal histories on the same seed data, on every store."""
        return str(self._control.send("GET", f"{self._path}/hash")["hash"])

    def settings(self) -> dict[str, Any]:
        """The settings of the world: `{jobs, limits, rates, strictness, switches, magic_values}`."""
        settings: dict[str, Any] = self._control.send("GET", f"{self._path}/settings")
        return settings

    def configure(self, **change: Any) -> dict[str, Any]:
        """Change settings: `configure(jobs="immediate")`; None restores a default. Returns all settings."""
        settings: dict[str, Any] = self._control.send("PUT", f"{self._path}/settings", change)
        return settings

    def profile(self, profile: Start, *, lasts: timedelta | float | str | None = None) -> Profile:
        """Start a profile, a shipped one by name or a file by path; in `with` it ends with the block.

        It lasts as long as it says, or `lasts` (`"2h"`, seconds or a timedelta) on the world's clock. Raises
        ControlError, and `InvalidScenarioError` for a file.
        """
        return self._profiles.start(profile, lasts)

    def end_profile(self, name: str) -> None:
        """End an active profile by name. Raises ControlError (profile_not_active)."""
        self._profiles.end(name)

    def profiles(self) -> list[Profile]:
        """The active profiles, in the order in which they started."""
        return self._profiles.all()

    def coverage(self, vendor: str | None = None, *, reached: bool = False) -> dict[str, Any]:
        """Contract coverage of the calls so far, for one vendor, or for every vendor that was called.

        `reached`: only the items that calls have reached, and `vendors` without totals, which is much faster.
        """
        query = encode_filters({"vendor": vendor, "reached": reached or None})
        coverage: dict[str, Any] = self._control.send("GET", f"{self._path}/coverage?{query}")
        return coverage

    def reset(self, vendor: str | None = None) -> None:
        """Reset the world to its initial state, or only the records, jobs and rate limits of one vendor."""
        if vendor is None:
            self.journal.before_clear()
        body = None if vendor is None else {"vendor": vendor}
        self._facts = self._control.send("POST", f"{self._path}/reset", body)

    def snapshot(self, name: str) -> None:
        """Save the current state under a name."""
        self._control.send("POST", f"{self._path}/snapshots", {"name": name})

    def snapshots(self) -> list[str]:
        """The names of the snapshots, oldest first."""
        snapshots = self._control.send("GET", f"{self._path}/snapshots")["snapshots"]
        return [snapshot["name"] for snapshot in snapshots]

    def restore(self, name: str) -> None:
        """Restore the state saved in a snapshot."""
        self._facts = self._control.send("POST", f"{self._path}/snapshots/{quote(name, safe='')}/restore")

    def delete_snapshot(self, name: str) -> None:
        """Delete a snapshot."""
        self._control.send("DELETE", f"{self._path}/snapshots/{quote(name, safe='')}")

    def export_snapshot(self, name: str, file: str | PathLike[str] | None = None) -> bytes:
        """The state saved in a snapshot, as the bytes of a zip file; written to `file` if one is given."""
        content = self._control.fetch_file(f"{self._path}/snapshots/{quote(name, safe='')}/file")
        if file is not None:
            Path(file).write_bytes(content)
        return content

    def import_snapshot(self, name: str, state: bytes | str | PathLike[str]) -> None:
        """Save an exported state, given as a file or its bytes, under a name to restore."""
        content = state if isinstance(state, bytes) else read_file(Path(state))
        self._control.send("PUT", f"{self._path}/snapshots/{quote(name, safe='')}/file", content)

    def share(
        self,
        role: str = "viewer",
        *,
        label: str | None = None,
        lifetime: timedelta | float | str | None = None,
        world_lifetime: timedelta | float | str | None = None,
        max_worlds: int | None = None,
    ) -> dict[str, Any]:
        """Make a link that gives others a copy of this world; returns `{url, secret, link}`.

        `role` is what they may do: viewer (read) or operator (everything in their copy).
        """
        durations = {"lifetime": lifetime, "world_lifetime": world_lifetime}
        body = {name: int(to_seconds(value)) for name, value in durations.items() if value is not None}
        given = {"role": role, "label": label, "max_worlds": max_worlds}
        body_members = {name: value for name, value in given.items() if value is not None}
        made: dict[str, Any] = self._control.send("POST", f"{self._path}/links", {**body_members, **body})
        return made

    def links(self) -> list[dict[str, Any]]:
        """The links to this world, oldest first, each with the worlds that it has made."""
        links: list[dict[str, Any]] = self._control.send("GET", f"{self._path}/links")["links"]
        return links

    def revoke_link(self, id: str) -> None:
        """Revoke a link, and delete the worlds that it has made. Raises ControlError (unknown_link)."""
        self._control.send("DELETE", f"{self._path}/links/{quote(id, safe='')}")

    def capsule(self, file: str | PathLike[str] | None = None) -> bytes:
        """A replay capsule of all that happened since the start, as bytes; written to `file` if one is given.

        Raises `ControlError` (unfit_capsule) if not all of it is known.
        """
        content = self._control.fetch_file(f"{self._path}/capsule")
        if file is not None:
            Path(file).write_bytes(content)
        return content

    def delete(self, *, after: int | None = None, flawed: bool | None = None) -> list[Exchange]:
        """Delete the world from the server.

        With `after`, returns the exchanges with a greater number, or only those that are `flawed` or not.
        """
        if after is not None:
            return self.delete_and_read(after=after, flawed=flawed)["exchanges"]
        self.journal.before_clear()
        self._control.send("DELETE", self._path)
        self.is_deleted = True
        return []

    def delete_and_read(self, *, after: int, flawed: bool | None = None) -> JournalPage:
        """Delete the world; returns its exchanges after a number, with the number of those dropped."""
        filters = encode_filters({"after": after, "flawed": flawed})
        page: JournalPage = self._control.send("DELETE", f"{self._path}?{filters}")
        self.is_deleted = True
        return page

    def _vendor(self, vendor: str) -> VendorAccess:
        """The access to a vendor. Raises ControlError (unknown_vendor)."""
        vendors: Mapping[str, VendorAccess] = self._facts["vendors"]
        if vendor not in vendors:
            raise ControlError("unknown_vendor", str(UnknownVendorError(vendor, vendors)))
        return vendors[vendor]


def redirect(world: World, *, strict: bool = False, hosts: Mapping[str, str] | None = None) -> Redirect:
    """`World.redirect` as a function."""
    return world.redirect(strict=strict, hosts=hosts)


def waiting(
    world: World,
    *,
    longest: timedelta | float | str = "2h",
    total: timedelta | float | str = "1d",
    patience: timedelta | float | str = "10s",
    clock: bool = False,
) -> "WaitingBlock":
    """`World.waiting` as a function."""
    return world.waiting(longest=longest, total=total, patience=patience, clock=clock)
