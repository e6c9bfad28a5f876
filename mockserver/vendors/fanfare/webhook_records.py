"""Storage of webhook endpoints, events and deliveries.

The record of an endpoint holds its public fields, its secret, and how many attempts have failed in a row.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from mockserver.errors import Problem
from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import ids, timestamps

PENDING: Final = "PENDING"

_ENDPOINT: Final = "webhook_endpoint"
_EVENT: Final = "webhook_event"
_DELIVERY: Final = "webhook_delivery"
_AFTER_ALL_IDS: Final = "~"
_INTERNAL_FIELDS: Final = ("secret", "failures")


def add_endpoint(world: World, organization: str, url: str, events: list[str], secret: str) -> Record:
    """Stores a new endpoint."""
    now = timestamps.now(world)
    endpoint: Record = {
        "id": ids.generate_id(world, "whe"),
        "organizationId": organization,
        "url": url,
        "events": events,
        "enabled": True,
        "secret": secret,
        "failures": 0,
        "createdAt": now,
        "updatedAt": now,
    }
    world.records(_ENDPOINT).add(endpoint["id"], endpoint, organization)
    return endpoint


def find_endpoint(world: World, organization: str, id: str) -> Record:
    """The endpoint of this organization. Raises webhook_not_found."""
    endpoint = world.records(_ENDPOINT).get(id)
    if endpoint is None or endpoint["organizationId"] != organization:
        raise Problem("webhook_not_found")
    return endpoint


def list_endpoints(world: World, organization: str) -> list[Record]:
    """The endpoints of the organization, oldest first."""
    return [row.record for row in world.records(_ENDPOINT).iterate(organization)]


def save_endpoint(world: World, endpoint: Record) -> None:
    """Updates a stored endpoint and its `updatedAt`."""
    endpoint["updatedAt"] = timestamps.now(world)
    world.records(_ENDPOINT).update(endpoint["id"], endpoint)


def count_failures(world: World, endpoint: Record, failures: int) -> None:
    """Stores how many attempts have failed in a row."""
    if failures != endpoint["failures"]:
        endpoint["failures"] = failures
        world.records(_ENDPOINT).update(endpoint["id"], endpoint)


def endpoint_to_response(endpoint: Record) -> dict[str, Any]:
    """The endpoint as in responses, without its secret."""
    return {name: value for name, value in endpoint.items() if name not in _INTERNAL_FIELDS}


def new_event(world: World, organization: str, type: str, data: Mapping[str, Any]) -> Record:
    """An event of now, not stored: its id, type, time, organization and data."""
    return {
        "id": ids.generate_id(world, "evt"),
        "type": type,
        "timestamp": timestamps.now(world),
        "organizationId": organization,
        "data": dict(data),
    }


def add_event(world: World, event: Record) -> None:
    """Stores an event."""
    rank = timestamps.parse_timestamp(event["timestamp"])
    world.records(_EVENT).add(event["id"], event, event["organizationId"], rank)


def iterate_events(world: World, organization: str, start: int | None, size: int) -> Iterator[Record]:
    """The events of the organization since `start` (milliseconds), oldest first; reads `size` at a time."""
    after = None if start is None else Cursor(start - 1, _AFTER_ALL_IDS)
    while rows := world.records(_EVENT).page(organization, limit=size, after=after):
        yield from (row.record for row in rows)
        after = rows[-1].cursor


def add_delivery(world: World, endpoint: Record, event: Record) -> Record:
    """Stores a delivery of an event to an endpoint, due now."""
    id = ids.generate_id(world, "whk")
    delivery = {
        "id": id,
        "endpointId": endpoint["id"],
        "eventId": event["id"],
        "type": event["type"],
        "timestamp": event["timestamp"],
        "body": orjson.dumps(event | {"id": id}).decode(),
        "status": PENDING,
        "failures": 0,
        "lastError": None,
        "due": timestamps.to_millis(world.now()),
    }
    save_delivery(world, delivery)
    return delivery


def find_delivery(world: World, id: str) -> Record | None:
    """The delivery with this id."""
    return world.records(_DELIVERY).get(id)


def save_delivery(world: World, delivery: Record) -> None:
    """Stores a delivery among those with its status."""
    world.records(_DELIVERY).add(delivery["id"], delivery, delivery["status"], delivery["due"])


def endpoint_of(world: World, delivery: Record) -> Record:
    """The endpoint that a delivery goes to."""
    endpoint: Record = world.records(_ENDPOINT).get(delivery["endpointId"]) or {}
    return endpoint


def iterate_due(world: World) -> Iterator[Record]:
    """The pending deliveries whose next attempt is due, in order of time."""
    now = timestamps.to_millis(world.now())
    for row in world.records(_DELIVERY).iterate(PENDING):
        if row.rank > now:
            return
        yield row.record
