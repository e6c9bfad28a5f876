"""The webhook action of a journey: a call to somebody's URL for each person that reaches it.

Nothing is sent: backstage returns the deliveries that are due, and receives the answers of endpoints. The
mandatory members, the attempts and the final statuses are documented; that the body is flat is not.
"""

from base64 import b64encode
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from mockserver.formats.timestamps import from_micros, to_micros
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.ortto import webhook_records
from mockserver.vendors.ortto.field_values import Person, reader
from mockserver.vendors.ortto.ids import new_object_id
from mockserver.vendors.ortto.timestamps import format_datetime

ATTEMPTS: Final = 12
DELAYS: Final = tuple(min(300 * 2**number, 86_400) for number in range(ATTEMPTS - 1))
"""Seconds from one attempt to the next: from 5 minutes to a day (documented), doubled each time (not)."""

FINAL: Final = frozenset({400, 401, 403, 404, 405})
"""Statuses after which the vendor does not try again (documented)."""

_ID_BITS: Final = 96
_MICROS: Final = 1_000_000


class Action:
    """One run of a webhook action of a campaign."""

    def __init__(self, world: World, campaign: Record, given: Mapping[str, Any]) -> None:
        self._world = world
        self._given = given
        name = given.get("action_name", "Webhook")
        action_id = world.random("webhook action", campaign["id"], name).getrandbits(_ID_BITS)
        self._common = {
            "campaign_id": campaign["id"],
            "campaign_name": campaign["name"],
            "action_id": f"{action_id:024x}",
            "action_name": name,
            "run_id": new_object_id(world, world.now()),
        }

    def deliver(self, person: Person) -> None:
        """Stores the delivery about a person, due now."""
        fields = person["fields"]
        values = {"contact_id": person["id"], "email": fields.get("str::email"), **self._common}
        values |= {id: reader(id)(person) for id in self._given.get("fields", ())}
        method, url, body = self._given.get("method", "POST"), self._given["url"], None
        if method == "GET":
            separator = "&" if "?" in url else "?"
            texts = {name: _as_text(value) for name, value in values.items() if value is not None}
            url = f"{url}{separator}{urlencode(texts)}"
        else:
            body = orjson.dumps(values).decode()
        now = self._world.now()
        delivery: Record = {
            "id": new_object_id(self._world, now),
            "method": method,
            "url": url,
            "headers": self._headers(body),
            "body": body,
            "status": webhook_records.PENDING,
            "failures": 0,
            "due": to_micros(now),
        }
        webhook_records.save(self._world, delivery)

    def _headers(self, body: str | None) -> dict[str, str]:
        given = self._given
        headers = {} if body is None else {"Content-Type": "application/json"}
        if "username" in given:
            pair = f"{given['username']}:{given.get('password', '')}".encode()
            headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
        return {**headers, **given.get("headers", {})}


def list_due(world: World, limit: int) -> list[dict[str, Any]]:
    """The first deliveries that are due, as requests that the vendor would send now."""
    names = ("id", "method", "url", "headers", "body")
    due = islice(webhook_records.iterate_due(world), limit)
    return [{name: one[name] for name in names} for one in due]


def answer(world: World, delivery: Record, status: int | None) -> dict[str, Any]:
    """Ends the delivery or schedules its next attempt; None if the endpoint could not be reached."""
    if status is not None and status // 100 == 2:
        delivery["status"] = "delivered"
    else:
        delivery["failures"] += 1
        if status in FINAL or delivery["failures"] >= ATTEMPTS:
            delivery["status"] = "failed"
        else:
            delay = DELAYS[delivery["failures"] - 1]
            delivery["due"] = to_micros(world.now()) + delay * _MICROS
    webhook_records.save(world, delivery)
    is_pending = delivery["status"] == webhook_records.PENDING
    return {
        "id": delivery["id"],
        "status": delivery["status"],
        "failures": delivery["failures"],
        "next_attempt_at": format_datetime(from_micros(delivery["due"])) if is_pending else None,
    }


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
