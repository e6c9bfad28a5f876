"""Fanfare: webhooks about consumers and orders, their signatures, retries and replays."""

import hmac
import json
from typing import Any

import pytest

from mockserver.client import World
from mockserver.contract.contract import Contract
from mockserver.paths import contracts
from mockserver.pytest_plugin import MockServer
from mockserver.vendors.fanfare.webhook_samples import sample_data
from tests.vendors.fanfare import CONSUMERS, V1, Fanfare

NOW = "2026-01-05T09:00:00Z"
pytestmark = pytest.mark.mockserver(scenario="empty", now=NOW)
WEBHOOKS, EVENTS = f"{V1}/webhooks", f"{V1}/webhooks/events"
URL = "https://example.com/hook"
PEOPLE = ["consumer.created", "consumer.updated"]
SCHEMAS = Contract.read(contracts() / "fanfare" / "openapi.yaml").document.root["components"]["schemas"]


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    mockserver.clock.freeze(NOW)
    return Fanfare(mockserver)


def register(fanfare: Fanfare, *events: str, url: str = URL, **rest: str) -> str:
    body = {"url": url, "events": [*events], **rest}
    return str(fanfare.send("POST", WEBHOOKS, body)["id"])


def due(fanfare: Fanfare) -> list[Any]:
    found: list[Any] = fanfare.backstage("list_webhook_deliveries")["deliveries"]
    return found


def take(fanfare: Fanfare, status: int = 200) -> list[Any]:
    """Answers the deliveries that are due, and returns their bodies."""
    taken = due(fanfare)
    for one in taken:
        fanfare.backstage("answer_webhook_delivery", deliveryId=one["id"], status=status)
    return [json.loads(one["body"]) for one in taken]


def test_a_delivery_is_signed_as_documented(fanfare: Fanfare) -> None:
    webhook = register(fanfare, *PEOPLE, secret="whsec_ключ")
    ada = fanfare.consumer(email="ada@example.com", fullName="Åda")
    (one,) = due(fanfare)
    headers, body = one["headers"], one["body"]
    signed = f"{headers['X-Fanfare-Timestamp']}.{body}".encode()
    expected = hmac.new("whsec_ключ".encode(), signed, "sha256").hexdigest()
    assert headers == {
        "Content-Type": "application/json",
        "User-Agent": "Fanfare-Webhooks/1.0",
        "X-Fanfare-Signature": f"sha256={expected}",
        "X-Fanfare-Timestamp": "1767603600",
        "X-Fanfare-Event-Type": "consumer.created",
        "X-Fanfare-Delivery-Id": one["id"],
    }
    assert (one["webhookId"], one["url"]) == (webhook, URL)
    created = fanfare.get(f"{CONSUMERS}/{ada}")
    assert json.loads(body) == {
        "id": one["id"],
        "type": "consumer.created",
        "timestamp": NOW,
        "organizationId": fanfare.send("PATCH", f"{WEBHOOKS}/{webhook}", {})["organizationId"],
        "data": {
            "consumerId": ada,
            "email": "ada@example.com",
            "phone": None,
            "fullName": "Åda",
            "createdAt": created["createdAt"],
            "source": "admin_api",
        },
    }


def test_each_write_of_people_is_an_event(fanfare: Fanfare) -> None:
    register(fanfare, *PEOPLE)
    ada = fanfare.consumer(email="ada@example.com")
    fanfare.send("PUT", f"{CONSUMERS}/{ada}", {"fullName": "Ada", "metadata": {"a": 1}, "phone": None})
    fanfare.send("PUT", f"{CONSUMERS}/{ada}", {"fullName": "Ada", "metadata": {"a": 1}})
    fanfare.send("POST", f"{CONSUMERS}/batch", [{"email": "bob@example.com"}])
    fanfare.send("PUT", f"{CONSUMERS}/batch", [{"id": ada, "email": "a@example.com"}])
    fanfare.import_file(
        fanfare.audience(type="STATIC"), "email,phone\neve@example.com,\na@example.com,+4670000001\n"
    )
    fanfare.create_synced_list("FrEsHx", "list@example.com")
    fanfare.register_order(ada, 5)
    fanfare.send("DELETE", f"{CONSUMERS}/{ada}")
    seen = [
        (one["type"], one["data"].get("source", one["data"].get("changedFields"))) for one in take(fanfare)
    ]
    assert seen == [
        ("consumer.created", "admin_api"),
        ("consumer.updated", ["fullName", "metadata"]),
        ("consumer.created", "admin_api"),
        ("consumer.updated", ["email"]),
        ("consumer.created", "import"),
        ("consumer.updated", ["phone"]),
        ("consumer.created", "sync"),
    ]


