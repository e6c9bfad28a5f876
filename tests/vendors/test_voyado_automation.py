"""Voyado: automations that other systems start, text messages, and the status of a member."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.voyado import Engage

pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")
NUMBER = "198506059738"
BASE = "/api/{}/automation/customTriggers/{}/"
VERSIONS = pytest.mark.parametrize("version", ["v3", "v2"])


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def names(engage: Engage, contact: str, kind: str = "email") -> list[str]:
    items = engage.get(f"/api/v3/contacts/{contact}/{kind}messages")["items"]
    return [one["name"] for one in items]


@VERSIONS
def test_an_automation_sends_its_message(engage: Engage, mockserver_server: MockServer, version: str) -> None:
    contact = engage.create("a@example.com", externalId="shop-7", socialSecurityNumber=NUMBER)
    other = engage.create("b@example.com")
    base = BASE.format(version, "resetPassword")
    ways = [
        f"triggerByContactId/{contact.upper()}",
        "triggerByContactTypeAndKey/member/A@example.com",
        "triggerByExternalContactId/shop-7",
        "triggerBySocialSecurityNumber/850605-9738",
    ]
    for way in ways:
        assert engage.send("POST", base + way, {"username": "a"}).json() == {}
    assert engage.send("POST", base + ways[0]).status_code == 200
    for one in (engage, engage.fork(mockserver_server.control)):
        (newest, *_rest) = one.get(f"/api/v3/contacts/{contact}/emailmessages")["items"]
        assert names(one, contact) == ["Reset password"] * 5
        assert (newest["source"], newest["isTransactional"]) == ("Automation", True)
        assert names(one, other) == []


def test_triggers_are_configured(engage: Engage) -> None:
    contact = engage.create("a@example.com")
    path = BASE.format("v3", "backInStock") + f"triggerByContactId/{contact}"
    assert engage.expect_error(404, "POST", path, {})["errorCode"] == "TriggerNotFound"
    for name in ("Replaced", "Back in stock"):
        trigger = {"id": "backInStock", "name": name, "sends": "SmsMessage"}
        assert engage.world.backstage("voyado", "create_custom_trigger", **trigger) == trigger
    assert engage.send("POST", path, {"sku": "1"}).status_code == 200
    assert (names(engage, contact, "sms"), names(engage, contact)) == (["Back in stock"], [])


@pytest.mark.parametrize(
    ("way", "body", "status", "code"),
    [
        ("triggerByContactId/x", {}, 400, "InvalidContactId"),
        ("triggerByContactId/2e40b702-2767-4abe-ae99-aa510108e22b", {}, 404, "ContactNotFound"),
        ("triggerByContactTypeAndKey/Nobody/a@example.com", {}, 400, "InvalidContactType"),
        ("triggerByContactTypeAndKey/Member/nobody@example.com", {}, 404, "ContactNotFound"),
        ("triggerByExternalContactId/nothing", {}, 404, "ContactNotFound"),
        ("triggerByExternalContactId/shared", {}, 409, "MultipleMatches"),
        ("triggerBySocialSecurityNumber/1", {}, 400, "InvalidSocialSecurityNumber"),
        (f"triggerBySocialSecurityNumber/{NUMBER}", {}, 404, "ContactNotFound"),
        ("triggerByExternalContactId/shop-7", [], 400, "InvalidData"),
    ],
)
@VERSIONS
def test_contacts_that_are_not_there(
    engage: Engage, version: str, way: str, body: Any, status: int, code: str
) -> None:
    engage.create("a@example.com", externalId="shop-7")
    for name in ("b", "c"):
        engage.create(f"{name}@example.com", externalId="shared")
    base = BASE.format(version, "resetPassword")
    assert engage.expect_error(status, "POST", base + way, body)["errorCode"] == code


def test_a_text_message_reaches_the_contacts_with_its_number(
    engage: Engage, mockserver_server: MockServer
) -> None:
    contacts = [engage.create(f"{name}@example.com", mobilePhone="+46701740655") for name in "ab"]
    body = {"message": "Ready.", "phoneNumbers": ["+46701740655", "+46701740655", "+46701740656"]}
    assert engage.send("POST", "/api/v2/sms/sendToPhoneNumbers", body).json() == {"success": True}
    fork = engage.fork(mockserver_server.control)
    for contact in contacts:
        (sent,) = fork.get(f"/api/v3/contacts/{contact}/smsmessages")["items"]
        assert (sent["messageText"], sent["name"]) == ("Ready.", "SMS")
    for wrong, message in (
        ({**body, "phoneNumbers": ["0701740655"]}, "The phoneNumbers[0] field is not a valid phone number."),
        ({**body, "phoneNumbers": []}, "The phoneNumbers field is required."),
        ({"phoneNumbers": ["+46701740655"]}, "The message field is required."),
    ):
        error = engage.expect_error(400, "POST", "/api/v2/sms/sendToPhoneNumbers", wrong)
        assert (error["errorCode"], error["message"]) == ("InvalidData", message)
    assert len(names(engage, contacts[0], "sms")) == 1


def test_a_cashier_asks_for_the_status_of_a_member(engage: Engage) -> None:
    member = engage.create("a@example.com", externalId="e-1", socialSecurityNumber=NUMBER)
    engage.create("b@example.com", unapproved=True)
    engage.create("c@example.com", contactType="Contact")
    number = engage.get(f"/api/v3/contacts/{member}")["attributes"]["memberNumber"]
    queries = ["email:A@example.com", "externalId:e-1", "socialSecurityNumber:850605-9738"]
    for query in (*queries, f"memberNumber:{number}"):
        status = engage.get("/api/v2/memberstatus", query=query)
        data = {"contactId": member, "memberNumber": number}
        assert status == {"statusColor": "green", "statusText": "Member", "data": data}
    yellow = engage.get("/api/v2/memberstatus", query="email:b@example.com")
    assert (yellow["statusColor"], yellow["statusText"]) == ("yellow", "Not approved")
    for name in ("c", "nobody"):
        red = engage.get("/api/v2/memberstatus", query=f"email:{name}@example.com")
        assert red == {"statusColor": "red", "statusText": "Not a member", "data": {}}
    for query in ("firstName:A", "a@example.com", "email:", ""):
        error = engage.expect_error(400, "GET", "/api/v2/memberstatus", query=query)
        assert error["errorCode"] == "InvalidSearchQuery"
