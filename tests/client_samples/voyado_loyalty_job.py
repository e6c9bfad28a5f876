"""The nightly job of a loyalty programme: imports new members, and reports the points of members."""

import time
from collections.abc import Iterator
from typing import Any

import requests

from tests.client_samples.limited_session import LimitedSession

Json = dict[str, Any]
ATTEMPTS = 3


class LoyaltyJob:
    """Import in bulk, wait for the batch, then read the point transactions of some members."""

    page_size = 500

    def __init__(self, url: str, apikey: str, *, timeout: float | None = 10) -> None:
        self.api = f"{url}/api/v3"
        self.timeout = timeout
        self.session = LimitedSession()
        self.session.headers.update({"apikey": apikey, "User-Agent": "LoyaltyJob/1.4"})
        self.kinds: dict[str, int] = {}

    def run(self, new: list[Json], members: list[str]) -> Json:
        refused = self.wait(self.start_import(new))
        points = {email: sum(self.amounts(email)) for email in members}
        return {"refused": refused, "points": points}

    def start_import(self, new: list[Json]) -> str:
        reply = self.session.post(f"{self.api}/contacts/bulk", json=new, timeout=60)
        reply.raise_for_status()
        return str(reply.json())

    def wait(self, batch: str) -> list[Json]:
        """Wait until the batch is finished; the contacts that were refused."""
        for _ in range(120):
            time.sleep(30)
            status = self.get("/contacts/bulk/status", batchId=batch)
            if status["status"] == "Finished":
                return [{"index": one["index"], "why": one["message"]} for one in status["errors"]]
        raise TimeoutError("the batch takes longer than an hour")

    def amounts(self, email: str) -> Iterator[float]:
        contact = self.get("/contacts/id", email=email, contactType="Member")
        offset = 0
        while True:
            page = self.page(contact, offset)
            yield from (one["amount"] for one in page["items"])
            offset += len(page["items"])
            if self.is_last(page, offset):
                return

    def page(self, contact: str, offset: int) -> Json:
        page: Json = self.get(
            "/point-accounts/transactions",
            contactId=contact,
            definitionId=self.bonus_points(),
            offset=offset,
            count=self.page_size,
        )
        return page

    def is_last(self, page: Json, offset: int) -> bool:
        return bool(offset >= page["totalCount"])

    def bonus_points(self) -> int:
        """The kind of points, which is read once in a night."""
        if not self.kinds:
            kinds = self.get("/point-accounts/definitions")
            self.kinds = {one["name"]: one["id"] for one in kinds}
        return self.kinds["Bonus points"]

    def get(self, path: str, **query: Any) -> Any:
        """Read; what takes too long is asked for again, which is safe for a read."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                reply = self.session.get(self.api + path, params=query, timeout=self.timeout)
                break
            except requests.RequestException:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(10)
        reply.raise_for_status()
        return reply.json()


class NeverPolls(LoyaltyJob):
    """Takes the id of the batch for the success of the import."""

    def wait(self, batch: str) -> list[Json]:
        return []


class FirstPageOnly(LoyaltyJob):
    """Reads 100 transactions, which is what its test account had."""

    page_size = 100

    def is_last(self, page: Json, offset: int) -> bool:
        return True


class ReadsKindsAgain(LoyaltyJob):
    """Reads the kinds of points for every page of every member."""

    def bonus_points(self) -> int:
        self.kinds = {}
        return super().bonus_points()


class NoTimeout(LoyaltyJob):
    """Waits for an answer as long as it takes."""

    def __init__(self, url: str, apikey: str, *, timeout: float | None = None) -> None:
        super().__init__(url, apikey, timeout=None)
