"""Events of an organization, and their signed deliveries to its webhook endpoints.

Nothing is sent: backstage returns the deliveries that are due, and receives the answers of endpoints.
"""

import hmac
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import timestamps, webhook_records
from mockserver.vendors.fanfare.webhook_samples import sample_data

DELAYS: Final = (60, 300, 1_800, 7_200, 21_600, 43_200, 86_400)
"""Seconds from one attempt to the next (documented); the eighth failure is the last."""

MAX_FAILURES: Final = 100
"""Failed attempts in a row that disable an endpoint; the vendor adds "over 7 days", which is not counted."""

FAILED_DELIVERY: Final = "webhook.delivery.failed"
_GONE: Final = 410
_PAGE: Final = 500


class Publisher:
    """Publishes the events of an organization during one call; without endpoints it does nothing."""

    def __init__(self, world: World, organization: str) -> None:
        self._world = world
        self._organization = organization
        self._endpoints = webhook_records.list_endpoints(world, organization)

    def consumer_created(self, consumer: Record, source: str) -> None:
        """Publishes `consumer.created`."""
        names = ("email", "phone", "fullName", "createdAt")
        data = {name: consumer[name] for name in names} | {"source": source}
        self.publish("consumer.created", {"consumerId": consumer["id"], **data})

    def consumer_updated(self, consumer: Record, changed: list[str]) -> None:
        """Publishes `consumer.updated`, unless no field of the profile has changed."""
        if changed:
            data = {
                "consumerId": consumer["id"],
                "updatedAt": consumer["updatedAt"],
                "changedFields": changed,
            }
            self.publish("consumer.updated", data)

    def order_created(self, order: Record) -> None:
        """Publishes `order.created`; an order that a key creates belongs to no experience."""
        names = ("consumerId", "createdAt", "amount", "currencyCode", "items")
        data = {name: order[name] for name in names} | {"experienceId": None, "sequenceId": None}
        self.publish("order.created", {"orderId": order["id"], **data})

    def publish(self, type: str, data: Mapping[str, Any]) -> None:
        """Records an event and its deliveries to the enabled endpoints that subscribe to its type."""
        if not self._endpoints:
            return
        event = webhook_records.new_event(self._world, self._organization, type, data)
        webhook_records.add_event(self._world, event)
        for endpoint in self._endpoints:
            if endpoint["enabled"] and type in endpoint["events"]:
                webhook_records.add_delivery(self._world, endpoint, event)


def send_sample(world: World, endpoint: Record, type: str) -> Record:
    """Delivers an event with sample data to the endpoint; returns the delivery."""
    data = sample_data(type, timestamps.now(world))
    event = webhook_records.new_event(world, endpoint["organizationId"], type, data)
    return webhook_records.add_delivery(world, endpoint, event)


def replay(world: World, endpoint: Record, types: Iterable[str], start: int, end: int) -> int:
    """Delivers the events of these types from `start` to `end` again; returns how many there are."""
    wanted, found = set(types), 0
    for event in webhook_records.iterate_events(world, endpoint["organizationId"], start, _PAGE):
        if timestamps.parse_timestamp(event["timestamp"]) > end:
            break
        if event["type"] in wanted:
            webhook_records.add_delivery(world, endpoint, event)
            found += 1
    return found


def list_due(world: World, limit: int) -> list[dict[str, Any]]:
    """The first deliveries that are due, as requests that the vendor would send now."""
    due = ((one, webhook_records.endpoint_of(world, one)) for one in webhook_records.iterate_due(world))
    return [
        {
            "id": delivery["id"],
            "webhookId": endpoint["id"],
            "url": endpoint["url"],
            "headers": _headers(world, delivery, endpoint),
            "body": delivery["body"],
        }
        for delivery, endpoint in islice((one for one in due if one[1]["enabled"]), limit)
    ]


def is_due(world: World, delivery: Record) -> bool:
    """Whether the delivery waits for an answer now."""
    is_pending = delivery["status"] == webhook_records.PENDING
    is_late = delivery["due"] <= timestamps.to_millis(world.now())
    return is_pending and is_late and bool(webhook_records.endpoint_of(world, delivery)["enabled"])


def answer(world: World, delivery: Record, status: int | None) -> dict[str, Any]:
    """Ends the delivery or schedules its next attempt; None if the endpoint could not be reached."""
    if status is not None and status // 100 == 2:
        delivery["status"] = "DELIVERED"
        webhook_records.count_failures(world, webhook_records.endpoint_of(world, delivery), 0)
    else:
        _fail(world, delivery, status)
    webhook_records.save_delivery(world, delivery)
    is_pending = delivery["status"] == webhook_records.PENDING
    return {
        "id": delivery["id"],
        "status": delivery["status"],
        "failures": delivery["failures"],
        "lastError": delivery["lastError"],
        "nextAttemptAt": timestamps.format_timestamp(delivery["due"]) if is_pending else None,
    }


def sign(secret: str, timestamp: int, body: str) -> str:
    """The signature of a body sent at a time in seconds, as in the header."""
    return "sha256=" + hmac.digest(secret.encode(), f"{timestamp}.{body}".encode(), "sha256").hex()


def _fail(world: World, delivery: Record, status: int | None) -> None:
    failures, endpoint = delivery["failures"] + 1, webhook_records.endpoint_of(world, delivery)
    delivery |= {"failures": failures, "lastError": f"HTTP {status}" if status else "Connection error"}
    webhook_records.count_failures(world, endpoint, endpoint["failures"] + 1)
    if status == _GONE or endpoint["failures"] >= MAX_FAILURES:
        webhook_records.save_endpoint(world, endpoint | {"enabled": False})
    if status != _GONE and failures <= len(DELAYS):
        delivery["due"] = timestamps.to_millis(world.now()) + DELAYS[failures - 1] * 1000
        return
    delivery["status"] = "FAILED"
    if delivery["type"] != FAILED_DELIVERY:
        data = {
            "endpointId": endpoint["id"],
            "endpointUrl": endpoint["url"],
            "eventId": delivery["eventId"],
            "eventType": delivery["type"],
            "retryCount": failures,
            "lastError": delivery["lastError"],
            "willRetry": False,
        }
        Publisher(world, endpoint["organizationId"]).publish(FAILED_DELIVERY, data)


def _headers(world: World, delivery: Record, endpoint: Record) -> dict[str, str]:
    now = timestamps.to_millis(world.now()) // 1000
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Fanfare-Webhooks/1.0",
        "X-Fanfare-Signature": sign(endpoint["secret"], now, delivery["body"]),
        "X-Fanfare-Timestamp": str(now),
        "X-Fanfare-Event-Type": delivery["type"],
        "X-Fanfare-Delivery-Id": delivery["id"],
    }
    if delivery["failures"]:
        headers |= {
            "X-Fanfare-Retry-Count": str(delivery["failures"]),
            "X-Fanfare-Original-Time": delivery["timestamp"],
            "X-Fanfare-Webhook-Id": endpoint["id"],
        }
    return headers
