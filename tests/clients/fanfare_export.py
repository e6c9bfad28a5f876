"""Exports the consumers of Fanfare into a list, and keeps one audience of its own there."""

import json
import time
from base64 import b64encode
from typing import Any

import requests

from mockserver.client import World


class FanfareExport:
    """The careful client."""

    page_size: int | None = 100

    def __init__(self, world: World) -> None:
        self.url = world.url("fanfare") + "/api/v1"
        self.session = requests.Session()
        self.session.headers.update({**world.headers("fanfare"), "User-Agent": "export/1.0"})

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON of a reply; waits where the vendor asks for it."""
        for _attempt in range(6):
            reply = self.session.request(method, self.url + path, json=body, params=query, timeout=10)
            if reply.status_code != 429:
                reply.raise_for_status()
                return reply.json()
            self.pause(reply)
        raise RuntimeError("the vendor rejects every call")

    def pause(self, reply: requests.Response) -> None:
        """Waits before the next attempt."""
        time.sleep(float(reply.headers.get("Retry-After", 1)))

    def consumers(self) -> list[Any]:
        """All consumers."""
        found: list[Any] = []
        query: dict[str, Any] = {} if self.page_size is None else {"first": self.page_size}
        while True:
            reply = self.send("GET", "/consumers", **query)
            found += reply["data"]
            if self.is_last(reply["data"]):
                return found
            query["after"] = reply["pageInfo"]["endCursor"]

    def is_last(self, page: list[Any]) -> bool:
        """Whether no page comes after this one."""
        return len(page) < (self.page_size or 20)

    def audiences(self) -> list[Any]:
        """All audiences with their details."""
        found: list[Any] = self.send("GET", "/audiences")
        return found

    def keep_audience(self, name: str) -> None:
        """Creates the audience unless it exists."""
        if any(one["name"] == name for one in self.audiences()):
            return
        try:
            self.create(name)
        except requests.ConnectionError:
            self.after_lost_reply(name)

    def create(self, name: str) -> None:
        """Creates an audience."""
        self.send("POST", "/audiences", {"name": name, "type": "STATIC"})

    def after_lost_reply(self, name: str) -> None:
        """The reply was lost: the audience may exist by now."""
        if not any(one["name"] == name for one in self.audiences()):
            self.create(name)

    def rename(self, name: str, description: str) -> None:
        """Sets the description of an audience, if it differs."""
        audience = next(one for one in self.audiences() if one["name"] == name)
        if audience.get("description") != description:
            self.send("PUT", f"/audiences/{audience['id']}", {"description": description})

    def run(self) -> None:
        """The nightly export."""
        self.audiences()
        self.consumers()
        self.keep_audience("Exported")


class Impatient(FanfareExport):
    """Tries again at once, whatever the vendor asks for."""

    def pause(self, reply: requests.Response) -> None:
        time.sleep(0.01)


class Doubling(FanfareExport):
    """Sends a create again whose reply was lost."""

    def after_lost_reply(self, name: str) -> None:
        self.create(name)


class SmallPages(FanfareExport):
    """Leaves the size of the pages at the vendor's default."""

    page_size = None


class StopsEarly(FanfareExport):
    """Takes two pages for the whole list."""

    page_size = 60
    pages = 0

    def is_last(self, page: list[Any]) -> bool:
        self.pages += 1
        return self.pages == 2


class ReadsOn(FanfareExport):
    """Reads until a page is empty."""

    page_size = 95

    def consumers(self) -> list[Any]:
        found: list[Any] = []
        query: dict[str, Any] = {"first": self.page_size}
        while (reply := self.send("GET", "/consumers", **query))["data"]:
            found += reply["data"]
            query["after"] = reply["pageInfo"]["endCursor"]
        return found


class MakesUpCursors(FanfareExport):
    """Puts the cursor of the second page together itself, as it has seen them to be."""

    def consumers(self) -> list[Any]:
        found: list[Any] = self.send("GET", "/consumers", first=self.page_size)["data"]
        after = b64encode(json.dumps({"id": found[-1]["id"]}).encode()).decode()
        query: dict[str, Any] = {"first": self.page_size, "after": after}
        reply = self.session.get(self.url + "/consumers", params=query, timeout=10)
        return found + (reply.json()["data"] if reply.ok else [])


class OneByOne(FanfareExport):
    """Reads each audience by itself."""

    def run(self) -> None:
        for audience in self.audiences():
            self.send("GET", f"/audiences/{audience['id']}")


class Forgetful(FanfareExport):
    """Reads the audiences for each page of consumers."""

    page_size = 60

    def is_last(self, page: list[Any]) -> bool:
        self.audiences()
        return super().is_last(page)


class Nervous(FanfareExport):
    """Polls without a pause until an audience is ready."""

    def run(self) -> None:
        first = self.audiences()[0]["id"]
        for _poll in range(6):
            self.send("GET", f"/audiences/{first}/status")


class Repetitive(FanfareExport):
    """Sends what it knows, changed or not."""

    def run(self) -> None:
        audience = self.audiences()[0]
        self.send("PUT", f"/audiences/{audience['id']}", {"name": audience["name"]})
