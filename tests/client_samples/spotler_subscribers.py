"""The subscriber sync of a publisher: subscribers are contacts of Spotler and members of an audience."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests_oauthlib import OAuth1

from tests.client_samples.limited_session import LimitedSession

Json = dict[str, Any]
BATCH = 100


class SubscriberSync:
    """Send the subscribers who have changed since the last time, then the new members of the audience."""

    def __init__(
        self,
        url: str,
        key: str,
        secret: str,
        *,
        clock: Callable[[], float] = time.time,
        timeout: float | None = 10,
    ) -> None:
        self.api = f"{url}/integrationservice"
        self.key, self.secret, self.clock, self.timeout = key, secret, clock, timeout
        self.offset = 0.0
        self.session = LimitedSession()
        self.session.headers["Accept"] = "application/json"
        self.bit: int | None = None

    def run(self, subscribers: list[Json], audience: str) -> Json:
        known = self.known()
        changed = [one for one in subscribers if self.differs(known.get(one["id"]), one)]
        refused: list[str] = []
        for start in range(0, len(changed), BATCH):
            contacts = [self.contact(one) for one in changed[start : start + BATCH]]
            results = self.call("POST", "/contact/list", json={"update": True, "contacts": contacts})
            refused += [one["externalId"] for one in results if one["code"] != "OK"]
        new = [one for one in changed if one["agreed"] and one["id"] not in known]
        members = [one["id"] for one in new if one["id"] not in refused]
        if members:
            self.call("POST", f"/audience/{audience}/contact", json={"contacts": members})
        return {"changed": len(changed), "refused": refused}

    def known(self) -> dict[str, Json]:
        """What Spotler has, by number: all contacts, in pages of 1,000."""
        query: Json = {"fromDate": "2000-01-01", "toDate": "2100-01-01", "pageSize": 1000}
        found: dict[str, Json] = {}
        while True:
            page = self.call("GET", "/contact/updates/list", params=query)
            found |= {one["externalId"]: one["properties"] for one in page["contacts"]}
            if not page["paging"]["next"]:
                return found
            query["after"] = page["paging"]["after"]

    def differs(self, properties: Json | None, subscriber: Json) -> bool:
        return properties is None or any(
            properties.get(name) != subscriber[name] for name in ("email", "firstName")
        )

    def contact(self, subscriber: Json) -> Json:
        permission = {"bit": self.newsletter_bit(), "enabled": subscriber["agreed"]}
        wanted = {name: subscriber[name] for name in ("email", "firstName")}
        return {"externalId": subscriber["id"], "properties": {**wanted, "permissions": [permission]}}

    def newsletter_bit(self) -> int:
        """The bit of the permission, which is the account's own: read once."""
        if self.bit is None:
            properties = self.call("GET", "/contact/properties/list")
            (entries,) = (one["entries"] for one in properties if one["name"] == "permissions")
            self.bit = next(one["bit"] for one in entries if one["description"] == "Newsletter")
        return self.bit

    def call(self, method: str, path: str, **options: Any) -> Any:
        reply = self.send(method, path, **options)
        if reply.status_code == 401 and self.sets_clock(reply):
            reply = self.send(method, path, **options)
        reply.raise_for_status()
        return reply.json() if reply.content else None

    def sets_clock(self, reply: requests.Response) -> bool:
        """Whether our clock was wrong, by the date of the refusal: the next signatures have its time."""
        before = self.offset
        self.offset = parsedate_to_datetime(reply.headers["Date"]).timestamp() - self.clock()
        return abs(self.offset - before) > 60

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send; what takes too long is sent again: all calls can be repeated, for contacts are updated."""
        for attempt in (1, 2, 3):
            signer = OAuth1(self.key, self.secret, timestamp=str(int(self.clock() + self.offset)))
            try:
                return self.session.request(
                    method, self.api + path, auth=signer, timeout=self.timeout, **options
                )
            except requests.RequestException:
                if attempt == 3:
                    raise
                time.sleep(300)
        raise AssertionError


class SkewedClock(SubscriberSync):
    """Signs with the time of its host, whatever that is."""

    def sets_clock(self, reply: requests.Response) -> bool:
        return False


class SendsEverybody(SubscriberSync):
    """Sends every subscriber every night."""

    def differs(self, properties: Json | None, subscriber: Json) -> bool:
        return True


class ReadsPropertiesAgain(SubscriberSync):
    """Reads the properties of the account for each contact that it sends."""

    def newsletter_bit(self) -> int:
        self.bit = None
        return super().newsletter_bit()


class NoTimeout(SubscriberSync):
    """Waits for an answer as long as it takes."""

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        self.timeout = None
        return super().send(method, path, **options)
