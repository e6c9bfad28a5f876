"""Spotler: opt-outs, bounces and returns, with the codes that follow; subscriptions; histories."""

from typing import Any

import pytest

from mockserver.client import ControlError, World
from mockserver.pytest_plugin import MockServer
from tests.vendors.spotler import OLD_BASE, Spotler, forked

START = 1767603600000
OPTED_OUT = {"errorType": "CONTACT_OPTOUT", "message": "Contact is opted out"}
ON = [{"bit": 1, "enabled": True}]
PERIOD = {"fromDate": "2026-01-01", "toDate": "2027-01-01", "pageSize": 100}
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z", scenario="empty")


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    mockserver.clock.freeze()
    return Spotler(mockserver)


def channels(spotler: Spotler, id: str = "p1") -> dict[str, bool]:
    return {one["name"]: one["value"] for one in spotler.get(f"/contact/{id}")["channels"]}


def store(spotler: Spotler, **properties: Any) -> str:
    """The code of a bulk call that updates the contact p1."""
    body = {"update": True, "contacts": [{"externalId": "p1", "properties": properties}]}
    (one,) = spotler.send("POST", "/contact/list", body).json()
    return str(one["code"])


def updated(spotler: Spotler) -> list[str]:
    page = spotler.get("/contact/updates/list", **PERIOD)
    return [one.get("externalId") for one in page["contacts"]]


def test_an_opted_out_contact_is_not_subscribed_again(spotler: Spotler) -> None:
    spotler.contact("p1", email="p1@example.com", permissions=ON)
    spotler.contact("p2")
    spotler.world.clock.advance(seconds=1)
    state = spotler.backstage("unsubscribe_contact", contact="p1")
    assert state == {"optedOut": True, "bounced": False, "email": False, "sms": False}
    assert channels(spotler) == {"EMAIL": False, "SMS": False}
    assert updated(spotler) == ["p2", "p1"]
    assert store(spotler, permissions=ON) == "CONTACT_OPTOUT"
    request = {"contact": {"externalId": "p1", "properties": {"permissions": ON}}, "update": True}
    assert spotler.fail(400, "POST", "/contact", request) == OPTED_OUT
    assert spotler.fail(400, "PUT", "/contact/p1", request) == OPTED_OUT
    assert spotler.fail(400, "POST", "/subscription/subscribe", request["contact"]) == OPTED_OUT
    assert store(spotler, city="Utrecht") == "OK"
    assert store(spotler, email="new@example.com") == "OK"
    assert channels(spotler)["EMAIL"] is False


def test_an_opted_out_contact_returns(spotler: Spotler) -> None:
    spotler.contact("p1", email="p1@example.com")
    spotler.backstage("unsubscribe_contact", contact="p1@example.com")
    state = spotler.backstage("return_contact", contact="p1")
    assert state == {"optedOut": False, "bounced": False, "email": True, "sms": False}
    assert store(spotler, permissions=ON) == "OK"
    assert channels(spotler)["EMAIL"] is True


def test_a_hard_bounce_closes_the_channel_until_the_address_changes(spotler: Spotler) -> None:
    spotler.contact("p1", email="p1@example.com")
    spotler.backstage("bounce_contact", contact="p1", type="SOFTBOUNCE")
    assert channels(spotler)["EMAIL"] is True
    spotler.backstage("bounce_contact", contact="p1")
    assert channels(spotler)["EMAIL"] is False
    assert store(spotler, permissions=ON) == "NO_ACTIVE_CHANNEL"
    assert store(spotler, city="Utrecht") == "OK"
    assert store(spotler, permissions=ON, email="new@example.com") == "OK"
    assert channels(spotler)["EMAIL"] is True


def test_an_inactive_contact_is_subscribed_again_by_the_subscription(spotler: Spotler) -> None:
    spotler.contact("p1", email="p1@example.com")
    spotler.succeed("PUT", "/contact/inactivate/p1")
    assert store(spotler, permissions=ON) == "NO_ACTIVE_CHANNEL"
    spotler.succeed("POST", "/subscription/subscribe", {"externalId": "p1"})
    assert channels(spotler)["EMAIL"] is True
    assert store(spotler, permissions=ON) == "OK"


