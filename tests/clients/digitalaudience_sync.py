"""Reads the audiences of DigitalAudience."""

from typing import Any

import requests

from mockserver.client import World


class DigitalAudienceSync:
    """The careful client: one session for all calls."""

    def __init__(self, world: World) -> None:
        self.url = world.url("digitalaudience")
        credentials = world.credentials("digitalaudience")
        self.user = {name: credentials[name] for name in ("userName", "password")}
        self.session: requests.Session | None = None

    def open_session(self) -> requests.Session:
        """The session, opened when it is first needed."""
        if self.session is None:
            self.session = requests.Session()
            self.session.post(f"{self.url}/account/login", json=self.user, timeout=10).raise_for_status()
        return self.session

    def get(self, path: str) -> Any:
        """The data of a reply."""
        reply = self.open_session().get(self.url + path, timeout=10)
        reply.raise_for_status()
        return reply.json()["data"]

    def run(self) -> None:
        """Reads what there is."""
        for path in (
            "/audience/loadaudiences",
            "/campaign/loadcampaigns",
            "/organisation/loadplatformaccounts",
        ):
            self.session_for(path)

    def session_for(self, path: str) -> None:
        """One call."""
        self.open_session().get(self.url + path, timeout=10)


class LogsInAgain(DigitalAudienceSync):
    """Opens a session for every call."""

    def session_for(self, path: str) -> None:
        self.session = None
        super().session_for(path)
