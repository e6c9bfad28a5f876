"""Sends people to Ortto."""

import time
from typing import Any

from tests.clients.worst_day.connection import ClientError, Work

MERGE = "/v1/person/merge"
ADDRESSES = ("ada@example.com", "bob@example.com", "cyd@example.com")


class Bulk(Work):
    """Merges people in one call, and repeats the call once if some of them failed."""

    vendor = "ortto"

    def run(self) -> Any:
        if self.merge(list(ADDRESSES)):
            time.sleep(60)
            self.at_the_end(self.merge(list(ADDRESSES)))

    def merge(self, addresses: list[str]) -> list[str]:
        """Merges people; returns those that failed."""
        people = [{"fields": {"str::email": one}} for one in addresses]
        done = self.send("POST", MERGE, {"people": people, "merge_by": ["str::email"]})["people"]
        pairs = zip(addresses, done, strict=True)
        return [address for address, one in pairs if "person_id" not in one]

    def at_the_end(self, left: list[str]) -> None:
        """Reports who is left."""
        if left:
            raise ClientError(f"{len(left)} people are left")


class ForgetsWhoFailsAgain(Bulk):
    """Bug: does not look at the result of the second attempt."""

    def at_the_end(self, left: list[str]) -> None:
        """The retry has surely worked."""


class Breaker(Bulk):
    """Merges people one by one; rests for a minute after two failures in a row."""

    def run(self) -> Any:
        failures = 0
        parked: list[str] = []
        for address in ADDRESSES:
            if failures >= 2:
                self.while_open(address, parked)
                continue
            try:
                self.merge_one(address)
                failures = 0
            except ClientError:
                failures += 1
                parked.append(address)
        if parked:
            time.sleep(60)
        for address in parked:
            self.merge_one(address)

    def merge_one(self, address: str) -> None:
        """Merges one."""
        if self.merge([address]):
            raise ClientError(f"{address} was not merged")

    def while_open(self, address: str, parked: list[str]) -> None:
        """Parks who comes while it rests."""
        parked.append(address)


class DropsWhileOpen(Breaker):
    """Bug: who comes while it rests is dropped."""

    def while_open(self, address: str, parked: list[str]) -> None:
        """The circuit is open."""