def test_an_anonymised_contact_is_unknown_by_a_switch(spotler: Spotler) -> None:
    spotler.contact("p1", email="p1@example.com")
    spotler.succeed("PUT", "/contact/anonymize/p1")
    spotler.world.configure(switches={"spotler": {"anonymized_contacts": "unknown"}})
    assert store(spotler, city="Utrecht") == "CONTACT_UNKNOWN"
    spotler.world.configure(switches={"spotler": {"anonymized_contacts": "stored"}})
    assert store(spotler, city="Utrecht") == "OK"
    spotler.world.configure(switches={"spotler": {"anonymized_contacts": "unknown"}})
    assert store(spotler, city="Leiden") == "OK"


def test_bounces_are_listed_by_period(spotler: Spotler, mockserver_server: MockServer) -> None:
    spotler.contact("p1", email="p1@example.com")
    spotler.backstage("bounce_contact", contact="p1", type="SOFTBOUNCE", mailing="News")
    spotler.world.clock.advance(seconds=1)
    spotler.backstage("bounce_contact", contact="p1", mailing="News")
    page = spotler.get("/contact/bounces/list", **PERIOD)
    assert page["paging"] == {"next": None, "after": 2}
    assert [(one["type"], one["date"]) for one in page["bounces"]] == [
        ("SOFTBOUNCE", START),
        ("HARDBOUNCE", START + 1000),
    ]
    assert {one["contact"]["externalId"] for one in page["bounces"]} == {"p1"}
    assert len({one["encryptedActId"] for one in page["bounces"]}) == 1
    first = spotler.get("/contact/bounces/list", **PERIOD | {"pageSize": 1})
    second = spotler.session.get(first["paging"]["next"], timeout=10).json()
    assert [*first["bounces"], *second["bounces"]] == page["bounces"]
    assert spotler.get("/contact/bounces/list", **PERIOD | {"toDate": "2026-01-02"})["bounces"] == []
    assert Spotler(spotler.world, OLD_BASE).get("/contact/bounces/list", **PERIOD) == page["bounces"]
    with forked(mockserver_server, spotler.world) as fork:
        assert fork.get("/contact/bounces/list", **PERIOD)["bounces"] == page["bounces"]


@pytest.mark.parametrize("wrong", ["fromDate", "toDate"])
def test_bounces_need_a_period(spotler: Spotler, wrong: str) -> None:
    error = spotler.fail(400, "GET", "/contact/bounces/list", params=PERIOD | {wrong: "once"})
    assert error["message"] == f"Invalid {wrong} or no {wrong} given"


def test_a_subscription_with_an_id(spotler: Spotler) -> None:
    body = {"externalId": "p1", "properties": {"email": "p1@example.com", "permissions": ON}}
    spotler.succeed("POST", "/subscription/subscribe", body)
    spotler.succeed(
        "POST", "/subscription/subscribe", {"externalId": "p1", "properties": {"city": "Utrecht"}}
    )
    read = spotler.get("/contact/p1")["properties"]
    assert (read["email"], read["city"]) == ("p1@example.com", "Utrecht")


def test_a_subscription_without_an_id(spotler: Spotler) -> None:
    spotler.succeed("POST", "/subscription/subscribe", {"properties": {"email": "new@example.com"}})
    found = spotler.get("/contact/search", MPSearchQuery="email=new@example.com", pageSize=5)["contacts"]
    assert [(one.get("externalId"), one["temporary"]) for one in found] == [(None, False)]
    assert updated(spotler) == [None]
    spotler.succeed(
        "POST", "/subscription/subscribe", {"properties": {"email": "NEW@example.com", "city": "U"}}
    )
    again = spotler.get("/contact/search", MPSearchQuery="email=new@example.com", pageSize=5)["contacts"]
    assert [(one["encryptedId"], one["properties"]["city"]) for one in again] == [
        (found[0]["encryptedId"], "U")
    ]
    spotler.contact("p1", email="p1@example.com")
    spotler.succeed(
        "POST", "/subscription/subscribe", {"properties": {"email": "p1@example.com", "city": "L"}}
    )
    assert spotler.get("/contact/p1")["properties"]["city"] == "L"


