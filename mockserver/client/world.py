"""One world of a running server."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from mockserver.client.clock import Clock, moment
from mockserver.client.connection import Connection
from mockserver.client.credentials import Credential, Credentials
from mockserver.client.faults import Faults
from mockserver.client.jobs import Jobs
from mockserver.client.journal import Journal
from mockserver.errors import ControlError
from mockserver.redirection import Redirect, create_redirect
from mockserver.transports import transport

__tracebackhide__ = True  # a test that fails in here shows its own line


class World:
    """One world of a running server."""

    clock: Clock
    faults: Faults
    jobs: Jobs
    journal: Journal

    def __init__(self, control: Connection, facts: Mapping[str, Any], app: Any = None) -> None:
        self._control = control
        self._facts = facts
        self._path = f"/worlds/{quote(facts['name'], safe='')}"
        self.clock = Clock(control, f"{self._path}/clock")
        self.faults = Faults(control, f"{self._path}/faults", self)
        self.jobs = Jobs(control, f"{self._path}/jobs")
        self.journal = Journal(control, f"{self._path}/journal")
        self._credentials = Credentials(control, f"{self._path}/credentials")
        self.app = app
        """The WSGI application that serves this world, where it lives in this process."""

    def __repr__(self) -> str:
        return f"World({self.name!r} at {self._control.url})"

    @property
    def facts(self) -> dict[str, Any]:
        """All that the control API tells of it."""
        return dict(self._facts)

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
        """How many people lived here at its start."""
        return int(self._facts["people"])

    @property
    def vendors(self) -> list[str]:
        """The names of the vendors."""
        return sorted(self._facts["vendors"])

    def url(self, vendor: str) -> str:
        """The vendor's base URL in this world."""
        return str(self._door(vendor)["url"])

    def credentials(self, vendor: str) -> dict[str, str]:
        """What a caller presents to this vendor in this world, by the credential's names."""
        return dict(self._door(vendor)["credentials"])

    def mint(
        self,
        vendor: str,
        *,
        kind: str | None = None,
        tenant: str | None = None,
        expires: datetime | str | None = None,
        expires_in: timedelta | float | None = None,
    ) -> Credential:
        """A further credential of the vendor, its fields by name, with `.headers` and `.revoke()`.

        `kind` is the field that callers present, `tenant` whose it is where a vendor has several customers.
        It ends at the moment `expires` or after `expires_in` (seconds, a timedelta), by the world's clock.
        """
        seconds = expires_in.total_seconds() if isinstance(expires_in, timedelta) else expires_in
        end = None if expires is None else moment(expires)
        return self._credentials.mint(vendor, kind=kind, tenant=tenant, expires=end, expires_in=seconds)

    def issued(self, vendor: str | None = None) -> list[Credential]:
        """The credentials of one vendor or of all, ended ones too; those of the world's start come first."""
        return self._credentials.all(vendor)

    def revoke(self, credential: Credential | str) -> None:
        """Ends a credential, or the one of this id: the vendor answers it as one that it does not know."""
        self._credentials.revoke(credential if isinstance(credential, str) else credential.id)

    def headers(self, vendor: str) -> dict[str, str]:
        """The headers that authenticate a call; empty where it has to be signed or a session opened."""
        return dict(self._door(vendor)["headers"])

    def transport(self, library: str) -> Any:
        """What a client of `requests`, `httpx` or `urllib3` needs to call this world without a socket.

        Raises `ValueError` for another library, or if the world lives in another process.
        """
        if self.app is None:
            raise ValueError(f"the world {self.name} lives in another process; call {self._control.url}")
        return transport(library, self.app)

    def redirect(self, *, strict: bool = False, hosts: Mapping[str, str] | None = None) -> Redirect:
        """Within `with`, calls that requests, httpx or urllib3 makes to the vendors' own hosts come to this
        world.

        The hosts are those of the contracts' servers and `hosts`, `{host or base URL: vendor}`. With `strict`
        calls to any host but these and this machine fail as if it could not be reached.
        """
        return create_redirect(self._facts["vendors"], self.app, strict, hosts or {})

    def clear_journal(self) -> None:
        """Forget the exchanges so far."""
        self.journal.clear()

    def backstage(self, vendor: str, action: str, **body: Any) -> Any:
        """Do what a person would do in the vendor's own user interface; returns the action's reply."""
        return self._control.send("POST", f"{self._path}/backstage/{quote(vendor)}/{quote(action)}", body)

    def settings(self) -> dict[str, Any]:
        """How it behaves where there is a choice: `{jobs, limits, rates, strictness, switches}`."""
        settings: dict[str, Any] = self._control.send("GET", f"{self._path}/settings")
        return settings

    def configure(self, **change: Any) -> dict[str, Any]:
        """Choose otherwise, `configure(jobs="immediate")`; None puts one back. Gives all settings."""
        settings: dict[str, Any] = self._control.send("PUT", f"{self._path}/settings", change)
        return settings

    def coverage(self, vendor: str | None = None) -> dict[str, Any]:
        """What of the contracts the calls so far have reached: of one vendor, else of those called."""
        query = "" if vendor is None else f"?vendor={quote(vendor)}"
        coverage: dict[str, Any] = self._control.send("GET", f"{self._path}/coverage{query}")
        return coverage

    def reset(self) -> None:
        """Put the world back to its start."""
        self.journal.before_forgetting()
        self._facts = self._control.send("POST", f"{self._path}/reset")

    def snapshot(self, name: str) -> None:
        """Remember the present state under a name."""
        self._control.send("POST", f"{self._path}/snapshots", {"name": name})

    def snapshots(self) -> list[str]:
        """The names of the snapshots, oldest first."""
        kept = self._control.send("GET", f"{self._path}/snapshots")["snapshots"]
        return [snapshot["name"] for snapshot in kept]

    def restore(self, name: str) -> None:
        """Put the world back to a snapshot."""
        self._facts = self._control.send("POST", f"{self._path}/snapshots/{quote(name, safe='')}/restore")

    def delete_snapshot(self, name: str) -> None:
        """Forget a snapshot."""
        self._control.send("DELETE", f"{self._path}/snapshots/{quote(name, safe='')}")

    def delete(self) -> None:
        """Remove the world from the server."""
        self._control.send("DELETE", self._path)

    def _door(self, vendor: str) -> Mapping[str, Any]:
        doors: Mapping[str, Mapping[str, Any]] = self._facts["vendors"]
        if vendor not in doors:
            raise ControlError(
                "unknown_vendor", f"no vendor is named {vendor!r}; there are: {', '.join(doors)}"
            )
        return doors[vendor]


def redirect(world: World, *, strict: bool = False, hosts: Mapping[str, str] | None = None) -> Redirect:
    """`world.redirect(…)` as a function: see `World.redirect`."""
    return world.redirect(strict=strict, hosts=hosts)
