"""Ortto: PUT /v1/audience/subscribe and POST /v1/person/subscriptions."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.ortto import Ortto

NOBODY = "00609c898a4490c5800a5400"


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def standing(ortto: Ortto, id: str, name: str) -> Any:
    """The subscription that the person has in the audience; None if it is no member."""
    found = [
        one for one in ortto.subscriptions(person_id=id)["subscriptions"] if one["audience_name"] == name
    ]
    return found[0] if found else None


@pytest.mark.mockserver(now="2026-01-01T00:00:00Z")
def test_what_is_told_of_a_member(ortto: Ortto) -> None:
    ortto.world.clock.freeze("2026-01-01T10:00:00Z")
    id = ortto.create("Member@test.example")
    assert ortto.subscriptions(person_id=id) == {
        "person_status": "by-id",
        "person_id": id,
        "subscriptions": [
            {
                "audience_id": ortto.id_of("Subscribers"),
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


def test_the_keys_of_a_person_and_their_precedence(ortto: Ortto) -> None:
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
    id, audience = ortto.create("out@test.example", bol__sp=True), ortto.id_of("Subscribers")
    before = ortto.counts("Subscribers")
    for _ in range(2):  # again is the same as once
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
    told = standing(ortto, id, "Subscribers")
    assert (told["subscribed"], told["unsubscribed_from"] >= told["member_from"]) == (False, True)
    ortto.world.clock.advance(hours=1)
    ortto.subscribe(audience, {"person_id": id.upper(), "subscribed": True})
    assert ortto.counts("Subscribers") == before
    told = standing(ortto, id, "Subscribers")
    assert told["subscribed"] is True
    assert told["subscribed_from"] > told["member_from"]
    assert "unsubscribed_from" not in told
    assert ortto.people(audience_id=audience, audience_filter="subscribers")["contacts"][0]["id"] == id


def test_both_channels_at_once(ortto: Ortto) -> None:
    id, audience = ortto.create("both@test.example", bol__sp=True), ortto.id_of("SMS subscribers")
    before = ortto.counts("SMS subscribers")
    wish = {"email": "Both@test.example", "subscribed": True, "sms_opted_in": False}
    reply = ortto.subscribe(audience.upper(), wish)
    assert reply["audience_id"] == audience
    assert reply["people"] == [{"person_status": "merged", "status": "subscribed", "person_id": id}]
    assert ortto.counts("SMS subscribers") == (before[0], before[1], before[2] - 1)
    told = standing(ortto, id, "SMS subscribers")
    assert (told["subscribed"], told["sms_opted_in"]) == (True, False)
    assert told["sms_opted_out_from"] >= told["member_from"]
    ortto.subscribe(audience, {"external_id": "none", "person_id": id, "sms_opted_in": True})
    assert ortto.counts("SMS subscribers") == before


def test_without_the_permission_nobody_is_subscribed(ortto: Ortto) -> None:
    id, audience = (
        ortto.create("quiet@test.example", bol__p=False, bol__sp=True),
        ortto.id_of("SMS subscribers"),
    )
    before = ortto.counts("SMS subscribers")
    ortto.subscribe(audience, {"person_id": id, "subscribed": True})
    assert ortto.counts("SMS subscribers") == before
    assert standing(ortto, id, "SMS subscribers")["subscribed"] is False
    assert id in ortto.ids(audience_id=audience, audience_filter="unsubscribed")
    assert id not in ortto.ids(audience_id=audience, audience_filter="unsubscribed-from-audience")


def test_who_is_no_member_stays_none(ortto: Ortto) -> None:
    id, audience = ortto.create("outsider@test.example"), ortto.id_of("My team")
    before = ortto.counts("My team")
    reply = ortto.subscribe(audience, {"person_id": id, "subscribed": True})
    assert reply["people"] == [{"person_status": "by-id", "status": "subscribed"}]
    assert ortto.counts("My team") == before
    assert standing(ortto, id, "My team") is None


def test_people_that_do_not_exist(ortto: Ortto) -> None:
    known, audience = ortto.create("known@test.example"), ortto.id_of("Subscribers")
    rejected = {"status": "invalid", "error": f"{NOBODY}: Object not found"}
    wishes = [{"person_id": known, "subscribed": False}, {"person_id": NOBODY, "subscribed": False}]
    assert ortto.subscribe(audience, *wishes)["people"] == [
        {"person_status": "by-id", "status": "unsubscribed"},
        rejected,
    ]
    refusal = ortto.refused("PUT", "/v1/audience/subscribe", {"audience_id": audience, "people": wishes[1:]})
    assert refusal["details"] == [rejected]
    assert refusal["error"] == f"No valid contacts provided ({NOBODY}: Object not found)"


def test_an_audience_that_does_not_exist(ortto: Ortto) -> None:
    body = {"audience_id": NOBODY, "people": [{"email": "a@b.c", "subscribed": True}]}
    text = f"myorttoaccount: {NOBODY}: Object not found"
    assert ortto.refused("PUT", "/v1/audience/subscribe", body) == {"error": text}


@pytest.mark.parametrize(
    ("person", "text"),
    [
        ({"subscribed": True}, "people 0: person_id, email or external_id is required (Invalid value)"),
        (
            {"email": "a@b.c"},
            "Failed to parse request /people/0: subscribed or sms_opted_in is required (Invalid value)",
        ),
    ],
)
def test_a_wish_that_is_not_whole(ortto: Ortto, person: Any, text: str) -> None:
    body = {"audience_id": ortto.id_of("Subscribers"), "people": [person]}
    assert ortto.refused("PUT", "/v1/audience/subscribe", body) == {"error": f"myorttoaccount: {text}"}


def test_a_person_without_a_key(ortto: Ortto) -> None:
    text = "myorttoaccount: people 1: person_id, email or external_id is required (Invalid value)"
    body = {"people": [{"email": "a@b.c"}, {"audience_id": NOBODY}]}
    assert ortto.refused("POST", "/v1/person/subscriptions", body) == {"error": text}


@pytest.mark.parametrize(
    "key", [{"person_id": NOBODY}, {"email": "no@body.example"}, {"external_id": "none"}]
)
def test_asking_for_somebody_who_does_not_exist(ortto: Ortto, key: dict[str, str]) -> None:
    text = f"myorttoaccount: {next(iter(key.values()))}: Object not found"
    assert ortto.refused("POST", "/v1/person/subscriptions", {"people": [key]}) == {"error": text}


def test_later(ortto: Ortto) -> None:
    ortto.world.clock.freeze()
    id, audience = ortto.create("later@test.example"), ortto.id_of("Subscribers")
    wishes = [{"person_id": id, "subscribed": False}, {"email": "no@body.example", "subscribed": False}]
    reply = ortto.subscribe(audience, *wishes, **{"async": True})
    assert reply["people"] == [{"person_status": "queued", "status": "queued"}] * 2
    assert standing(ortto, id, "Subscribers")["subscribed"] is True
    ortto.world.clock.advance(seconds=2)
    assert standing(ortto, id, "Subscribers")["subscribed"] is False


def test_only_live_audiences_are_told(ortto: Ortto) -> None:
    id = ortto.create("sale@test.example", **{"int:cm:orders": 9})
    assert standing(ortto, id, "Summer sale") is None
    assert id in ortto.ids(audience_id=ortto.audience("Summer sale", archived=True)["id"])
