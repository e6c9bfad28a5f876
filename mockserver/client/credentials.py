"""Credentials of a world: minting, listing and revoking them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from mockserver.client.connection import Connection

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module


class Credential(dict[str, str]):
    """One credential: a dict of its fields (`{"consumer_key": …, "consumer_secret": …}`) with attributes."""

    def __init__(self, connection: Connection, path: str, details: Mapping[str, Any]) -> None:
        super().__init__(details["fields"])
        self._connection = connection
        self._path = f"{path}/{details['id']}"
        self.details: dict[str, Any] = dict(details)
        """The server's reply: id, vendor, kind, tenant, minted, created, expires, expired, revoked, …"""
        self.id: str = details["id"]
        self.vendor: str = details["vendor"]
        self.tenant: str | None = details["tenant"]
        self.expires: datetime | None = (
            datetime.fromisoformat(details["expires"]) if details["expires"] else None
        )
        self.headers: dict[str, str] = dict(details["headers"])
        """The headers that authenticate a call; empty if calls are signed or a session must be opened."""

    def revoke(self) -> None:
        """Make the vendor reject it from now on. Raises ControlError (unknown_credential)."""
        self._connection.send("DELETE", self._path)


class Credentials:
    """All credentials of one world."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path

    def mint(self, vendor: str, **options: Any) -> Credential:
        """Create a credential; options: `kind`, `tenant`, `expires`, `expires_in`. None is the default."""
        body = {name: value for name, value in options.items() if value is not None}
        return self._credential(self._connection.send("POST", self._path, {"vendor": vendor, **body}))

    def all(self, vendor: str | None = None) -> list[Credential]:
        """The credentials of one vendor or of all, including expired and revoked ones; the world's initial
        credentials come first.
        """
        listed = self._connection.send("GET", self._path)["credentials"]
        return [self._credential(details) for details in listed if vendor in (None, details["vendor"])]

    def revoke(self, id: str) -> None:
        """Revoke the credential with this id. Raises ControlError (unknown_credential)."""
        self._connection.send("DELETE", f"{self._path}/{quote(id, safe='')}")

    def _credential(self, details: Mapping[str, Any]) -> Credential:
        return Credential(self._connection, self._path, details)
