"""Client of DigitalAudience for the tests of the fake."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from mockserver.client import World
from mockserver.pytest_plugin import MockServer

TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z")
UNKNOWN_ID = 2_000_000_000
ACTIVATION = {
    "name": "Buyers",
    "description": "",
    "startDate": "2026-01-01T00:00:00Z",
    "endDate": "2026-03-31T23:59:59Z",
}


class DigitalAudience:
    """Client of one world, with a logged-in `requests` session."""

    def __init__(self, world: World, user: dict[str, str] | None = None) -> None:
        self.world = world
        self.url = world.url("digitalaudience")
        credentials = world.credentials("digitalaudience")
        self.user = user or {name: credentials[name] for name in ("userName", "password")}
        self.session = requests.Session()
        self.session.trust_env = False
        self.login()

    def login(self) -> str:
        """Opens a session; returns its cookie."""
        self.session.cookies.clear()
        reply = self.request("POST", "/account/login", self.user)
        assert reply.status_code == 200, reply.text
        return str(self.session.cookies["digitalAudience"])

    def request(self, method: str, path: str, body: object = None, **options: Any) -> requests.Response:
        return self.session.request(method, self.url + path, json=body, timeout=30, **options)

    def send(self, method: str, path: str, body: object = None) -> Any:
        """The data of a successful response."""
        reply = self.request(method, path, body)
        assert reply.status_code == 200, reply.text
        envelope = reply.json()
        assert list(envelope) == ["data", "status", "success"]
        assert (envelope["status"], envelope["success"]) == ({"statusCode": 0, "message": None}, True)
        return envelope["data"]

    def failure(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """Status code and message of a failure."""
        return parse_failure(self.request(method, path, body))

    def campaign(self, name: str = "api_camp") -> int:
        return int(self.send("POST", "/campaign/createcampaign", {"name": name})["id"])

    def create(self, name: str = "People", **body: Any) -> Any:
        """A new audience, in a new campaign unless the body names one."""
        body = {"name": name, **body}
        if "campaignId" not in body:
            body["campaignId"] = self.campaign()
        return self.send("POST", "/audience/createcrmaudience", body)

    def load(self, id: int) -> Any:
        return self.send("GET", f"/audience/loadAudienceById/{id}")

    def audiences(self) -> Any:
        return self.send("GET", "/audience/loadaudiences")

    def account(self) -> int:
        return int(self.send("GET", "/organisation/loadplatformaccounts")[0]["id"])

    def activate(self, id: int, **changes: Any) -> Any:
        body = {"audienceId": id, "accountId": self.account(), **ACTIVATION, **changes}
        return self.send("POST", "/audience/activate", body)

    def segments(self, id: int) -> Any:
        return self.send("GET", f"/segment/loadsegmentsbyaudienceid/{id}")

    def backstage(self, action: str, **body: Any) -> Any:
        return self.world.backstage("digitalaudience", action, **body)

    def drop(self, id: int, content: str, mode: str = "opt-in", **options: Any) -> Any:
        """Drops a file for the audience, with CRLF line ends."""
        path = f"onboard/audience={id:05}/{mode}/20260101_120000.csv"
        body = {"path": path, "content": content.replace("\n", "\r\n"), **options}
        return self.backstage("drop_file", **body)

    def onboard(self, id: int, content: str, mode: str = "opt-in") -> Any:
        """The audience after a file is dropped and processed."""
        self.drop(id, content, mode)
        self.backstage("finish_processing", audienceId=id)
        return self.load(id)

    def history_entry(self, content: str, mode: str = "opt-in") -> Any:
        """The history entry of a file that is dropped for a new audience."""
        (entry,) = self.onboard(self.create()["id"], content, mode)["crmData"]["history"]["history"].values()
        return entry

    def other_organisation(self) -> "DigitalAudience":
        """Client of a user of the other organisation."""
        credentials = self.world.credentials("digitalaudience")
        names = ("userName", "password")
        return DigitalAudience(self.world, {name: credentials[f"other_{name}"] for name in names})


@contextmanager
def forked(server: MockServer, world: World) -> Iterator[DigitalAudience]:
    """Client of a fork of the world."""
    fork = server.control.create_world(fork=world.name)
    try:
        yield DigitalAudience(fork)
    finally:
        fork.delete()


def parse_failure(reply: requests.Response) -> tuple[int, str]:
    """Status code and message of a failure, whose envelope is checked."""
    envelope = reply.json()
    assert list(envelope) == ["data", "status", "success"]
    assert envelope["success"] is False
    assert envelope["data"] is None or envelope["data"] is False
    assert envelope["status"]["statusCode"] != 0
    assert envelope["status"]["message"]
    if reply.status_code != 200:
        assert envelope["status"]["statusCode"] == reply.status_code
    return envelope["status"]["statusCode"], envelope["status"]["message"]