def test_an_order_is_an_event_with_decimal_strings(fanfare: Fanfare) -> None:
    ada = fanfare.consumer()
    register(fanfare, "order.created")
    items = [{"productId": "prod_1", "variantId": None, "quantity": 1}]
    order = fanfare.send("POST", f"{V1}/orders", {"consumerId": ada, "amount": 149.99, "items": items})
    fanfare.send("POST", f"{V1}/orders/batch", [{"consumerId": ada, "amount": 1}])
    event, other = take(fanfare)
    assert event["data"] == {
        "orderId": order.pop("id"),
        **order,
        "amount": "149.99",
        "experienceId": None,
        "sequenceId": None,
    }
    assert other["data"]["amount"] == "1.00"


def test_events_are_for_subscribers_of_the_organization(
    fanfare: Fanfare, mockserver_server: MockServer
) -> None:
    other = Fanfare(fanfare.world, "other_secret_key")
    first, _second = register(fanfare, "consumer.created"), register(fanfare, *PEOPLE, url=f"{URL}/2")
    register(other, *PEOPLE, url=f"{URL}/other")
    ada = fanfare.consumer()
    fanfare.send("PUT", f"{CONSUMERS}/{ada}", {"fullName": "Ada"})
    fork = mockserver_server.control.create_world(fork=fanfare.world.name)
    try:
        twin = Fanfare(fork)
        deliveries = due(twin)
        assert [(one["url"], one["headers"]["X-Fanfare-Event-Type"]) for one in deliveries] == [
            (URL, "consumer.created"),
            (f"{URL}/2", "consumer.created"),
            (f"{URL}/2", "consumer.updated"),
        ]
        assert len({json.loads(one["body"])["id"] for one in deliveries}) == 3
        assert [one["type"] for one in twin.get(EVENTS)["data"]] == PEOPLE
        assert twin.get(EVENTS, limit=1)["data"] == twin.get(EVENTS)["data"][:1]
        assert Fanfare(fork, "other_secret_key").get(EVENTS) == {"data": []}
    finally:
        fork.delete()
    for method, path in (("PATCH", f"{WEBHOOKS}/{first}"), ("POST", f"{WEBHOOKS}/{first}/replay")):
        body = {"startTime": NOW, "endTime": NOW}
        assert other.refused(404, method, path, body) == {"error": "Webhook not found"}


def test_without_an_endpoint_there_are_no_events(fanfare: Fanfare) -> None:
    fanfare.consumer()
    assert (due(fanfare), fanfare.get(EVENTS)) == ([], {"data": []})
    register(fanfare, *PEOPLE)
    assert (due(fanfare), fanfare.get(EVENTS)) == ([], {"data": []})


