"""Storage of the webhook endpoint and of its messages, in order of time.

Nothing is sent: a test reads the messages and posts them to its own receiver. They are stored only if the
endpoint is subscribed to their event type.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import point_records, webhook_signing

_ENDPOINT, _ENDPOINT_ID, _MESSAGE = "webhookEndpoint", "endpoint", "webhookMessage"
_TENANT: Final = "mockserver"
_PREFERENCES: Final = ("acceptsEmail", "acceptsSms", "acceptsPostal")
MAX_MESSAGES: Final = 500
"""The largest number of messages in one page."""


def subscribe(world: World, event_types: Sequence[str]) -> str:
    """Replaces the event types of the endpoint; returns its secret, which stays the same."""
    known = world.records(_ENDPOINT).get(_ENDPOINT_ID)
    key = hashlib.sha256(world.uuid().encode()).digest()[:24]
    secret = str(known["secret"]) if known else f"whsec_{base64.b64encode(key).decode()}"
    world.records(_ENDPOINT).add(_ENDPOINT_ID, {"eventTypes": list(event_types), "secret": secret}, rank=0)
    return secret


def page(world: World, skip: int) -> tuple[list[dict[str, Any]], int]:
    """Returns messages with their signed headers, and the number of all messages."""
    endpoint = world.records(_ENDPOINT).get(_ENDPOINT_ID)
    rows = world.records(_MESSAGE).page(limit=MAX_MESSAGES, skip=skip)
    messages = [_to_dict(row.id, row.record, endpoint["secret"]) for row in rows] if endpoint else []
    return messages, world.records(_MESSAGE).count()


def contact_created(world: World, id: str) -> None:
    """Adds the message about a new contact."""
    _add(world, "contact.created", {"contactId": id})


def contact_deleted(world: World, id: str) -> None:
    """Adds the message about a deleted contact."""
    _add(world, "contact.deleted", {"contactId": id})


def contact_updated(world: World, id: str, before: Record, after: Record) -> None:
    """Adds the messages about a changed contact, its preferences, consents and points."""
    if not world.records(_ENDPOINT).has(_ENDPOINT_ID):
        return
    _add(world, "contact.updated", {"contactId": id})
    for name in _PREFERENCES:
        value = after["preferences"][name]
        if value != before["preferences"][name]:
            _add(world, f"contact.{name}.changed", {"contactId": id, name: value})
    for consent, given in after["consents"].items():
        if given["value"] != before["consents"].get(consent, {}).get("value"):
            payload = {"contactId": id, "consentId": consent, "value": given["value"]}
            _add(world, "contact.consent.changed", payload)
    if after["bonusPoints"] != before["bonusPoints"]:
        payload = {
            "balance": after["bonusPoints"],
            "contactId": id,
            "accountId": int(after["memberNumber"]),
            "definitionId": str(point_records.DEFINITION),
            "balanceExpires": point_records.expiry(world, id),
        }
        _add(world, "point.balance.updated", payload)


def points_added(world: World, contact: str, transaction: Record) -> None:
    """Adds the message about points that were added, also if they are not valid yet; none for those taken."""
    if transaction["amount"] <= 0:
        return
    payload = {
        "amount": transaction["amount"],
        "contactId": contact,
        "pointDefinitionId": point_records.DEFINITION,
        "source": transaction["source"],
        "description": transaction["description"],
        "userId": None,
        "userName": None,
        "reason": None,
        "sourceId": None,
    }
    _add(world, "loyalty.addPoints", payload)


def voucher_created(world: World, id: str, voucher: Record, valid_from: str) -> None:
    """Adds the message about a new voucher; documented: its members begin with capitals."""
    payload = {
        "Amount": voucher["value"]["amount"],
        "ContactId": voucher["contact"],
        "Currency": voucher["value"]["currency"],
        "Id": id,
        "UniqueCode": voucher["number"],
        "ValidFrom": valid_from,
        "ValidTo": voucher["expiresOn"],
    }
    _add(world, "reward.voucher.created", payload, id_name="eventId")


def promotion_assigned(world: World, id: str, assignment: Record) -> None:
    """Adds the message about a promotion that was assigned to a contact."""
    payload = {"contactId": assignment["contact"], "promotionId": assignment["promotion"], "id": id}
    _add(world, "promotion.multichannel.assigned", payload)


def _add(world: World, event_type: str, payload: dict[str, Any], id_name: str = "id") -> None:
    endpoint = world.records(_ENDPOINT).view(_ENDPOINT_ID)
    if endpoint is None or event_type not in endpoint["eventTypes"]:
        return
    body = {
        id_name: world.uuid(),
        "eventType": event_type,
        "isEncrypted": False,
        "payload": payload,
        "tenant": _TENANT,
    }
    record = {
        "eventType": event_type,
        "timestamp": int(world.now().timestamp()),
        "body": json.dumps(body, separators=(",", ":"), ensure_ascii=False),
    }
    world.records(_MESSAGE).add(f"msg_{world.uuid().replace('-', '')[:27]}", record)


def _to_dict(id: str, record: Record, secret: str) -> dict[str, Any]:
    timestamp = record["timestamp"]
    return {
        "eventType": record["eventType"],
        "headers": {
            "content-type": "application/json",
            "svix-id": id,
            "svix-timestamp": str(timestamp),
            "svix-signature": webhook_signing.sign(secret, id, timestamp, record["body"]),
        },
        "body": record["body"],
    }
