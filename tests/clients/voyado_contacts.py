"""Registers contacts with Voyado."""

from typing import Any

import requests

from mockserver.client import World


class VoyadoContacts:
    """The careful client."""

    agent: str | None = "contacts/1.0"
    asks_for_consent = True

    def __init__(self, world: World) -> None:
        self.url = world.url("voyado") + "/api/v3/contacts"
        self.headers: dict[str, Any] = {**world.headers("voyado"), "User-Agent": self.agent}

    def run(self) -> None:
        """Registers one contact."""
        contact: dict[str, Any] = {"firstName": "Ada", "email": "ada@example.com", "countryCode": "SE"}
        if self.asks_for_consent:
            contact["preferences"] = {"acceptsEmail": True, "acceptsSms": False, "acceptsPostal": False}
        with requests.Session() as session:
            session.post(self.url, json=contact, headers=self.headers, timeout=10).raise_for_status()


class Anonymous(VoyadoContacts):
    """Sends no User-Agent."""

    agent = None

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.headers["User-Agent"] = ""


class Presumptuous(VoyadoContacts):
    """Does not say what the contact has agreed to."""

    asks_for_consent = False
