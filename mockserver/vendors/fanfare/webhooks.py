"""Endpoints of webhooks."""

import hmac
from itertools import islice
from typing import Any, Final

from mockserver.call import Call
from mockserver.formats.secret_mark import mark
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import timestamps, webhook_logic, webhook_records
from mockserver.vendors.fanfare.organization import caller_organization
from mockserver.vendors.fanfare.problems import validation_failed

_SECRET_DIGITS: Final = 48


def create_webhook(call: Call, world: World) -> object:
    """Registers an endpoint and returns it with its secret."""
    body, organization = call.body, caller_organization(call, world)
    secret = body["secret"] if "secret" in body else _new_secret(world)
    events = [*dict.fromkeys(body["events"])]
    endpoint = webhook_records.add_endpoint(world, organization, body["url"], events, secret)
    return {**webhook_records.endpoint_to_response(endpoint), "secret": secret}


def update_webhook(call: Call, world: World) -> object:
    """Updates an endpoint. Raises webhook_not_found."""
    endpoint = _find(call, world, call.params["webhookId"])
    changes = {name: call.body[name] for name in ("url", "events", "enabled", "secret") if name in call.body}
    if "events" in changes:
        changes["events"] = [*dict.fromkeys(changes["events"])]
    if any(endpoint[name] != one for name, one in changes.items()):
        endpoint |= changes | ({"failures": 0} if "enabled" in changes else {})
        webhook_records.save_endpoint(world, endpoint)
    return webhook_records.endpoint_to_response(endpoint)


def test_webhook(call: Call, world: World) -> object:
    """Delivers sample data of an event type to an endpoint: `{deliveryId}`. Raises webhook_not_found."""
    endpoint = _find(call, world, call.body["endpointId"])
    return {"deliveryId": webhook_logic.send_sample(world, endpoint, call.body["eventType"])["id"]}


def replay_webhook(call: Call, world: World) -> object:
    """Delivers the events of a period again: `{webhookId, replayedCount}`.

    Raises webhook_not_found and validation_failed.
    """
    endpoint = _find(call, world, call.params["webhookId"])
    start, end = (_parse_moment(call.body, name) for name in ("startTime", "endTime"))
    types = call.body.get("eventTypes", endpoint["events"])
    count = webhook_logic.replay(world, endpoint, types, start, end)
    return {"webhookId": endpoint["id"], "replayedCount": count}


def list_webhook_events(call: Call, world: World) -> object:
    """The events since a time, oldest first: `{data}`. Raises validation_failed."""
    limit = int(call.params["limit"])
    start = _parse_moment(call.params, "startTime") if "startTime" in call.params else None
    events = webhook_records.iterate_events(world, caller_organization(call, world), start, limit)
    return {"data": list(islice(events, limit))}


def _find(call: Call, world: World, id: str) -> Record:
    return webhook_records.find_endpoint(world, caller_organization(call, world), id)


def _new_secret(world: World) -> str:
    digest = hmac.digest(
        f"{world.seed}/{world.secret}".encode(), f"webhook/{world.serial()}".encode(), "sha256"
    )
    return f"whsec_{mark(digest.hex()[:_SECRET_DIGITS])}"


def _parse_moment(fields: Any, name: str) -> int:
    try:
        return timestamps.parse_timestamp(fields[name])
    except ValueError as error:  # for example the year 0000, which JSON Schema accepts
        raise validation_failed((name, "Invalid date")) from error
