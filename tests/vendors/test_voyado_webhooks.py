"""Voyado: webhooks, as Svix would send them."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from mockserver.vendors.voyado import webhook_signing
from tests.vendors.voyado import Engage, receipt

pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")
CONTACT_EVENTS = [f"contact.{name}" for name in ("created", "updated", "deleted", "consent.changed")]
PREFERENCE_EVENTS = [f"contact.{name}.changed" for name in ("acceptsEmail", "acceptsSms", "acceptsPostal")]


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def subscribe(engage: Engage, *event_types: str) -> str:
    reply = engage.world.backstage("voyado", "subscribe_webhooks", eventTypes=list(event_types))
    return str(reply["secret"])


def bodies(engage: Engage, skip: int = 0) -> list[Any]:
    """The bodies of the webhooks, each of the type that its message has."""
    messages = engage.world.backstage("voyado", "list_webhooks", skip=skip)["messages"]
    found = [json.loads(one["body"]) for one in messages]
    assert [one["eventType"] for one in found] == [one["eventType"] for one in messages]
    return found


def payloads(engage: Engage, skip: int = 0) -> list[tuple[str, Any]]:
    return [(one["eventType"], one["payload"]) for one in bodies(engage, skip)]


def test_a_signature_is_that_of_svix() -> None:
    found = webhook_signing.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        '{"test": 2432232314}',
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_can_verify_a_webhook(engage: Engage, mockserver_server: MockServer) -> None:
    secret = subscribe(engage, *CONTACT_EVENTS)
    id = engage.create("receiver@example.com")
    fork = engage.fork(mockserver_server.control)
    for one in (engage, fork):
        reply = one.world.backstage("voyado", "list_webhooks")
        (message,) = reply["messages"]
        assert reply["total"] == 1
        headers, body = message["headers"], message["body"]
        signed = f"{headers['svix-id']}.{headers['svix-timestamp']}.{body}".encode()
        digest = hmac.new(base64.b64decode(secret[6:]), signed, hashlib.sha256).digest()
        assert headers["svix-signature"] == f"v1,{base64.b64encode(digest).decode()}"
        assert headers["svix-timestamp"] == "1767603600"
        sent = json.loads(body)
        assert sent.pop("id")
        assert sent == {
            "eventType": "contact.created",
            "isEncrypted": False,
            "payload": {"contactId": id},
            "tenant": "mockserver",
        }


def test_a_contact_announces_what_changed(engage: Engage) -> None:
    subscribe(engage, *CONTACT_EVENTS, *PREFERENCE_EVENTS)
    preferences = {"acceptsEmail": True, "acceptsSms": False}
    consent = {"id": "memberTerms", "value": True}
    id = engage.create("changes@example.com", preferences=preferences, consents=[consent])
    assert payloads(engage) == [("contact.created", {"contactId": id})]
    engage.patch(id, city="Lund")
    engage.patch(id, city="Lund")
    assert payloads(engage, 1) == [("contact.updated", {"contactId": id})]
    engage.patch(
        id, preferences={"acceptsEmail": False, "acceptsPostal": True}, consents=[consent | {"value": False}]
    )
    assert payloads(engage, 2) == [
        ("contact.updated", {"contactId": id}),
        ("contact.acceptsEmail.changed", {"contactId": id, "acceptsEmail": False}),
        ("contact.acceptsPostal.changed", {"contactId": id, "acceptsPostal": True}),
        ("contact.consent.changed", {"contactId": id, "consentId": "memberTerms", "value": False}),
    ]
    engage.send("POST", f"/api/v2/contacts/{id}/preferences/acceptsSms", {"value": True})
    engage.send("DELETE", f"/api/v3/contacts/{id}")
    assert [event for event, _payload in payloads(engage, 6)] == [
        "contact.updated",
        "contact.acceptsSms.changed",
        "contact.deleted",
    ]


def test_points_vouchers_and_promotions_are_announced(engage: Engage) -> None:
    events = ("point.balance.updated", "reward.voucher.created", "promotion.multichannel.assigned")
    subscribe(engage, *events)
    id = engage.create("loyal@example.com")
    engage.send("POST", "/api/v3/receipts", receipt(id))
    assert payloads(engage) == []
    engage.world.clock.advance(minutes=15)
    (account,) = engage.get("/api/v3/point-accounts", contactId=id)["items"]
    balance = {
        "balance": 499,
        "contactId": id,
        "accountId": account["id"],
        "definitionId": "1",
        "balanceExpires": None,
    }
    assert payloads(engage) == [("point.balance.updated", balance)]
    voucher = engage.world.backstage("voyado", "create_voucher", contactId=id, amount=50)
    (announced,) = bodies(engage, 1)
    assert announced["eventId"]
    assert "id" not in announced
    assert announced["payload"] == {
        "Amount": 50,
        "ContactId": id,
        "Currency": "SEK",
        "Id": voucher["id"],
        "UniqueCode": voucher["voucherNumber"],
        "ValidFrom": "2026-01-05T09:15:00.000Z",
        "ValidTo": voucher["expiresOn"],
    }
    promotion = engage.send("POST", "/api/v3/promotions/multichannels", {"name": "Offer"}).json()["id"]
    engage.world.backstage("voyado", "activate_promotion", id=promotion)
    body = {"contactId": id, "promotionId": promotion}
    for _ in range(2):
        engage.send("POST", "/api/v3/promotion-assignments", body)
    (assigned,) = engage.get(f"/api/v3/contacts/{id}/promotions")
    assert payloads(engage, 2) == [("promotion.multichannel.assigned", body | {"id": assigned["id"]})]


def test_points_that_are_added_are_announced(engage: Engage) -> None:
    subscribe(engage, "loyalty.addPoints")
    id = engage.create("earner@example.com")
    row = {"contactId": id, "amount": 20, "definitionId": 1, "source": "survey", "description": "Thank you"}
    later = row | {"amount": 30, "validFrom": "2027-01-01T00:00:00Z"}
    engage.send("POST", "/api/v3/point-accounts/transactions", [row, row | {"amount": -5}, later])
    engage.send("POST", "/api/v3/receipts", receipt(id))
    engage.world.clock.advance(minutes=15)
    found = [payload for _event, payload in payloads(engage)]
    assert [(one["amount"], one["source"]) for one in found] == [
        (20, "survey"),
        (30, "survey"),
        (499, "receipts"),
    ]
    empty = dict.fromkeys(("userId", "userName", "reason", "sourceId"))
    about = {"contactId": id, "pointDefinitionId": 1, "description": "Thank you"}
    assert found[0] == {"amount": 20, "source": "survey", **about, **empty}


def test_only_subscribed_events_are_kept(engage: Engage) -> None:
    engage.create("before@example.com")
    assert engage.world.backstage("voyado", "list_webhooks") == {"messages": [], "total": 0}
    secret = subscribe(engage, "contact.deleted")
    id = engage.create("after@example.com")
    assert subscribe(engage, "contact.updated") == secret
    engage.patch(id, city="Lund")
    engage.send("DELETE", f"/api/v3/contacts/{id}")
    assert payloads(engage) == [("contact.updated", {"contactId": id})]
    engage.world.reset()
    assert engage.world.backstage("voyado", "list_webhooks")["total"] == 0
