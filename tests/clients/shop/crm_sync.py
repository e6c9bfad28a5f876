"""The nightly sync of a CRM to Ortto: new and changed people are merged in batches, others left alone."""

import random
import time
from collections.abc import Iterator
from typing import Any

import requests

Json = dict[str, Any]
BATCH = 100
ATTEMPTS = 5


class SyncError(Exception):
    """The sync could not be finished; the next night begins again."""


class CrmSync:
    """One run: read all people of Ortto, compare, merge what differs, subscribe who has agreed."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.headers.update({"X-Api-Key": key, "User-Agent": "shop-crm-sync/2.4"})
        self.random = random.Random(7)

    def run(self, rows: list[Json], audience: str) -> int:
        with self.session:
            known = {one["str::email"].lower(): one for one in self.people() if one.get("str::email")}
            changed = [row for row in rows if self.differs(row, known.get(row["email"]))]
            for start in range(0, len(changed), BATCH):
                self.merge(changed[start : start + BATCH])
            self.subscribe(audience, [row["email"] for row in changed if row["newsletter"]])
            return len(changed)

    def people(self) -> Iterator[Json]:
        fields = ["str::email", "str::first", "str::last"]
        body: Json = {"limit": 500, "fields": fields, "sort_by_field_id": "str::email", "sort_order": "asc"}
        while True:
            page = self.post("/v1/person/get", body)
            yield from (one["fields"] for one in page["contacts"])
            if not page["has_more"]:
                return
            body |= {"offset": page["next_offset"], "cursor_id": page["cursor_id"]}

    def differs(self, row: Json, known: Json | None) -> bool:
        return known is None or any(
            known.get(field) != row[name] for field, name in (("str::first", "first"), ("str::last", "last"))
        )

    def merge(self, rows: list[Json]) -> None:
        people = [
            {
                "fields": {
                    "str::email": row["email"],
                    "str::first": row["first"],
                    "str::last": row["last"],
                    "bol::p": row["newsletter"],
                    "bol::sp": False,
                }
            }
            for row in rows
        ]
        self.post("/v1/person/merge", {"people": people, "merge_by": ["str::email"], "find_strategy": 0})

    def subscribe(self, audience: str, emails: list[str]) -> None:
        """Nobody who has unsubscribed is subscribed again."""
        for start in range(0, len(emails), BATCH):
            keys = [{"email": one} for one in emails[start : start + BATCH]]
            found = self.post("/v1/person/subscriptions", {"people": keys})["people"]
            left = {
                one["email"]
                for one in found
                if any(each.get("unsubscribed_from") for each in one.get("subscriptions") or [])
            }
            people = [{**key, "subscribed": True} for key in keys if key["email"] not in left]
            if people:
                self.put("/v1/audience/subscribe", {"audience_id": audience, "people": people})

    def post(self, path: str, body: Json) -> Any:
        return self.send("POST", path, body)

    def put(self, path: str, body: Json) -> Any:
        return self.send("PUT", path, body)

    def send(self, method: str, path: str, body: Json) -> Any:
        """The JSON of a reply. Merges and subscriptions are idempotent, so a lost one is sent again."""
        pause = 1.0
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(pause)
            try:
                reply = self.session.request(method, self.url + path, json=body, timeout=(3, 20))
            except requests.RequestException:
                pause = 2.0**attempt + self.random.random()
                continue
            if reply.status_code == 429:
                pause = float(reply.headers.get("Retry-After") or self.asked(reply) or 15) + 0.5
            elif reply.status_code >= 500:
                pause = 2.0**attempt + self.random.random()
            elif reply.ok:
                try:
                    return reply.json()
                except ValueError:
                    pause = 2.0**attempt + self.random.random()
            else:
                raise SyncError(f"{path}: {reply.status_code} {reply.text[:200]}")
        raise SyncError(f"{path}: no answer after {ATTEMPTS} attempts")

    def asked(self, reply: requests.Response) -> Any:
        try:
            return reply.json()["error"]["try-in-seconds"]
        except (ValueError, KeyError, TypeError):
            return None
