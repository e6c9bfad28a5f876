"""Spotler: campaigns and automations start for contacts, once or as often as they allow."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.spotler import Spotler, forked

WEBSITE = {"id": 1, "name": "Website", "url": "https://www.example.com/"}
PERSON = {"externalContactId": "p1"}


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    one = Spotler(mockserver)
    one.contact("p1", email="p1@example.com")
    return one


def campaign(spotler: Spotler, **more: Any) -> tuple[str, str]:
    """The ids of a new campaign and of its first trigger."""
    wanted = {"name": "Welcome", "triggers": ["Signed up", "Bought"], "mailings": ["Hello", "Again"]} | more
    made = spotler.backstage("add_campaign", **wanted)
    return made["encryptedId"], made["triggers"][0]["encryptedId"]


def trigger(spotler: Spotler, id: str, **more: Any) -> str | None:
    """Triggers the campaign; returns the message of the refusal, if any."""
    reply = spotler.send("POST", f"/campaign/trigger/{id}", PERSON | more)
    return None if reply.status_code == 204 else str(reply.json()["message"])


def test_campaigns_are_listed_with_their_triggers(spotler: Spotler) -> None:
    assert spotler.get("/campaign/list") == []
    id, first = campaign(spotler)
    other, _trigger = campaign(spotler, name="Sleeping", active=False)
    listed = spotler.get("/campaign/list")
    assert [(one["encryptedId"], one["name"], one["active"]) for one in listed] == [
        (id, "Welcome", True),
        (other, "Sleeping", False),
    ]
    assert [one["name"] for one in listed[0]["triggers"]] == ["Signed up", "Bought"]
    assert listed[0]["triggers"][0]["encryptedId"] == first
    mailings = spotler.get(f"/campaign/{id}/mailing")
    assert [(one["name"], one["type"]) for one in mailings] == [("Hello", "EMAIL"), ("Again", "EMAIL")]
    for one in mailings:
        details = spotler.get(f"/campaign-mailing/{one['encryptedId']}")
        assert {name: details[name] for name in one} == one
        assert (details["message"]["subject"], details["links"]) == (one["name"], [WEBSITE])
    error = spotler.fail(404, "GET", f"/campaign-mailing/{id}")
    assert error == {"errorType": "MAILING_NOTFOUND", "message": "Mailing not found"}


def test_a_triggered_campaign_sends_its_first_mailing(
    spotler: Spotler, mockserver_server: MockServer
) -> None:
    id, first = campaign(spotler)
    assert trigger(spotler, first) is None
    spotler.succeed("POST", f"/campaign/{id}/stop", PERSON)
    assert trigger(spotler, first) is None
    with forked(mockserver_server, spotler.world) as fork:
        history = fork.get("/contact/p1/campaign-mailings")["campaignMailingHistories"]
        sent = [(one["campaignMailing"]["name"], one["opened"]) for one in history]
        assert sent == [("Hello", False), ("Hello", False)]
        first_id, second_id = (one["campaignSubscriptionId"] for one in history)
        assert first_id < second_id
        assert history[0]["campaignMailing"] == spotler.get(f"/campaign/{id}/mailing")[0]


def test_a_contact_is_in_a_campaign_once(spotler: Spotler) -> None:
    id, first = campaign(spotler)
    stop = f"/campaign/{id}/stop"
    assert spotler.fail(400, "POST", stop, PERSON)["message"] == "Campaign not triggered"
    assert trigger(spotler, first) is None
    assert trigger(spotler, first) == "Contact already active in campaign"
    assert spotler.backstage("finish_campaign", campaign=id, contact="p1@example.com") == {
        "state": "finished"
    }
    assert trigger(spotler, first) == "Contact already in campaign"
    assert spotler.fail(400, "POST", stop, PERSON)["message"] == "Campaign already finished"
    again, first = campaign(spotler, repeatable=True)
    assert trigger(spotler, first) is None
    spotler.backstage("finish_campaign", campaign=again, contact="p1")
    assert trigger(spotler, first) is None
    assert len(spotler.get("/contact/p1/campaign-mailings")["campaignMailingHistories"]) == 3


def test_only_members_of_the_audience_are_in_the_campaign(spotler: Spotler) -> None:
    spotler.create("selection")
    _id, first = campaign(spotler, audience="selection")
    assert trigger(spotler, first) == "Contact not in selection"
    spotler.add("selection", "p1")
    assert trigger(spotler, first) is None
    spotler.fail(417, "DELETE", "/audience/selection")


def test_products_of_a_field_must_exist(spotler: Spotler) -> None:
    _id, first = campaign(spotler)
    fields = [
        {"name": "text", "value": "any"},
        {"name": "voucher", "type": "STRING", "value": "WELCOME10"},
        {"name": "site", "type": "URL", "value": "https://shop.example"},
        {"name": "list", "type": "PRODUCTLIST", "values": ["coat"]},
    ]
    assert trigger(spotler, first, campaignFields=fields) == "Product not found"
    texts = dict.fromkeys(("name", "link", "price", "imageUrl", "imageLargeUrl"), "x")
    spotler.succeed("POST", "/product", {"product": {"externalId": "coat", **texts}})
    assert trigger(spotler, first, campaignFields=fields) is None


def test_the_first_reason_is_named(spotler: Spotler) -> None:
    assert trigger(spotler, "nope", externalContactId="nobody") == "Trigger not found"
    _id, first = campaign(spotler, active=False, mailings=[])
    assert trigger(spotler, first, externalContactId="nobody") == "Contact not found"
    assert trigger(spotler, first) == "Campaign inactive"
    _id, first = campaign(spotler, mailings=[])
    assert trigger(spotler, first) == "Campaign missing message"
    assert spotler.get("/contact/p1/campaign-mailings")["campaignMailingHistories"] == []


def test_automations_answer_for_themselves(spotler: Spotler) -> None:
    made = spotler.backstage(
        "add_automation_trigger", automations=[{"participationLimit": 2}, {"active": False}, {}]
    )
    path = f"/automation/trigger/{made['triggerCode']}"
    ids = [one["automationId"] for one in made["automations"]]

    def results() -> list[str]:
        answer = spotler.send("POST", path, PERSON)
        assert (answer.status_code, answer.json()["result"]) == (200, "OK")
        assert [one["automationId"] for one in answer.json()["automationResults"]] == ids
        return [one["result"] for one in answer.json()["automationResults"]]

    assert results() == ["OK", "AUTOMATION_INACTIVE", "OK"]
    assert results() == ["OK", "AUTOMATION_INACTIVE", "OK"]
    assert results() == ["PARTICIPATION_LIMIT_REACHED", "AUTOMATION_INACTIVE", "OK"]
    spotler.contact("p2")
    other = spotler.send(
        "POST", path.replace(made["triggerCode"], made["triggerCode"].upper()), {"externalContactId": "p2"}
    )
    assert other.json()["automationResults"][0]["result"] == "OK"


def test_no_automation_starts(spotler: Spotler, mockserver_server: MockServer) -> None:
    made = spotler.backstage("add_automation_trigger", automations=[{"participationLimit": 1}])
    path = f"/automation/trigger/{made['triggerCode']}"
    assert spotler.send("POST", path, PERSON).status_code == 200
    with forked(mockserver_server, spotler.world) as fork:
        refused = fork.send("POST", path, PERSON)
    (automation,) = made["automations"]
    assert (refused.status_code, refused.json()) == (
        417,
        {
            "result": "NOT_TRIGGERED",
            "automationResults": [
                {"automationId": automation["automationId"], "result": "PARTICIPATION_LIMIT_REACHED"}
            ],
        },
    )
    nobody = spotler.send("POST", path, {"externalContactId": "nobody"})
    assert (nobody.status_code, nobody.json()) == (
        404,
        {"result": "CONTACT_NOTFOUND", "automationResults": []},
    )
    unknown = spotler.send("POST", "/automation/trigger/nope", PERSON)
    assert (unknown.status_code, unknown.json()["result"]) == (404, "TRIGGER_NOTFOUND")
    xml = spotler.send("POST", path, PERSON, headers={"Accept": "application/xml"})
    assert "<externalTriggerValidationResult><result>NOT_TRIGGERED</result><automationResults>" in xml.text