def test_failed_deliveries_are_retried_as_documented(fanfare: Fanfare) -> None:
    webhook = register(fanfare, "consumer.created", "webhook.delivery.failed")
    fanfare.consumer()
    bodies, counts = set(), []
    for minutes in (1, 5, 30, 120, 360, 720, 1440, 0):
        (one,) = due(fanfare)
        bodies.add(one["body"])
        counts.append(one["headers"].get("X-Fanfare-Retry-Count"))
        status = {} if minutes == 1 else {"status": 500}
        answer = fanfare.backstage("answer_webhook_delivery", deliveryId=one["id"], **status)
        if minutes:
            assert (answer["status"], due(fanfare)) == ("PENDING", [])
            fanfare.world.clock.advance(minutes=minutes, seconds=-1)
            assert due(fanfare) == []
            fanfare.world.clock.advance(seconds=1)
            assert len(due(fanfare)) == 1
    assert len(bodies) == 1, "a retry has the same body, so that a handler knows it"
    assert counts == [None, *"1234567"]
    assert (answer["status"], answer["failures"], answer["nextAttemptAt"]) == ("FAILED", 8, None)
    (failed,) = take(fanfare, 503)
    assert failed["type"] == "webhook.delivery.failed"
    (event, _) = fanfare.get(EVENTS)["data"]
    assert failed["data"] == {
        "endpointId": webhook,
        "endpointUrl": URL,
        "eventId": event["id"],
        "eventType": "consumer.created",
        "retryCount": 8,
        "lastError": "HTTP 500",
        "willRetry": False,
    }


def test_a_retry_names_the_first_attempt(fanfare: Fanfare) -> None:
    webhook = register(fanfare, "consumer.created")
    fanfare.consumer()
    take(fanfare, 400)
    fanfare.world.clock.advance(minutes=1)
    (again,) = due(fanfare)
    headers = again["headers"]
    assert (headers["X-Fanfare-Webhook-Id"], headers["X-Fanfare-Original-Time"]) == (webhook, NOW)
    assert headers["X-Fanfare-Timestamp"] == "1767603660"
    take(fanfare)
    fanfare.world.clock.advance(days=10)
    assert due(fanfare) == []


def test_a_gone_endpoint_is_disabled(fanfare: Fanfare) -> None:
    webhook = register(fanfare, "consumer.created")
    fanfare.consumer()
    fanfare.consumer()
    first, second = due(fanfare)
    answer = fanfare.backstage("answer_webhook_delivery", deliveryId=first["id"], status=410)
    assert (answer["status"], due(fanfare)) == ("FAILED", [])
    fanfare.consumer()
    enabled = fanfare.send("PATCH", f"{WEBHOOKS}/{webhook}", {"enabled": True})
    assert (enabled["enabled"], [one["id"] for one in due(fanfare)]) == (True, [second["id"]])


def test_a_hundred_failures_in_a_row_disable_an_endpoint(fanfare: Fanfare) -> None:
    webhook = register(fanfare, "consumer.created")
    fanfare.send("POST", f"{CONSUMERS}/batch", [{}] * 200)
    assert len(take(fanfare, 500)) == 100
    disabled = fanfare.send("PATCH", f"{WEBHOOKS}/{webhook}", {})
    assert (disabled["enabled"], due(fanfare)) == (False, [])
    assert fanfare.send("PATCH", f"{WEBHOOKS}/{webhook}", {"enabled": True})["enabled"]
    first, second, *_ = due(fanfare)
    fanfare.backstage("answer_webhook_delivery", deliveryId=first["id"], status=500)
    fanfare.backstage("answer_webhook_delivery", deliveryId=second["id"], status=204)
    rest = take(fanfare, 500)
    assert len(rest) == 98
    assert fanfare.send("PATCH", f"{WEBHOOKS}/{webhook}", {})["enabled"]


