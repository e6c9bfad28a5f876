"""Registers consumers and orders with Fanfare, and exports them."""

import time
from contextlib import suppress
from typing import Any

from mockserver.client import World
from tests.clients.worst_day.connection import (
    ClientError,
    RefusedError,
    UndoFailedError,
    UnknownOutcomeError,
    Work,
)

CONSUMERS = "/api/v1/consumers"
ORDERS = "/api/v1/orders"
AUDIENCES = "/api/v1/audiences"
ADDRESSES = ("ada@example.com", "bob@example.com", "cyd@example.com")


class Register(Work):
    """Creates consumers with unique addresses; parks those that fail, and tries them again at the end."""

    def run(self) -> Any:
        parked = []
        for address in ADDRESSES:
            try:
                self.create(address)
            except ClientError:
                parked.append(address)
        for address in parked:
            self.try_parked(address)

    def create(self, address: str) -> None:
        """Creates one, unless it exists."""
        try:
            self.send("POST", CONSUMERS, {"email": address})
        except RefusedError as error:
            if error.status != 400 or not self.exists(address):
                raise

    def exists(self, address: str) -> bool:
        """Whether there is a consumer with this address."""
        found = self.read("GET", f"{CONSUMERS}/search", email=address)["data"]
        return any(one["email"] == address for one in found)

    def try_parked(self, address: str) -> None:
        """The last attempt for one."""
        self.create(address)


class ForgetsParked(Register):
    """Bug: what fails again at the end is forgotten."""

    def try_parked(self, address: str) -> None:
        with suppress(ClientError):
            self.create(address)


class OrderOfNewConsumer(Work):
    """Registers a consumer with a first order; takes the consumer back if the order is refused."""

    def run(self) -> Any:
        consumer = self.send("POST", CONSUMERS, {"email": ADDRESSES[0]})["id"]
        try:
            self.send("POST", ORDERS, {"consumerId": consumer, "amount": 20})
        except RefusedError as error:
            self.take_back(consumer)
            raise RefusedError(error.status, "nothing was registered") from error

    def take_back(self, consumer: str) -> None:
        """Deletes the consumer."""
        try:
            self.send("DELETE", f"{CONSUMERS}/{consumer}")
        except ClientError as error:
            raise UndoFailedError(f"{consumer} is left") from error


class LeavesConsumer(OrderOfNewConsumer):
    """Bug: says that nothing was registered, though the consumer could not be deleted."""

    def take_back(self, consumer: str) -> None:
        with suppress(ClientError):
            self.send("DELETE", f"{CONSUMERS}/{consumer}")


class OrderOnce(Work):
    """Registers an order of a known consumer; after a lost reply it looks whether it is there."""

    def run(self) -> Any:
        consumer = self.read("GET", CONSUMERS, first=1)["data"][0]["id"]
        before = len(self.orders(consumer))
        try:
            self.order(consumer)
        except UnknownOutcomeError:
            if not self.has_arrived(consumer, before):
                self.order(consumer)

    def order(self, consumer: str) -> None:
        """Registers the order."""
        self.send("POST", ORDERS, {"consumerId": consumer, "amount": 20})

    def orders(self, consumer: str) -> list[Any]:
        """The latest orders of the consumer."""
        found = self.send("GET", ORDERS, consumerId=consumer, first=100)["data"]
        return [one for one in found if one["consumerId"] == consumer]

    def has_arrived(self, consumer: str, before: int) -> bool:
        """Whether there is one order more than before."""
        return len(self.orders(consumer)) > before


class AssumesTheBest(OrderOnce):
    """Bug: an order that it cannot look for has arrived, it believes."""

    def has_arrived(self, consumer: str, before: int) -> bool:
        try:
            return super().has_arrived(consumer, before)
        except ClientError:
            return True


