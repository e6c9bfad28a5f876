"""The import of a loyalty list into a Fanfare audience: a CSV file, its outcome, the members after it."""

import csv
import io
import time
from collections.abc import Iterator
from typing import Any

import requests

Json = dict[str, Any]
PAGE = 100


class ImportFailedError(Exception):
    """The list was not imported, or not wholly."""


class BatchImport:
    """One run; a second one with the same list adds nobody twice."""

    def __init__(self, url: str, key: str) -> None:
        self.url = f"{url}/api/v1"
        self.session = requests.Session()
        self.session.headers.update({"Authorization": f"Bearer {key}", "User-Agent": "shop-import/3"})

    def run(self, name: str, rows: list[Json]) -> list[str]:
        """The addresses that are in the audience afterwards and were not asked for, if any."""
        with self.session:
            audience = self.find(name) or self.create(name)
            target = self.send("POST", f"/audiences/{audience}/import")
            self.upload(target["uploadUrl"], rows)
            self.wait(audience)
            wanted = {row["email"] for row in rows}
            return sorted(one["email"] for one in self.members(audience) if one["email"] not in wanted)

    def find(self, name: str) -> str | None:
        found = [one["id"] for one in self.send("GET", "/audiences") if one["name"] == name]
        return str(found[0]) if found else None

    def create(self, name: str) -> str:
        """A create whose reply is lost is not sent again before a look."""
        for attempt in range(3):
            try:
                return str(self.once("POST", "/audiences", json={"name": name, "type": "STATIC"})["id"])
            except requests.RequestException:
                time.sleep(5 * 2**attempt)
                found = self.find(name)
                if found is not None:
                    return found
        raise ImportFailedError("the audience cannot be created")

    def upload(self, target: str, rows: list[Json]) -> None:
        """The whole file replaces an earlier one, so it may be sent again; the URL is signed."""
        text = io.StringIO()
        writer = csv.DictWriter(text, ["email", "firstName", "lastName"], lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
        for attempt in range(3):
            try:
                reply = requests.put(
                    target,
                    data=text.getvalue().encode(),
                    headers={"Content-Type": "text/csv"},
                    timeout=(3, 60),
                )
                reply.raise_for_status()
                return
            except requests.RequestException:
                time.sleep(5 * 2**attempt)
        raise ImportFailedError("the file cannot be uploaded")

    def wait(self, audience: str) -> None:
        pause, waited = 2.0, 0.0
        while waited < 3600:
            time.sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, 60)
            state = self.send("GET", f"/audiences/{audience}/import")
            if state["status"] == "SUCCESS":
                return
            if state["status"] == "FAILED":
                raise ImportFailedError(f"{state['errorCount']} errors")
        raise ImportFailedError("the import takes more than an hour")

    def members(self, audience: str) -> Iterator[Json]:
        query: Json = {"first": PAGE}
        while True:
            page = self.send("GET", f"/audiences/{audience}/members", params=query)
            yield from page["data"]
            if len(page["data"]) < PAGE:
                return
            query["after"] = page["pageInfo"]["endCursor"]

    def send(self, method: str, path: str, **options: Any) -> Any:
        for attempt in range(4):
            try:
                return self.once(method, path, **options)
            except requests.RequestException as error:
                reply = error.response
                if reply is not None and reply.status_code < 500 and reply.status_code != 429:
                    raise ImportFailedError(f"{path}: {reply.status_code}") from error
                asked = reply.headers.get("Retry-After") if reply is not None else None
                time.sleep(float(asked) + 1 if asked else 3 * 2**attempt)
        raise ImportFailedError(f"{path}: no answer")

    def once(self, method: str, path: str, **options: Any) -> Any:
        reply = self.session.request(method, self.url + path, timeout=(3, 20), **options)
        reply.raise_for_status()
        return reply.json()
