"""DigitalAudience as its clients call it, for the tests of the fake."""

import re
from typing import Any

import requests

from mockserver.client import World

TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z")
NOBODY = 2_000_000_000
ACTIVATION = {
    "name": "Buyers",
    "description": "",
    "startDate": "2026-01-01T00:00:00Z",
    "endDate": "2026-03-31T23:59:59Z",
}


class DigitalAudience:
    """One world's DigitalAudience, through `requests` with a session that is logged in."""

    def __init__(self, world: World, user: dict[str, str] | None = None) -> None:
        self.world = world
        self.url = world.url("digitalaudience")
        credentials = world.credentials("digitalaudience")
        self.user = user or {name: credentials[name] for name in ("userName", "password")}
        self.session = requests.Session()
        self.login()

    def login(self) -> str:
        """A fresh session; its cookie."""
        self.session.cookies.clear()
        reply = self.reply("POST", "/account/login", self.user)
        assert reply.status_code == 200, reply.text
        return str(self.session.cookies["digitalAudience"])

    def reply(self, method: str, path: str, body: object = None, **options: Any) -> requests.Response:
        return self.session.request(method, self.url + path, json=body, timeout=30, **options)

    def send(self, method: str, path: str, body: object = None) -> Any:
        """The data of a good reply."""
        reply = self.reply(method, path, body)
        assert reply.status_code == 200, reply.text
        envelope = reply.json()
        assert list(envelope) == ["data", "status", "success"]
        assert (envelope["status"], envelope["success"]) == ({"statusCode": 0, "message": None}, True)
        return envelope["data"]

    def refused(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """Status and message of a refusal."""
        return refusal(self.reply(method, path, body))

    def campaign(self, name: str = "api_camp") -> int:
        return int(self.send("POST", "/campaign/createcampaign", {"name": name})["id"])

    def create(self, name: str = "People", **body: Any) -> Any:
        """A new audience, in a campaign of its own unless one is named."""
        wanted = {"name": name, **body}
        if "campaignId" not in body:
            wanted["campaignId"] = self.campaign()
        return self.send("POST", "/audience/createcrmaudience", wanted)

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
        """A file for the audience, of rows that end as the vendor wants them to."""
        path = f"onboard/audience={id:05}/{mode}/20260101_120000.csv"
        body = {"path": path, "content": content.replace("\n", "\r\n"), **options}
        return self.backstage("drop_file", **body)

    def onboard(self, id: int, content: str, mode: str = "opt-in") -> Any:
        """The audience after a file, all of whose consequences are there."""
        self.drop(id, content, mode)
        self.backstage("finish_processing", audienceId=id)
        return self.load(id)

    def event(self, content: str, mode: str = "opt-in") -> Any:
        """What is told of a file that a new audience got."""
        (told,) = self.onboard(self.create()["id"], content, mode)["crmData"]["history"]["history"].values()
        return told

    def stranger(self) -> "DigitalAudience":
        """Somebody of the other organisation."""
        credentials = self.world.credentials("digitalaudience")
        names = ("userName", "password")
        return DigitalAudience(self.world, {name: credentials[f"other_{name}"] for name in names})


def refusal(reply: requests.Response) -> tuple[int, str]:
    """Status and message of a refusal, which has to look like one."""
    envelope = reply.json()
    assert list(envelope) == ["data", "status", "success"]
    assert envelope["success"] is False
    assert envelope["data"] is None or envelope["data"] is False
    assert envelope["status"]["statusCode"] != 0
    assert envelope["status"]["message"]
    if reply.status_code != 200:
        assert envelope["status"]["statusCode"] == reply.status_code
    return envelope["status"]["statusCode"], envelope["status"]["message"]