class Mirror(Work):
    """Removes from one list who has left another."""

    @staticmethod
    def prepare(world: World) -> None:
        """Two lists with the same three members."""
        setup = Work(world)
        consumers = [one["id"] for one in setup.send("GET", CONSUMERS, first=3)["data"]]
        for name in ("Source", "Target"):
            made = setup.send("POST", AUDIENCES, {"name": name, "type": "STATIC"})
            setup.send("POST", f"{AUDIENCES}/{made['id']}/members", {"consumerIds": consumers})

    def run(self) -> Any:
        ids = {one["name"]: one["id"] for one in self.read("GET", AUDIENCES)}
        source = self.members(ids["Source"])
        gone = sorted(self.members(ids["Target"]) - source)
        if gone:
            self.send("DELETE", f"{AUDIENCES}/{ids['Target']}/members", {"consumerIds": gone})

    def members(self, audience: str) -> set[str]:
        """The ids of the members."""
        for _attempt in range(2):
            try:
                page = self.send("GET", f"{AUDIENCES}/{audience}/members", first=100)
                return {one["id"] for one in page["data"]}
            except ClientError:
                time.sleep(5)
        return self.without_members(audience)

    def without_members(self, audience: str) -> set[str]:
        """Reports the failure."""
        raise ClientError(f"no members of {audience}")


class EmptiesTarget(Mirror):
    """Bug: a list that cannot be read is empty, so that everybody has left."""

    def without_members(self, audience: str) -> set[str]:
        return set()


class Export(Work):
    """Exports all consumers, page by page, with one more attempt for each page."""

    def run(self) -> Any:
        found: list[str] = []
        query: dict[str, Any] = {"first": 40}
        while True:
            page = self.page(query)
            if page is None:
                return found
            found += [one["email"] for one in page["data"]]
            if len(page["data"]) < 40:
                return found
            query["after"] = page["pageInfo"]["endCursor"]

    def page(self, query: dict[str, Any]) -> Any:
        """One page."""
        return self.read("GET", CONSUMERS, **query)


class EndsAtFailure(Export):
    """Bug: a page that fails twice is taken for the end."""

    def page(self, query: dict[str, Any]) -> Any:
        try:
            return super().page(query)
        except ClientError:
            return None


class Batch(Register):
    """Creates all consumers in one call; if it fails, one by one."""

    def run(self) -> Any:
        try:
            self.send("POST", f"{CONSUMERS}/batch", [{"email": one} for one in ADDRESSES])
        except ClientError:
            for address in ADDRESSES:
                self.create(address)


class EveryRefusalIsADouble(Batch):
    """Bug: one by one, any 400 means that the batch has created the consumer after all."""

    def create(self, address: str) -> None:
        try:
            self.send("POST", CONSUMERS, {"email": address})
        except RefusedError as error:
            if error.status != 400:
                raise


class Checkpoints(Register):
    """Keeps its place in a checkpoint, and is started again by its supervisor after a crash."""

    def run(self) -> Any:
        checkpoint = {"next": 0}
        for _start in range(2):
            try:
                return self.go_on(checkpoint)
            except ClientError:
                time.sleep(30)
        return self.go_on(checkpoint)

    def go_on(self, checkpoint: dict[str, int]) -> None:
        """Goes on from the checkpoint."""
        while checkpoint["next"] < len(ADDRESSES):
            address = ADDRESSES[checkpoint["next"]]
            try:
                self.create(address)
            except ClientError:
                self.before_retry(checkpoint)
                self.create(address)
            self.after(checkpoint, address)

    def before_retry(self, checkpoint: dict[str, int]) -> None:
        """The checkpoint stays."""

    def after(self, checkpoint: dict[str, int], address: str) -> None:
        """Moves the checkpoint."""
        checkpoint["next"] = ADDRESSES.index(address) + 1


class MovesBeforeRetry(Checkpoints):
    """Bug: moves the checkpoint before a retry, so that a poisoned entry does not stop it for ever."""

    def before_retry(self, checkpoint: dict[str, int]) -> None:
        checkpoint["next"] += 1
