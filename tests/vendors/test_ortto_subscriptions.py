"""Ortto: PUT /v1/audience/subscribe and POST /v1/person/subscriptions."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.ortto import Ortto

UNKNOWN_ID = "00609c898a4490c5800a5400"


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def subscription(ortto: Ortto, id: str, name: str) -> Any:
    """The subscription that the person has in the audience; None if it is not a member."""
    found = [
        one for one in ortto.subscriptions(person_id=id)["subscriptions"] if one["audience_name"] == name
    ]
    return found[0] if found else None


@pytest.mark.mockserver(now="2026-01-01T00:00:00Z")
def test_the_subscription_of_a_member(ortto: Ortto) -> None:
    ortto.world.clock.freeze("2026-01-01T10:00:00Z")
    id = ortto.create("Member@test.example")
    assert ortto.subscriptions(person_id=id) == {
        "person_status": "by-id",
        "person_id": id,
        "subscriptions": [
            {
                "audience_id": ortto.audience_id_of("Subscribers"),
                "audience_name": "Subscribers",
                "member_from": "2026-01-01T10:00:00Z",
                "subscribed": True,
                "subscribed_from": "2026-01-01T10:00:00Z",
                "sms_opted_in": False,
                "whatsapp_opted_in": False,
                "ios_opted_in": False,
                "android_opted_in": False,
                "web_opted_in": False,
            }
        ],
        "email_permissions": True,
        "sms_permissions": False,
        "ios_permissions": False,
        "android_permissions": False,
        "web_permissions": False,
    }


def test_the_precedence_of_keys(ortto: Ortto) -> None:
    one = ortto.create("one@test.example", str__ei="X-1")
    two = ortto.create("two@test.example", str__ei="X-2")
    by_id = ortto.subscriptions(person_id=one, email="two@test.example", external_id="X-2")
    assert (by_id["person_status"], by_id["person_id"], "email" in by_id) == ("by-id", one, False)
    by_email = ortto.subscriptions(email="TWO@test.example", external_id="X-1")
    assert (by_email["person_status"], by_email["person_id"], by_email["email"]) == (
        "merged",
        two,
        "two@test.example",
    )
    by_external_id = ortto.subscriptions(external_id="x-1")
    assert (by_external_id["person_status"], by_external_id["person_id"]) == ("merged", one)
    assert "email" not in by_external_id


def test_opting_out_and_in_by_id(ortto: Ortto) -> None:
    id, audience = ortto.create("out@test.example", bol__sp=True), ortto.audience_id_of("Subscribers")
    before = ortto.counts("Subscribers")
    for _ in range(2):  # Repeating it changes nothing.
        reply = ortto.subscribe(audience, {"person_id": id, "subscribed": False})
        assert reply == {
            "audience_id": audience,
            "people": [{"person_status": "by-id", "status": "unsubscribed"}],
        }
        assert ortto.counts("Subscribers") == (before[0], before[1] - 1, before[2])
        assert ortto.ids(audience_id=audience, audience_filter="unsubscribed-from-audience")[0] == id
        assert id in ortto.ids(audience_id=audience, audience_filter="unsubscribed")
        assert id in ortto.ids(audience_id=audience, audience_filter="sms-subscribers")
        assert id not in ortto.ids(audience_id=audience, audience_filter="subscribers")
    found = subscription(ortto, id, "Subscribers")
    assert (found["subscribed"], found["unsubscribed_from"] >= found["member_from"]) == (False, True)
    ortto.world.clock.advance(hours=1)
    ortto.subscribe(audience, {"person_id": id.upper(), "subscribed": True})
    assert ortto.counts("Subscribers") == before
    found = subscription(ortto, id, "Subscribers")
    assert found["subscribed"] is True
    assert found["subscribed_from"] > found["member_from"]
    assert "unsubscribed_from" not in found
    assert ortto.people(audience_id=audience, audience_filter="subscribers")["contacts"][0]["id"] == id


def test_both_channels_at_once(ortto: Ortto) -> None:
    id, audience = ortto.create("both@test.example", bol__sp=True), ortto.audience_id_of("SMS subscribers")
    before = ortto.counts("SMS subscribers")
    request = {"email": "Both@test.example", "subscribed": True, "sms_opted_in": False}
    reply = ortto.subscribe(audience.upper(), request)
    assert reply["audience_id"] == audience
    assert reply["people"] == [{"person_status": "merged", "status": "subscribed", "person_id": id}]
    assert ortto.counts("SMS subscribers") == (before[0], before[1], before[2] - 1)
    found = subscription(ortto, id, "SMS subscribers")
    assert (found["subscribed"], found["sms_opted_in"]) == (True, False)
    assert found["sms_opted_out_from"] >= found["member_from"]
    ortto.subscribe(audience, {"external_id": "none", "person_id": id, "sms_opted_in": True})
    assert ortto.counts("SMS subscribers") == before


def test_without_permission_a_person_is_not_subscribed(ortto: Ortto) -> None:
    id, audience = (
        ortto.create("quiet@test.example", bol__p=False, bol__sp=True),
        ortto.audience_id_of("SMS subscribers"),
    )
    before = ortto.counts("SMS subscribers")
    ortto.subscribe(audience, {"person_id": id, "subscribed": True})
    assert ortto.counts("SMS subscribers") == before
    assert subscription(ortto, id, "SMS subscribers")["subscribed"] is False
    assert id in ortto.ids(audience_id=audience, audience_filter="unsubscribed")
    assert id not in ortto.ids(audience_id=audience, audience_filter="unsubscribed-from-audience")


def test_subscribing_does_not_add_members(ortto: Ortto) -> None:
    id, audience = ortto.create("outsider@test.example"), ortto.audience_id_of("My team")
    before = ortto.counts("My team")
    reply = ortto.subscribe(audience, {"person_id": id, "subscribed": True})
    assert reply["people"] == [{"person_status": "by-id", "status": "subscribed"}]
    assert ortto.counts("My team") == before
    assert subscription(ortto, id, "My team") is None


def test_unknown_people(ortto: Ortto) -> None:
    known, audience = ortto.create("known@test.example"), ortto.audience_id_of("Subscribers")
    rejected = {"status": "invalid", "error": f"{UNKNOWN_ID}: Object not found"}
    requests = [{"person_id": known, "subscribed": False}, {"person_id": UNKNOWN_ID, "subscribed": False}]
    assert ortto.subscribe(audience, *requests)["people"] == [
        {"person_status": "by-id", "status": "unsubscribed"},
        rejected,
    ]
    error = ortto.error("PUT", "/v1/audience/subscribe", {"audience_id": audience, "people": requests[1:]})
    assert error["details"] == [rejected]
    assert error["error"] == f"No valid contacts provided ({UNKNOWN_ID}: Object not found)"


def test_an_unknown_audience(ortto: Ortto) -> None:
    body = {"audience_id": UNKNOWN_ID, "people": [{"email": "a@b.c", "subscribed": True}]}
    text = f"myorttoaccount: {UNKNOWN_ID}: Object not found"
    assert ortto.error("PUT", "/v1/audience/subscribe", body) == {"error": text}


@pytest.mark.parametrize(
    ("person", "text"),
    [
        ({"subscribed": True}, "people 0: person_id, email or external_id is required (Invalid value)"),
        (
            {"email": "a@b.c"},
            "Failed to parse request people.0: subscribed or sms_opted_in is required (Invalid value)",
        ),
    ],
)
def test_incomplete_requests(ortto: Ortto, person: Any, text: str) -> None:
    body = {"audience_id": ortto.audience_id_of("Subscribers"), "people": [person]}
    assert ortto.error("PUT", "/v1/audience/subscribe", body) == {"error": f"myorttoaccount: {text}"}


def test_a_person_without_a_key(ortto: Ortto) -> None:
    text = "myorttoaccount: people 1: person_id, email or external_id is required (Invalid value)"
    body = {"people": [{"email": "a@b.c"}, {"audience_id": UNKNOWN_ID}]}
    assert ortto.error("POST", "/v1/person/subscriptions", body) == {"error": text}


@pytest.mark.parametrize(
    "key", [{"person_id": UNKNOWN_ID}, {"email": "no@body.example"}, {"external_id": "none"}]
)
def test_subscriptions_of_an_unknown_person(ortto: Ortto, key: dict[str, str]) -> None:
    text = f"myorttoaccount: {next(iter(key.values()))}: Object not found"
    assert ortto.error("POST", "/v1/person/subscriptions", {"people": [key]}) == {"error": text}


def test_async(ortto: Ortto) -> None:
    ortto.world.clock.freeze()
    id, audience = ortto.create("later@test.example"), ortto.audience_id_of("Subscribers")
    requests = [{"person_id": id, "subscribed": False}, {"email": "no@body.example", "subscribed": False}]
    reply = ortto.subscribe(audience, *requests, **{"async": True})
    assert reply["people"] == [{"person_status": "queued", "status": "queued"}] * 2
    assert subscription(ortto, id, "Subscribers")["subscribed"] is True
    ortto.world.clock.advance(seconds=2)
    assert subscription(ortto, id, "Subscribers")["subscribed"] is False


def test_only_live_audiences_are_returned(ortto: Ortto) -> None:
    id = ortto.create("sale@test.example", **{"int:cm:orders": 9})
    assert subscription(ortto, id, "Summer sale") is None
    assert id in ortto.ids(audience_id=ortto.audience("Summer sale", archived=True)["id"])
