"""The nightly sync of a shop: its customers are consumers of Fanfare, the loyal ones members."""

import time
from typing import Any

import requests

Json = dict[str, Any]
ATTEMPTS = 5


class NightlySync:
    """Create who is new, update who has changed, and add the loyal ones to an audience."""

    def __init__(self, url: str, secret_key: str) -> None:
        self.api = f"{url}/api/v1"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {secret_key}"

    def run(self, customers: list[Json], audience: str) -> Json:
        known = self.known(customers)
        ids, changed = {}, []
        for customer in customers:
            consumer = known.get(customer["externalId"])
            if consumer is None:
                ids[customer["externalId"]] = self.create(customer)
                continue
            ids[customer["externalId"]] = consumer["id"]
            if self.differs(consumer, customer):
                changed.append({"id": consumer["id"], **customer})
        for start in range(0, len(changed), 500):
            self.call("PUT", "/consumers/batch", json=changed[start : start + 500])
        loyal = [ids[one["externalId"]] for one in customers if one["metadata"].get("loyal")]
        self.call("POST", f"/audiences/{audience}/members", json={"consumerIds": loyal})
        return {"changed": len(changed), "loyal": len(loyal)}

    def known(self, customers: list[Json]) -> dict[str, Json]:
        """The consumers that exist, by the shop's number: all of them in pages of 100."""
        found: dict[str, Json] = {}
        query: Json = {"first": 100}
        while True:
            page = self.call("GET", "/consumers", params=query)
            found |= {one["externalId"]: one for one in page["data"]}
            if len(page["data"]) < 100:
                return found
            query["after"] = page["pageInfo"]["endCursor"]

    def differs(self, consumer: Json, customer: Json) -> bool:
        return any(consumer[name] != customer[name] for name in ("fullName", "phone"))

    def create(self, customer: Json) -> str:
        """Create a consumer; after a lost answer, look first whether it was created."""
        for _ in range(ATTEMPTS):
            try:
                return str(self.call("POST", "/consumers", json=customer)["id"])
            except requests.ConnectionError:
                time.sleep(5)
                found = self.search(customer["externalId"])
                if found is not None:
                    return str(found["id"])
        raise RuntimeError(f"cannot create {customer['externalId']}")

    def search(self, number: str) -> Json | None:
        page = self.call("GET", "/consumers/search", params={"externalId": number})
        return next(iter(page["data"]), None)

    def call(self, method: str, path: str, **options: Any) -> Any:
        for _ in range(ATTEMPTS):
            reply = self.session.request(method, self.api + path, timeout=10, **options)
            if reply.status_code != 429:
                break
            time.sleep(self.pause(reply))
        reply.raise_for_status()
        return reply.json()

    def pause(self, reply: requests.Response) -> float:
        return float(reply.headers.get("Retry-After", 60))


class BlindCreateRetry(NightlySync):
    """Sends a create whose answer was lost a second time, without looking."""

    def create(self, customer: Json) -> str:
        for _ in range(ATTEMPTS):
            try:
                return str(self.call("POST", "/consumers", json=customer)["id"])
            except requests.ConnectionError:
                time.sleep(5)
        raise RuntimeError(f"cannot create {customer['externalId']}")


class LooksUpEach(NightlySync):
    """Searches for each customer by itself."""

    def known(self, customers: list[Json]) -> dict[str, Json]:
        found = {one["externalId"]: self.search(one["externalId"]) for one in customers}
        return {number: consumer for number, consumer in found.items() if consumer is not None}


class UpdatesEverybody(NightlySync):
    """Sends every customer every night."""

    def differs(self, consumer: Json, customer: Json) -> bool:
        return True


class IgnoresRetryAfter(NightlySync):
    """Waits a second after a 429, whatever the reply says."""

    def pause(self, reply: requests.Response) -> float:
        return 1.0
