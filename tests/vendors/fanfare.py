"""A client of Fanfare for the tests of the fake."""

from collections.abc import Iterator
from typing import Any

import requests

from mockserver.client import World

REFRESH_DURATION = {"seconds": 2}
"""How long new rules take to take effect, on the world's clock."""

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
    """A rule as in a request body."""
    return {"field": field, "operator": operator, "values": list(values), **rest}


class Fanfare:
    """Calls the Fanfare of one world through `requests`, with one of its keys."""

    def __init__(self, world: World, key: str = "secret_key") -> None:
        self.world = world
        self.url = world.url("fanfare")
        self.keys = world.credentials("fanfare")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {self.keys[key]}"

    def reply(self, method: str, path: str, body: Any = None, **params: Any) -> requests.Response:
        """The response to one call, whatever its status."""
        return self.session.request(method, self.url + path, json=body, params=params, timeout=30)

    def send(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The body of a successful response."""
        reply = self.reply(method, path, body, **params)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def get(self, path: str, **params: Any) -> Any:
        return self.send("GET", path, **params)

    def refused(self, status: int, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The body of an error response with this status."""
        reply = self.reply(method, path, body, **params)
        assert reply.status_code == status, reply.text
        return reply.json()

    def invalid(self, method: str, path: str, body: Any = None, **params: Any) -> dict[str, str]:
        """The messages of a `Validation failed` response, by field."""
        refusal = self.refused(400, method, path, body, **params)
        assert refusal["error"] == "Validation failed"
        assert all(one["message"] for one in refusal["details"])
        return {one["field"]: one["message"] for one in refusal["details"]}

    def audience(self, *rules: dict[str, Any], type: str = "DYNAMIC", **rest: Any) -> str:
        """Creates an audience and returns its id after its rules have taken effect."""
        given = {"name": "An audience", "type": type, **({"rules": list(rules)} if rules else {}), **rest}
        id: str = self.send("POST", AUDIENCES, given)["id"]
        if type == "DYNAMIC":
            self.world.clock.advance(**REFRESH_DURATION)
        return id

    def add_rules(self, audience: str, *rules: dict[str, Any]) -> Any:
        """Adds rules and returns them after they have taken effect."""
        added = self.send("POST", f"{AUDIENCES}/{audience}/rules", list(rules))
        self.world.clock.advance(**REFRESH_DURATION)
        return added

    def consumer(self, **given: Any) -> str:
        """Creates a consumer and returns its id."""
        id: str = self.send("POST", CONSUMERS, given)["id"]
        return id

    def register_order(self, consumer: str, value: float, **rest: Any) -> Any:
        """Registers an order and returns the consumer."""
        return self.backstage("register_order", consumerId=consumer, value=value, **rest)

    def add_members(self, audience: str, *consumers: str) -> int:
        """Adds consumers to a static audience and returns how many are new."""
        added = self.send("POST", f"{AUDIENCES}/{audience}/members", {"consumerIds": list(consumers)})
        return int(added["addedCount"])

    def pages(self, path: str, first: int = 100, **params: Any) -> Iterator[Any]:
        """The pages of a list, up to and including an empty one."""
        after: dict[str, str] = {}
        seen: set[str] = set()
        while True:
            page = self.get(path, first=first, **params, **after)
            yield page
            if not page["data"]:
                return
            after = {"after": page["pageInfo"]["endCursor"]}
            assert after["after"] not in seen, "the cursors form a cycle"
            seen.add(after["after"])

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
        """Creates a tier group, or updates the given one, and waits until it has taken effect."""
        body = {"groupName": "Spending Tiers", "attribute": attribute, "tiers": tiers}
        path = f"{AUDIENCES}/loyalty-tiers"
        reply = self.send("PUT", f"{path}/{group}", body) if group else self.send("POST", path, body)
        self.world.clock.advance(**REFRESH_DURATION)
        return reply

    def import_lists(self, *lists: str) -> Any:
        """Imports Klaviyo lists, without waiting for their syncs."""
        return self.send("POST", f"{AUDIENCES}/import/klaviyo", {"listIds": list(lists)})

    def create_synced_list(self, list_id: str, *emails: str) -> str:
        """Imports a new list with these profiles, waits for its sync, and returns the id of its audience."""
        profiles = [{"id": email, "email": email} for email in emails]
        lists = [{"id": list_id, "name": f"List {list_id}", "profiles": profiles}]
        self.backstage("set_klaviyo_key", apiKey="pk_klaviyo")
        self.backstage("set_klaviyo_lists", lists=lists)
        (imported,) = self.import_lists(list_id)["imported"]
        self.world.clock.advance(minutes=10)
        found = self.get(AUDIENCES)
        return str(next(one["id"] for one in found if one["primarySyncSourceId"] == imported["syncSourceId"]))

    def upload(self, url: str, content: str | bytes, media_type: str = "text/csv") -> requests.Response:
        """Uploads a file without sending a key."""
        raw = content.encode() if isinstance(content, str) else content
        return requests.put(url, data=raw, headers={"Content-Type": media_type}, timeout=60)

    def import_file(self, audience: str, content: str | bytes) -> Any:
        """Imports a file and returns the finished import."""
        opened = self.send("POST", f"{AUDIENCES}/{audience}/import")
        assert self.upload(opened["uploadUrl"], content).status_code == 200
        self.world.clock.advance(minutes=10)
        return self.get(f"{AUDIENCES}/{audience}/import")

    def backstage(self, action: str, **body: Any) -> Any:
        return self.world.backstage("fanfare", action, **body)
