"""Ortto: transactional/send, e-mails to people who are created or updated first."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.ortto import Ortto, condition

pytestmark = pytest.mark.mockserver(now="2026-01-01T12:00:00Z")
PATH = "/v1/transactional/send"
ASSET = {
    "from_email": "jenny@example.com",
    "from_name": "Jenny",
    "subject": "Booking",
    "email_name": "confirm-booking",
    "html_body": "<html></html>",
}


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def emails(*addresses: str, **members: Any) -> dict[str, Any]:
    people = [{"fields": {"str::email": address}} for address in addresses]
    return {"asset": ASSET, "emails": people, "merge_by": ["str::email"], "merge_strategy": 2, **members}


def sent(ortto: Ortto, person: str) -> list[str]:
    body = {"person_id": person, "activities": ["act::s"]}
    feed = ortto.send("POST", "/v1/person/get/activities", body)
    return [event["attr"]["str::name"] for event in feed["activities"] or ()]


def test_an_email_is_in_the_feed_of_its_person(ortto: Ortto, mockserver_server: MockServer) -> None:
    first, *_ = ortto.send("POST", PATH, emails("a@example.net"))["emails"]
    assert (first["contact_status"], first["email_status"]) == ("created", "queued")
    assert (first["email_name"], first["message_id"][:2]) == ("confirm-booking", "50")
    people = emails("a@example.net", "b@example.net")
    people["emails"][0]["asset"] = {"email_name": "for-a"}
    again, other = ortto.send("POST", PATH, people)["emails"]
    assert again["person_id"] == first["person_id"]
    assert (again["contact_status"], other["contact_status"]) == ("merged", "created")
    assert len({first["message_id"], again["message_id"], other["message_id"]}) == 3
    fork = Ortto(mockserver_server.control.create_world(fork=ortto.world.name))
    for one in (ortto, fork):
        assert sent(one, first["person_id"]) == ["for-a", "confirm-booking"]
        found = one.send("POST", "/v1/person/get", {"filter": condition("$act::has_occurred", "act::s")})
        assert found["meta"]["total_matches"] == 2


def test_the_email_of_a_campaign(ortto: Ortto) -> None:
    (campaign, *_) = ortto.send("POST", "/v1/campaign/get-all", {})["campaigns"]
    body = emails("a@example.net", campaign_id=campaign["id"].upper(), asset=None)
    (reply,) = ortto.send("POST", PATH, body)["emails"]
    assert sent(ortto, reply["person_id"]) == [reply["email_name"]] == [campaign["name"]]


def test_rejected_people(ortto: Ortto) -> None:
    body = emails("a@example.net")
    body["emails"].append({"fields": {"str::unknown": "x"}})
    known, unknown = ortto.send("POST", PATH, body)["emails"]
    assert (known["email_status"], unknown["status"]) == ("queued", "invalid")
    skipped = ortto.send("POST", PATH, emails("new@example.net", skip_non_existing=True))["emails"]
    assert skipped == [{"status": "skipped"}]
    body["emails"] = body["emails"][1:]
    assert ortto.error("POST", PATH, body)["error"].startswith("No valid contacts provided")


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"asset": None}, "Failed to parse request asset or campaign_id is required (Invalid value)"),
        (
            {"asset": {}},
            "Failed to parse request asset: from_email, from_name, subject, email_name, html_body",
        ),
        ({"emails": []}, "Failed to parse request emails: at least 1 element is required"),
        ({"merge_by": None}, "Failed to parse request merge_by is required"),
        ({"campaign_id": "x"}, "Failed to parse request cannot unmarshal into an ID, the length must be"),
        (
            {"asset": None, "campaign_id": "00609c898a4490c5800a5400"},
            "00609c898a4490c5800a5400: Object not found",
        ),
        ({"asset": "x"}, "Failed to parse request json: cannot unmarshal string into Go struct field"),
    ],
)
def test_invalid_emails(ortto: Ortto, members: dict[str, Any], text: str) -> None:
    error = ortto.error("POST", PATH, emails("a@example.net", **members))["error"]
    assert error.startswith(f"myorttoaccount: {text}")


@pytest.mark.parametrize(("strategy", "finds"), [(0, True), (1, False), (2, False), (None, True)])
def test_a_strategy_finds_the_person_by_the_second_field(
    ortto: Ortto, strategy: int | None, finds: bool
) -> None:
    phone = {"c": "46", "n": "701740605"}
    known = ortto.create("a@example.net", phn__phone=phone)
    body = emails("other@example.net", merge_by=["str::email", "phn::phone"], find_strategy=strategy)
    body["emails"][0]["fields"]["phn::phone"] = phone
    (reply,) = ortto.send("POST", PATH, body)["emails"]
    assert (reply["person_id"] == known) is finds
