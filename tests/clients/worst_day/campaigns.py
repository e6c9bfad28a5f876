"""Creates campaigns at DigitalAudience, whose sessions end after an hour without a call."""

from contextlib import suppress
from typing import Any

from mockserver.client import World
from tests.clients.worst_day.connection import ClientError, RefusedError, UnknownOutcomeError, Work

CAMPAIGNS = ("Spring", "Summer", "Autumn")


class Campaigns(Work):
    """Opens a session, and opens it again when it has ended."""

    vendor = "digitalaudience"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        credentials = world.credentials("digitalaudience")
        self.user = {name: credentials[name] for name in ("userName", "password")}
        self.renewals = 0

    def run(self) -> Any:
        self.login()
        for name in CAMPAIGNS:
            self.create(name)

    def login(self) -> None:
        """Opens a session."""
        self.send("POST", "/account/login", self.user)

    def create(self, name: str) -> None:
        """Creates a campaign; a call without a valid session has no effect."""
        try:
            self.send("POST", "/campaign/createcampaign", {"name": name})
        except RefusedError as error:
            if error.status != 401:
                raise
            self.renew(name)

    def renew(self, name: str) -> None:
        """Opens a session again, and creates the campaign."""
        self.login()
        self.send("POST", "/campaign/createcampaign", {"name": name})


class RenewsOnceInALife(Campaigns):
    """Bug: the mark that the session was renewed is never taken back; the next end of one is ignored."""

    def renew(self, name: str) -> None:
        if self.renewals:
            return
        self.renewals += 1
        super().renew(name)


class IgnoresFailedLogin(Campaigns):
    """Bug: goes on with the old session if none can be opened, and takes its second 401 for a double."""

    def renew(self, name: str) -> None:
        with suppress(ClientError):
            self.login()
        try:
            self.send("POST", "/campaign/createcampaign", {"name": name})
        except RefusedError as error:
            if error.status != 401:
                raise


class CampaignsOnce(Campaigns):
    """Looks for a campaign after a lost reply, with a new session if need be."""

    def create(self, name: str) -> None:
        try:
            super().create(name)
        except UnknownOutcomeError:
            if not self.has(name):
                super().create(name)

    def has(self, name: str) -> bool:
        """Whether there is such a campaign."""
        try:
            found = self.send("GET", "/campaign/loadcampaigns")["data"]
        except RefusedError as error:
            if error.status != 401:
                raise
            return self.has_in_new_session(name)
        return any(one["name"] == name for one in found)

    def has_in_new_session(self, name: str) -> bool:
        """The session has ended: looks again in another one."""
        self.login()
        return any(one["name"] == name for one in self.send("GET", "/campaign/loadcampaigns")["data"])


class NewSessionNoCampaigns(CampaignsOnce):
    """Bug: opens another session after a 401, but does not look again."""

    def has_in_new_session(self, name: str) -> bool:
        self.login()
        return False
