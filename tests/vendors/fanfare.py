"""Fanfare as its clients call it, for the tests of the fake."""

from collections.abc import Iterator
from typing import Any

import requests

from mockserver.client import World

REFRESH_DURATION = {"seconds": 2}
"""How long new rules take to become members, by the world's clock."""

V1 = "/api/v1"
AUDIENCES = f"{V1}/audiences"
CONSUMERS = f"{V1}/consumers"
VIP: dict[str, Any] = {"field": "totalOrders", "operator": "GREATER_THAN_OR_EQUAL", "values": [5]}
TIERS: list[dict[str, Any]] = [
    {"name": "Bronze", "startValue": 0, "endValue": 100, "order": 0},
    {"name": "Silver", "startValue": 100, "endValue": 500, "order": 1},
    {"name": "Gold", "startValue": 500, "endValue": 1000, "order": 2},
    {"name": "Platinum", "startValue": 1000, "order": 3},
]


def make_rule(field: str, operator: str, *values: Any, **rest: Any) -> dict[str, Any]:
    """A rule."""
    return {"field": field, "operator": operator, "values": list(values), **rest}


class Fanfare:
    """One world's Fanfare, through `requests`, with one of its keys."""

    def __init__(self, world: World, key: str = "secret_key") -> None:
        self.world = world
        self.url = world.url("fanfare")
        self.keys = world.credentials("fanfare")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {self.keys[key]}"

    def reply(self, method: str, path: str, body: Any = None, **params: Any) -> requests.Response:
        """One call, whatever it answers."""
        return self.session.request(method, self.url + path, json=body, params=params, timeout=30)

    def send(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The body of a good reply."""
        reply = self.reply(method, path, body, **params)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def get(self, path: str, **params: Any) -> Any:
        return self.send("GET", path, **params)

    def refused(self, status: int, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The body of a refusal of this status."""
        reply = self.reply(method, path, body, **params)
        assert reply.status_code == status, reply.text
        return reply.json()

    def invalid(self, method: str, path: str, body: Any = None, **params: Any) -> dict[str, str]:
        """What the refusal of a call that does not fit says, by field."""
        refusal = self.refused(400, method, path, body, **params)
        assert refusal["error"] == "Validation failed"
        assert all(one["message"] for one in refusal["details"])
        return {one["field"]: one["message"] for one in refusal["details"]}

    def audience(self, *rules: dict[str, Any], type: str = "DYNAMIC", **rest: Any) -> str:
        """The id of a new audience, when its rules have taken effect."""
        given = {"name": "An audience", "type": type, **({"rules": list(rules)} if rules else {}), **rest}
        id: str = self.send("POST", AUDIENCES, given)["id"]
        if type == "DYNAMIC":
            self.world.clock.advance(**REFRESH_DURATION)
        return id

    def add_rules(self, audience: str, *rules: dict[str, Any]) -> Any:
        """The rules that were added, when they have taken effect."""
        added = self.send("POST", f"{AUDIENCES}/{audience}/rules", list(rules))
        self.world.clock.advance(**REFRESH_DURATION)
        return added

    def consumer(self, **given: Any) -> str:
        """The id of a new consumer."""
        id: str = self.send("POST", CONSUMERS, given)["id"]
        return id

    def register_order(self, consumer: str, value: float, **rest: Any) -> Any:
        """The consumer after an order."""
        return self.backstage("register_order", consumerId=consumer, value=value, **rest)

    def add_members(self, audience: str, *consumers: str) -> int:
        """How many were added to a static audience."""
        added = self.send("POST", f"{AUDIENCES}/{audience}/members", {"consumerIds": list(consumers)})
        return int(added["addedCount"])

    def pages(self, path: str, first: int = 100, **params: Any) -> Iterator[Any]:
        """Page by page, until one is empty."""
        after: dict[str, str] = {}
        passed: set[str] = set()
        while True:
            page = self.get(path, first=first, **params, **after)
            yield page
            if not page["data"]:
                return
            after = {"after": page["pageInfo"]["endCursor"]}
            assert after["after"] not in passed, "the walk goes in circles"
            passed.add(after["after"])

    def walk(self, path: str, first: int = 100, **params: Any) -> list[Any]:
        """The consumers of all pages."""
        return [one for page in self.pages(path, first, **params) for one in page["data"]]

    def members(self, audience: str, first: int = 100, **params: Any) -> list[str]:
        """The ids of the members of an audience, newest first."""
        return [one["id"] for one in self.walk(f"{AUDIENCES}/{audience}/members", first, **params)]

    def all_consumers(self) -> list[Any]:
        """All consumers, newest first."""
        return self.walk(CONSUMERS)

    def count(self, audience: str) -> int:
        return int(self.get(f"{AUDIENCES}/{audience}/count")["count"])

    def status(self, audience: str) -> Any:
        return self.get(f"{AUDIENCES}/{audience}/status")

    def save_tiers(
        self, tiers: list[dict[str, Any]], group: str = "", attribute: str = "totalOrderValue"
    ) -> Any:
        """The reply to a new cut of tiers (of a group, if it is there already), when it has taken effect."""
        body = {"groupName": "Spending Tiers", "attribute": attribute, "tiers": tiers}
        path = f"{AUDIENCES}/loyalty-tiers"
        cut = self.send("PUT", f"{path}/{group}", body) if group else self.send("POST", path, body)
        self.world.clock.advance(**REFRESH_DURATION)
        return cut

    def import_lists(self, *lists: str) -> Any:
        """The reply to the import of lists, whose syncs have not ended."""
        return self.send("POST", f"{AUDIENCES}/import/klaviyo", {"listIds": list(lists)})

    def create_synced_list(self, list_id: str, *emails: str) -> str:
        """The id of the audience of a fresh list with these profiles, its first sync done."""
        profiles = [{"id": email, "email": email} for email in emails]
        lists = [{"id": list_id, "name": f"List {list_id}", "profiles": profiles}]
        self.backstage("set_klaviyo_key", apiKey="pk_klaviyo")
        self.backstage("set_klaviyo_lists", lists=lists)
        (imported,) = self.import_lists(list_id)["imported"]
        self.world.clock.advance(minutes=10)
        found = self.get(AUDIENCES)
        return str(next(one["id"] for one in found if one["primarySyncSourceId"] == imported["syncSourceId"]))

    def upload(self, url: str, content: str | bytes, media_type: str = "text/csv") -> requests.Response:
        """What the upload target says to a file; no key is sent along."""
        raw = content.encode() if isinstance(content, str) else content
        return requests.put(url, data=raw, headers={"Content-Type": media_type}, timeout=60)

    def import_file(self, audience: str, content: str | bytes) -> Any:
        """The import of a file, when it has ended."""
        opened = self.send("POST", f"{AUDIENCES}/{audience}/import")
        assert self.upload(opened["uploadUrl"], content).status_code == 200
        self.world.clock.advance(minutes=10)
        return self.get(f"{AUDIENCES}/{audience}/import")

    def backstage(self, action: str, **body: Any) -> Any:
        return self.world.backstage("fanfare", action, **body)
