"""The connection of the clients to a vendor, as teams write it: errors of two kinds, and a time to wait."""

import time
from typing import Any

import requests

from mockserver.client import World


class ClientError(Exception):
    """The work could not be done; the caller of the client has to see to it."""


class RefusedError(ClientError):
    """The vendor has refused the call, which has had no effect."""

    def __init__(self, status: int, reply: Any) -> None:
        super().__init__(f"{status}: {reply}")
        self.status = status
        self.reply = reply


class UnknownOutcomeError(ClientError):
    """Nobody knows whether the call has had its effect: no reply, an unreadable one, or a 5xx."""


class UndoFailedError(ClientError):
    """Something was done in part, and could not be undone; somebody has to clean up."""


class VendorConnection:
    """Sends calls to one vendor of a world."""

    def __init__(self, world: World, vendor: str) -> None:
        self.url = world.url(vendor)
        self.session = requests.Session()
        self.session.mount("http://", world.transport("requests"))
        self.session.headers.update(world.headers(vendor))

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON of a reply; one attempt. Raises `RefusedError` and `UnknownOutcomeError`."""
        try:
            reply = self.session.request(method, self.url + path, json=body, params=query, timeout=10)
            found = reply.json()
        except requests.RequestException as error:
            raise UnknownOutcomeError(str(error)) from error
        if reply.status_code >= 500:
            raise UnknownOutcomeError(f"{reply.status_code}: {found}")
        if reply.status_code >= 400:
            raise RefusedError(reply.status_code, found)
        return found

    def read(self, method: str, path: str, body: Any = None, *, attempts: int = 2, **query: Any) -> Any:
        """The JSON of a reply to a call without effects, which is repeated after a failure."""
        for attempt in range(attempts - 1):
            try:
                return self.send(method, path, body, **query)
            except ClientError:
                time.sleep(2**attempt)
        return self.send(method, path, body, **query)


class Work:
    """The work of one client in one world."""

    vendor = "fanfare"

    def __init__(self, world: World) -> None:
        self.vendor_connection = VendorConnection(world, self.vendor)
        self.send = self.vendor_connection.send
        self.read = self.vendor_connection.read

    @classmethod
    def work(cls, world: World) -> Any:
        """Do the work once."""
        return cls(world).run()

    def run(self) -> Any:
        """Do the work."""
        raise NotImplementedError
