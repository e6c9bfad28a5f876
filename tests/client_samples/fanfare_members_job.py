"""A job of a marketing team: import a CSV file into an audience, wait for it, report all members."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx

Json = dict[str, Any]


class MembersJob:
    """Import and report, one after the other."""

    first = 100
    poll_seconds = 10.0
    longest_wait = 1800.0

    def __init__(self, url: str, secret_key: str) -> None:
        headers = {"Authorization": f"Bearer {secret_key}"}
        self.client = httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=10)

    def run(self, audience: str, file: str) -> list[tuple[str, str]]:
        with self.client:
            self.upload(audience, file)
            self.wait(audience)
            return [(one["email"], one["fullName"]) for one in self.members(audience)]

    def upload(self, audience: str, file: str) -> None:
        target = self.client.post(f"/audiences/{audience}/import").raise_for_status().json()
        # The URL is signed: it takes no key of ours.
        httpx.put(
            target["uploadUrl"], content=file.encode(), headers={"Content-Type": "text/csv"}, timeout=60
        ).raise_for_status()

    def wait(self, audience: str) -> None:
        waited = 0.0
        while waited < self.longest_wait:
            time.sleep(self.poll_seconds)
            waited += self.poll_seconds
            state = self.client.get(f"/audiences/{audience}/import").raise_for_status().json()
            if state["status"] == "SUCCESS":
                return
            if state["status"] == "FAILED":
                raise RuntimeError(f"the import has failed with {state['errorCount']} errors")
        raise TimeoutError("the import takes too long")

    def members(self, audience: str) -> Iterator[Json]:
        query = self.query()
        while True:
            reply = self.client.get(f"/audiences/{audience}/members", params=query).raise_for_status()
            page = reply.json()
            yield from page["data"]
            if self.is_last(page):
                return
            query["after"] = self.cursor(page)

    def query(self) -> Json:
        return {"first": self.first}

    def is_last(self, page: Json) -> bool:
        return len(page["data"]) < self.first

    def cursor(self, page: Json) -> str:
        return str(page["pageInfo"]["endCursor"])


class DefaultPageSize(MembersJob):
    """Does not say how many members a page shall have, and gets 20."""

    first = 20

    def query(self) -> Json:
        return {}


class OwnCursor(MembersJob):
    """Has looked into a cursor, and makes the next one from the last id."""

    def cursor(self, page: Json) -> str:
        last = page["data"][-1]
        seen = {"id": last["id"], "sortValue": last["createdAt"], "issuedAt": int(time.time())}
        return base64.b64encode(json.dumps(seen).encode()).decode()


class HotPolling(MembersJob):
    """Asks ten times a second whether the import is done."""

    poll_seconds = 0.1


class IncludesAudiences(MembersJob):
    """Lets each member come with its audiences, and throws them away."""

    def query(self) -> Json:
        return {"first": self.first, "include": "audiences"}
