"""Keeps stores at Voyado, whose external ids are unique."""

import time
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from tests.clients.worst_day.connection import ClientError, RefusedError, UnknownOutcomeError, Work

STORES = "/api/v3/stores"


class NewStore(Work):
    """Creates a store in some attempts; another id is taken only if the store is somebody else's."""

    vendor = "voyado"

    def run(self) -> Any:
        may_be_own = False
        for _attempt in range(4):
            try:
                self.send("POST", STORES, {"externalId": "S1", "name": "Main street"})
                return
            except UnknownOutcomeError:
                may_be_own = True
            except RefusedError as error:
                if error.status == 409:
                    self.id_is_taken(may_be_own)
                    return
                may_be_own = self.after_refusal(may_be_own)
            time.sleep(2)
        raise ClientError("four attempts have failed")

    def after_refusal(self, may_be_own: bool) -> bool:
        """A refused attempt changes nothing about those before it."""
        return may_be_own

    def id_is_taken(self, may_be_own: bool) -> None:
        """Takes another id, unless the store is its own."""
        if not may_be_own:
            self.send("POST", STORES, {"externalId": "S1-2", "name": "Main street"})
        elif self.read("GET", f"{STORES}/S1")["name"] != "Main street":
            raise ClientError("the id is taken by another store")


class ForgetsLostReply(NewStore):
    """Bug: only the last failure counts, so that a refusal hides the lost reply before it."""

    def after_refusal(self, may_be_own: bool) -> bool:
        return False


class ShareStore(Work):
    """One of two workers that describe the same store: creates it with what it knows, or adds to it."""

    vendor = "voyado"
    knows: Mapping[str, str] = MappingProxyType({"city": "Malmö"})

    def run(self) -> Any:
        try:
            self.read("GET", f"{STORES}/S1")
            self.add()
        except RefusedError as error:
            if error.status != 404:
                raise
            self.create()

    def create(self) -> None:
        """Creates the store, unless the other worker has done so by now."""
        try:
            self.send("POST", STORES, {"externalId": "S1", "name": "Main street", **self.knows})
        except RefusedError as error:
            if error.status != 409:
                raise
            self.add_to_others()

    def add_to_others(self) -> None:
        """Adds to the store of the other worker."""
        if self.read("GET", f"{STORES}/S1", attempts=1)["name"] != "Main street":
            raise ClientError("the id is taken by another store")
        self.add()

    def add(self) -> None:
        """Adds what it knows."""
        self.send("POST", f"{STORES}/S1", {**self.knows})


class LeavesItToTheOther(ShareStore):
    """Bug: if it cannot read the store of the other worker, it leaves things as they are."""

    def add_to_others(self) -> None:
        with suppress(ClientError):
            super().add_to_others()


class OtherShare(ShareStore):
    """The second worker, which knows something else."""

    knows = MappingProxyType({"region": "Skåne"})