def test_missed_events_are_replayed(fanfare: Fanfare) -> None:
    webhook = register(fanfare, "consumer.created")
    disabled = fanfare.send("PATCH", f"{WEBHOOKS}/{webhook}", {"enabled": False})
    assert (disabled["enabled"], "secret" in disabled) == (False, False)
    people = [fanfare.consumer()]
    fanfare.world.clock.advance(hours=1)
    people.append(fanfare.consumer())
    fanfare.send("PUT", f"{CONSUMERS}/{people[0]}", {"fullName": "Ada"})
    assert due(fanfare) == []
    fanfare.send("PATCH", f"{WEBHOOKS}/{webhook}", {"enabled": True})
    path = f"{WEBHOOKS}/{webhook}/replay"
    for start, end, more, expected in (
        (NOW, NOW, {}, people[:1]),
        ("2026-01-05T11:00:00+01:00", "2026-01-05T10:00:00Z", {}, people[1:]),
        (NOW, "2027-01-01T00:00:00Z", {}, people),
        (NOW, "2027-01-01T00:00:00Z", {"eventTypes": ["consumer.updated"]}, people[:1]),
        ("2026-01-05T10:00:01Z", "2027-01-01T00:00:00Z", {}, []),
    ):
        reply = fanfare.send("POST", path, {"startTime": start, "endTime": end, **more})
        assert reply == {"webhookId": webhook, "replayedCount": len(expected)}
        assert [one["data"]["consumerId"] for one in take(fanfare)] == expected
    since = fanfare.get(EVENTS, startTime="2026-01-05T10:00:00Z")["data"]
    assert [one["type"] for one in since] == PEOPLE
    year_zero = {"startTime": "0000-01-01T00:00:00Z", "endTime": NOW}
    assert fanfare.invalid("POST", path, year_zero) == {"startTime": "Invalid date"}


def test_every_type_has_a_test_event(fanfare: Fanfare) -> None:
    webhook = register(fanfare, "consumer.created")
    types = SCHEMAS["EventType"]["enum"]
    assert len(types) == 22
    for type in types:
        sent = fanfare.send("POST", f"{WEBHOOKS}/test", {"endpointId": webhook, "eventType": type})
        (one,) = take(fanfare)
        assert (one["id"], one["type"], one["data"]) == (sent["deliveryId"], type, sample_data(type, NOW))
        assert all(isinstance(value, str) for name, value in one["data"].items() if name.endswith("At"))
    assert fanfare.get(EVENTS) == {"data": []}
    amounts = [value for type in types for name, value in sample_data(type, NOW).items() if "mount" in name]
    assert len(amounts) == 7
    assert all(isinstance(amount, str) for amount in amounts)


def test_endpoints_are_changed(fanfare: Fanfare) -> None:
    body = {"url": URL, "events": ["consumer.created", "order.created", "consumer.created"]}
    created = fanfare.send("POST", WEBHOOKS, body)
    secret = created.pop("secret")
    assert secret.startswith("whsec_")
    assert secret != fanfare.send("POST", WEBHOOKS, body)["secret"]
    assert created["events"] == ["consumer.created", "order.created"]
    path = f"{WEBHOOKS}/{created['id']}"
    fanfare.world.clock.advance(minutes=1)
    assert fanfare.send("PATCH", path, {"enabled": True, "url": URL}) == created
    given = {"url": f"{URL}/new", "events": ["order.created"], "secret": "whsec_other"}
    changed = fanfare.send("PATCH", path, given)
    del given["secret"]
    assert changed == created | given | {"updatedAt": "2026-01-05T09:01:00Z"}
    journal = str(fanfare.world.journal())
    assert secret not in journal
    assert "whsec_other" not in journal


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"url": "Required", "events": "Required"}),
        ({"url": "http://example.com", "events": ["order.created"]}, {"url": "Invalid format"}),
        ({"url": URL, "events": []}, {"events": "Invalid length: Expected >=1 but received 0"}),
        ({"url": URL, "events": None}, {"events": "Invalid type: Expected Array but received null"}),
        (
            {"url": URL, "events": ["order.created"], "secret": ""},
            {"secret": "Invalid length: Expected >=1 but received 0"},
        ),
    ],
)
def test_invalid_endpoints(fanfare: Fanfare, body: Any, errors: dict[str, str]) -> None:
    assert fanfare.invalid("POST", WEBHOOKS, body) == errors
    (message,) = fanfare.invalid("POST", WEBHOOKS, {"url": URL, "events": ["audience.created"]}).values()
    assert message.endswith('but received "audience.created"')
