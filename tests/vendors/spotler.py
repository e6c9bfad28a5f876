"""Spotler test client that signs its calls with requests-oauthlib."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests_oauthlib import OAuth1

from mockserver.client import World
from mockserver.pytest_plugin import MockServer

BASE = "/integrationservice"
OLD_BASE = "/integrationservice-1.1.0"


class Spotler:
    """Client of one world's Spotler."""

    def __init__(self, world: World, base: str = BASE) -> None:
        self.world = world
        self.url = world.url("spotler") + base
        credentials = world.credentials("spotler")
        self.key, self.secret = credentials["consumer_key"], credentials["consumer_secret"]
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Accept"] = "application/json"
        self.session.auth = OAuth1(self.key, client_secret=self.secret)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Sends a call and returns its reply; `options` are those of requests."""
        if body is not None:
            options["json"] = body
        return self.session.request(method, self.url + path, timeout=30, **options)

    def send_raw(
        self, method: str, path: str, text: str, media_type: str, **headers: str
    ) -> requests.Response:
        """Sends a call with an unchanged body."""
        headers = {"Content-Type": media_type, **headers}
        return self.session.request(method, self.url + path, data=text.encode(), headers=headers, timeout=30)

    def get(self, path: str, **params: Any) -> Any:
        """Sends a GET that must succeed and returns its body."""
        reply = self.send("GET", path, params=params)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def succeed(self, method: str, path: str, body: Any = None) -> None:
        """Sends a call that must return 204 without a body."""
        reply = self.send(method, path, body)
        assert (reply.status_code, reply.content) == (204, b""), reply.text

    def fail(self, status: int, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Sends a call that must fail with this status and returns the error."""
        reply = self.send(method, path, body, **options)
        assert reply.status_code == status, reply.text
        assert reply.headers["Content-Type"] == "application/json"
        return reply.json()

    def create(self, external_id: str, name: str | None = None, **more: Any) -> Any:
        """Creates an audience."""
        body = {"externalId": external_id, "name": external_id if name is None else name, **more}
        reply = self.send("POST", "/audience", body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def audience(self, external_id: str) -> Any:
        """Reads an audience."""
        return self.get(f"/audience/{external_id}")

    def contact(self, external_id: str, **properties: Any) -> str:
        """Creates a contact and returns its id."""
        self.succeed("POST", "/contact", {"contact": {"externalId": external_id, "properties": properties}})
        return external_id

    def add(self, audience: str, *contacts: str) -> None:
        """Adds contacts to an audience."""
        self.succeed("POST", f"/audience/{audience}/contact", {"contacts": contacts})

    def remove(self, audience: str, *contacts: str) -> None:
        """Removes contacts from an audience."""
        self.succeed("DELETE", f"/audience/{audience}/contact", {"contacts": contacts})

    def empty(self, audience: str) -> None:
        """Removes all contacts from an audience with a call without a body."""
        self.succeed("DELETE", f"/audience/{audience}/contact")

    def backstage(self, action: str, **body: Any) -> Any:
        """Runs a backstage action."""
        return self.world.backstage("spotler", action, **body)

    def members(self, audience: str) -> list[str]:
        """Lists the members of an audience, in order of joining."""
        page = self.backstage("list_members", audience=audience, limit=10000)
        assert page["count"] == len(page["members"])
        return list(page["members"])

    def remarks(self) -> list[str]:
        """The remarks for developers in the journal entry of the latest call."""
        return list(self.world.journal(vendor="spotler")[-1]["remarks"])


@contextmanager
def forked(server: MockServer, world: World) -> Iterator[Spotler]:
    """A client of a fork of the world."""
    fork = server.control.create_world(fork=world.name)
    try:
        yield Spotler(fork)
    finally:
        fork.delete()