@pytest.mark.parametrize(
    ("properties", "message"),
    [({"email": "nobody"}, "Email is invalid"), ({"nope": "x"}, "Property is invalid")],
)
def test_an_invalid_subscription(spotler: Spotler, properties: Any, message: str) -> None:
    error = spotler.fail(400, "POST", "/subscription/subscribe", {"properties": properties})
    assert error == {"errorType": "INVALID_PROPERTY", "message": message}


def test_mailings_of_a_contact(spotler: Spotler) -> None:
    spotler.contact("p1", email="p1@example.com")
    for number in range(51):
        spotler.backstage("record_mailing", contact="p1", name=f"News {number}", opened=number == 0)
    page = spotler.get("/contact/p1/mailings")
    assert len(page["mailingHistories"]) == 50
    first = page["mailingHistories"][0]
    assert (first["mailing"]["name"], first["opened"], first["clicked"]) == ("News 0", True, False)
    assert first["sentDate"] == "2026-01-05T09:00:00.000Z"
    rest = spotler.session.get(page["paging"]["next"], timeout=10).json()
    assert [one["mailing"]["name"] for one in rest["mailingHistories"]] == ["News 50"]
    spotler.backstage("record_mailing", contact="p1", bounce="HARDBOUNCE")
    assert spotler.get("/contact/p1/mailings", after=51)["mailingHistories"][0]["bounce"] == "HARDBOUNCE"
    assert channels(spotler)["EMAIL"] is False
    assert len(spotler.get("/contact/bounces/list", **PERIOD)["bounces"]) == 1


def test_campaign_mailings_of_a_contact(spotler: Spotler) -> None:
    spotler.contact("p1", email="p1@example.com")
    spotler.backstage(
        "record_campaign_mailing", contact="p1", name="Welcome", clicked=True, bounce="SOFTBOUNCE"
    )
    (one,) = spotler.get("/contact/p1/campaign-mailings")["campaignMailingHistories"]
    assert (one["campaignMailing"]["name"], one["clicked"], one["bounce"]) == ("Welcome", True, "SOFTBOUNCE")
    assert one["campaignSubscriptionId"] > 0


@pytest.mark.parametrize("history", ["mailings", "campaign-mailings", "forms"])
def test_the_history_of_an_unknown_contact(spotler: Spotler, history: str) -> None:
    assert spotler.fail(404, "GET", f"/contact/nope/{history}")["message"] == "Given contact not found"
    spotler.contact("p1")
    assert spotler.get(f"/contact/p1/{history}")["paging"] == {"next": None, "after": 0}


@pytest.mark.parametrize(
    "action",
    ["unsubscribe_contact", "bounce_contact", "return_contact", "record_mailing", "record_campaign_mailing"],
)
def test_an_action_on_an_unknown_contact(spotler: Spotler, action: str) -> None:
    with pytest.raises(ControlError, match="unknown contact nobody"):
        spotler.backstage(action, contact="nobody")


def test_lists_of_the_user_interface_have_no_id(spotler: Spotler) -> None:
    spotler.succeed("POST", "/templist", {"externalTemporaryListId": "api", "name": "Api"})
    for type in ("IMPORT", "RESPONSE", "SPLIT"):
        spotler.backstage("add_temporary_list", name=type, type=type)
    listed = spotler.get("/templist")
    assert [(one["type"], one.get("externalTemporaryListId")) for one in listed] == [
        ("API", "api"),
        ("IMPORT", None),
        ("RESPONSE", None),
        ("SPLIT", None),
    ]
    with pytest.raises(ControlError, match="a temporary list is named SPLIT"):
        spotler.backstage("add_temporary_list", name="SPLIT", type="SPLIT")


def test_the_next_page_names_after_once_and_no_signature(spotler: Spotler) -> None:
    for number in range(3):
        spotler.contact(f"p{number}")
    query = "fromDate=2026-01-05T10:00:00+01:00&toDate=2026-01-05T10:00:01%2B01:00&pageSize=1&after=1&after=0"
    page = spotler.send("GET", f"/contact/updates/list?{query}").json()
    following = page["paging"]["next"]
    assert following.count("after=") == 1
    assert following.endswith("after=2")
    assert "fromDate=2026-01-05T10%3A00%3A00%2B01%3A00" in following
    assert "+" not in following
    rest = spotler.session.get(following, timeout=10).json()
    assert [one["externalId"] for one in rest["contacts"]] == ["p2"]
