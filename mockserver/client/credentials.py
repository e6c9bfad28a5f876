"""What lets callers into a world, beyond the credentials that it was made with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from mockserver.client.connection import Connection

__tracebackhide__ = True  # a test that fails in here shows its own line


class Credential(dict[str, str]):
    """Its fields by name (`{"consumer_key": …, "consumer_secret": …}`), and what the server says of it."""

    def __init__(self, connection: Connection, path: str, shown: Mapping[str, Any]) -> None:
        super().__init__(shown["fields"])
        self._connection = connection
        self._path = f"{path}/{shown['id']}"
        self.shown = dict(shown)
        """As the server shows it: id, vendor, kind, tenant, minted, created, expires, expired, revoked."""
        self.id: str = shown["id"]
        self.vendor: str = shown["vendor"]
        self.tenant: str | None = shown["tenant"]
        self.expires = datetime.fromisoformat(shown["expires"]) if shown["expires"] else None
        self.headers: dict[str, str] = dict(shown["headers"])
        """The headers that authenticate a call; empty where it has to be signed or a session opened."""

    def revoke(self) -> None:
        """From now on the vendor does not know it. Raises ControlError (unknown_credential) if it did not."""
        self._connection.send("DELETE", self._path)


class Credentials:
    """All credentials of one world."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path

    def mint(self, vendor: str, **wishes: Any) -> Credential:
        """A further one: `kind`, `tenant`, `expires` or `expires_in`; what is None the server chooses."""
        body = {name: value for name, value in wishes.items() if value is not None}
        return self._read(self._connection.send("POST", self._path, {"vendor": vendor, **body}))

    def all(self, vendor: str | None = None) -> list[Credential]:
        """Those of one vendor or of all, ended ones included, those that the world was made with first."""
        shown = self._connection.send("GET", self._path)["credentials"]
        return [self._read(one) for one in shown if vendor in (None, one["vendor"])]

    def revoke(self, id: str) -> None:
        """Ends the one of this id. Raises ControlError (unknown_credential)."""
        self._connection.send("DELETE", f"{self._path}/{quote(id, safe='')}")

    def _read(self, shown: Mapping[str, Any]) -> Credential:
        return Credential(self._connection, self._path, shown)
