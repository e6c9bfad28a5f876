"""The people sync of a chain of shops: each shop's customers become people of Ortto."""

import time
from typing import Any

import requests

Json = dict[str, Any]
ATTEMPTS = 5


class PeopleSync:
    """Merge the customers of each shop; subscribe who asked for the newsletter and has not left it."""

    def __init__(self, url: str, api_key: str) -> None:
        self.api = f"{url}/v1"
        self.session = requests.Session()
        self.session.headers["X-Api-Key"] = api_key

    def run(self, shops: dict[str, list[Json]], audience: str) -> Json:
        failed, wanted = [], []
        for shop, customers in shops.items():
            for start in range(0, len(customers), 100):
                batch = customers[start : start + 100]
                people = [{"fields": self.fields(one)} for one in batch]
                reply = self.call("POST", "/person/merge", {"people": people, "merge_by": ["str::email"]})
                if reply.status_code != 200:
                    failed.append(shop)
                    break
                wanted += [one["email"] for one in batch if one["newsletter"]]
        for start in range(0, len(wanted), 100):
            self.subscribe(audience, self.allowed(wanted[start : start + 100]))
        return {"failed": failed, "wanted": len(wanted)}

    def fields(self, customer: Json) -> Json:
        extra = customer.get("extra", {})
        return {"str::email": customer["email"], **self.permission(customer), **extra}

    def permission(self, customer: Json) -> Json:
        """Sent in any case: without it, Ortto assumes that a new person may be mailed."""
        return {"bol::p": bool(customer["newsletter"])}

    def allowed(self, emails: list[str]) -> list[str]:
        """Those who have not unsubscribed, from this audience or altogether."""
        body = {"people": [{"email": email} for email in emails]}
        reply = self.call("POST", "/person/subscriptions", body)
        reply.raise_for_status()
        return [one["email"] for one in reply.json()["people"] if not self.has_left(one)]

    def has_left(self, person: Json) -> bool:
        return any(one.get("unsubscribed_from") for one in person["subscriptions"])

    def subscribe(self, audience: str, emails: list[str]) -> None:
        if emails:
            people = [{"email": email, "subscribed": True} for email in emails]
            body = {"audience_id": audience, "people": people}
            self.call("PUT", "/audience/subscribe", body).raise_for_status()

    def call(self, method: str, path: str, body: Json) -> requests.Response:
        for _ in range(ATTEMPTS):
            reply = self.session.request(method, self.api + path, json=body, timeout=10)
            if reply.status_code != 429:
                return reply
            time.sleep(self.pause(reply))
        return reply

    def pause(self, reply: requests.Response) -> float:
        return float(reply.json()["error"]["try-in-seconds"])


class CallsOnAfterBan(PeopleSync):
    """Takes a ban for one more failed shop, and goes on with the next shop at once."""

    def call(self, method: str, path: str, body: Json) -> requests.Response:
        return self.session.request(method, self.api + path, json=body, timeout=10)


class CreatesWithoutConsent(PeopleSync):
    """Says nothing about permission, so that Ortto takes it as given."""

    def permission(self, customer: Json) -> Json:
        return {}


class SubscribesWhoHasLeft(PeopleSync):
    """Subscribes everybody who once ticked the box again, those who have left since too."""

    def allowed(self, emails: list[str]) -> list[str]:
        return emails


class ImpatientAfterLimit(PeopleSync):
    """Tries again after a fifth of a second, five times at most."""

    def pause(self, reply: requests.Response) -> float:
        return 0.2
