"""A client of Spotler that signs its calls with requests-oauthlib."""

from typing import Any

import requests
from requests_oauthlib import OAuth1

from mockserver.client import World

BASE = "/integrationservice"
OLD_BASE = "/integrationservice-1.1.0"


class Spotler:
    """One world's Spotler."""

    def __init__(self, world: World, base: str = BASE) -> None:
        self.world = world
        self.url = world.url("spotler") + base
        given = world.credentials("spotler")
        self.key, self.secret = given["consumer_key"], given["consumer_secret"]
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = OAuth1(self.key, client_secret=self.secret)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """One call, whatever it answers; `options` are those of requests."""
        if body is not None:
            options["json"] = body
        return self.session.request(method, self.url + path, timeout=30, **options)

    def raw(self, method: str, path: str, text: str, media_type: str, **headers: str) -> requests.Response:
        """One call with a body as it is."""
        sent = {"Content-Type": media_type, **headers}
        return self.session.request(method, self.url + path, data=text.encode(), headers=sent, timeout=30)

    def get(self, path: str, **params: Any) -> Any:
        """The body of a read that must succeed."""
        reply = self.send("GET", path, params=params)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def done(self, method: str, path: str, body: Any = None) -> None:
        """A call that must succeed and say nothing."""
        reply = self.send(method, path, body)
        assert (reply.status_code, reply.content) == (204, b""), reply.text

    def refused(self, status: int, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The body of a refusal."""
        reply = self.send(method, path, body, **options)
        assert reply.status_code == status, reply.text
        assert reply.headers["Content-Type"] == "application/json"
        return reply.json()

    def create(self, external_id: str, name: str | None = None, **more: Any) -> Any:
        """A new audience."""
        body = {"externalId": external_id, "name": external_id if name is None else name, **more}
        reply = self.send("POST", "/audience", body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def audience(self, external_id: str) -> Any:
        """An audience as it is now."""
        return self.get(f"/audience/{external_id}")

    def contact(self, external_id: str, **properties: Any) -> str:
        """The id of a new contact."""
        self.done("POST", "/contact", {"contact": {"externalId": external_id, "properties": properties}})
        return external_id

    def add(self, audience: str, *contacts: str) -> None:
        self.done("POST", f"/audience/{audience}/contact", {"contacts": contacts})

    def remove(self, audience: str, *contacts: str) -> None:
        self.done("DELETE", f"/audience/{audience}/contact", {"contacts": contacts})

    def empty(self, audience: str) -> None:
        """Everybody out: the call without a body."""
        self.done("DELETE", f"/audience/{audience}/contact")

    def backstage(self, action: str, **body: Any) -> Any:
        return self.world.backstage("spotler", action, **body)

    def members(self, audience: str) -> list[str]:
        """Who is in an audience, in the order in which they came."""
        seen = self.backstage("list_members", audience=audience, limit=10000)
        assert seen["count"] == len(seen["members"])
        return list(seen["members"])

    def remarks(self) -> list[str]:
        """What the journal says to developers about the latest call."""
        return list(self.world.journal(vendor="spotler")[-1]["remarks"])
