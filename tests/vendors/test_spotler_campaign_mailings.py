"""Spotler: who got, opened and clicked a mailing of a campaign, and whose copy bounced."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.spotler import Spotler, forked

pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")
FIRST, SECOND = "2026-01-05T09:00:00.000Z", "2026-01-06T09:00:00.000Z"
KINDS = ["recipients", "opens", "clicks", "bounces"]
MEMBERS = {"recipients": "sendDate", "opens": "openDate", "clicks": "clickDate", "bounces": "bounceDate"}


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    one = Spotler(mockserver)
    for number in range(3):
        one.contact(f"p{number}", email=f"p{number}@example.com")
    return one


def react(spotler: Spotler, contact: str, **reactions: Any) -> Any:
    return spotler.backstage("record_campaign_mailing", contact=contact, name="Hello", **reactions)


def test_what_became_of_a_mailing_of_a_campaign(spotler: Spotler, mockserver_server: MockServer) -> None:
    campaign = spotler.backstage("add_campaign", name="Welcome", triggers=["go"], mailings=["Hello", "Bye"])
    hello, bye = (one["encryptedId"] for one in campaign["mailings"])
    trigger = campaign["triggers"][0]["encryptedId"]
    spotler.succeed("POST", f"/campaign/trigger/{trigger}", {"externalContactId": "p0"})
    [sent] = spotler.get("/contact/p0/campaign-mailings")["campaignMailingHistories"]
    spotler.world.clock.set(SECOND)
    opened = react(spotler, "p1", opened=True, clicked=True)
    bounced = react(spotler, "p2", bounce="SOFTBOUNCE")
    assert opened["campaignMailing"] == sent["campaignMailing"]
    ids = [one["campaignSubscriptionId"] for one in (sent, opened, bounced)]
    with forked(mockserver_server, spotler.world) as fork:
        got = {kind: fork.get(f"/campaign-mailing/{hello}/{kind}")[kind] for kind in KINDS}
        assert [fork.get(f"/campaign-mailing/{bye}/{kind}")[kind] for kind in KINDS] == [[], [], [], []]
    contacts = [spotler.get(f"/contact/p{number}") for number in range(3)]
    who = [{name: one[name] for name in ("externalId", "encryptedId")} for one in contacts]

    def event(number: int, date: str, name: str, **more: Any) -> dict[str, Any]:
        whose = {"contactIdentifier": who[number], "campaignSubscriptionId": ids[number]}
        return {**whose, MEMBERS[name]: date, **more}

    assert got == {
        "recipients": [event(n, FIRST if n == 0 else SECOND, "recipients") for n in range(3)],
        "opens": [event(1, SECOND, "opens")],
        "clicks": [event(1, SECOND, "clicks", linkId=1)],
        "bounces": [event(2, SECOND, "bounces", type="SOFTBOUNCE")],
    }
    assert spotler.get(f"/campaign-mailing/{hello}")["links"][0]["id"] == 1
    own = f"/campaign-mailing/{hello}/opens/{{}}", f"/campaign-mailing/{hello}/clicks/{{}}"
    assert spotler.get(own[0].format(ids[1]))["opens"] == [{"openDate": SECOND}]
    assert spotler.get(own[1].format(ids[1]))["clicks"] == [{"clickDate": SECOND, "linkId": 1}]
    assert spotler.get(own[0].format(ids[0]))["opens"] == []
    for path in own:
        error = spotler.fail(400, "GET", path.format(max(ids) + 1))
        assert error == {"errorType": "INVALID_PARAMS", "message": "Invalid param: Contact not found"}


def test_lists_of_a_campaign_mailing_have_pages_and_periods(spotler: Spotler) -> None:
    first = react(spotler, "p0", opened=True, clicked=True, bounce="SOFTBOUNCE")
    spotler.world.clock.set(SECOND)
    for contact in ("p1", "p2"):
        react(spotler, contact, opened=True, clicked=True, bounce="SOFTBOUNCE")
    root, id = f"/campaign-mailing/{first['campaignMailing']['encryptedId']}", first["campaignSubscriptionId"]
    for kind in KINDS:
        whole = spotler.get(f"{root}/{kind}")
        assert (len(whole[kind]), whole["paging"]["next"]) == (3, None)
        page = spotler.get(f"{root}/{kind}", pageSize=2)
        rest = spotler.session.get(page["paging"]["next"], timeout=10).json()
        assert page[kind] + rest[kind] == whole[kind]
        assert spotler.get(f"{root}/{kind}", fromDate=SECOND[:-1])[kind] == whole[kind][1:]
        assert spotler.get(f"{root}/{kind}", toDate=FIRST[:-1])[kind] == whole[kind][:1]
        error = spotler.fail(400, "GET", f"{root}/{kind}", params={"fromDate": "soon"})
        assert "fromDate" in error["message"]
    for kind in ("opens", "clicks"):
        path = f"{root}/{kind}/{id}"
        assert len(spotler.get(path, toDate=FIRST[:-1])[kind]) == 1
        assert spotler.get(path, fromDate=SECOND[:-1])[kind] == []


def test_campaign_mailings_without_lists(spotler: Spotler) -> None:
    text = spotler.backstage("record_campaign_mailing", contact="p0", name="Text", type="SMS", opened=True)
    id, own = text["campaignMailing"]["encryptedId"], text["campaignSubscriptionId"]
    for kind in ("", *(f"/{kind}" for kind in KINDS), f"/opens/{own}", f"/clicks/{own}"):
        prefix = "Invalid param: " if str(own) in kind else ""
        error = spotler.fail(400, "GET", f"/campaign-mailing/{id}{kind}")
        assert error == {"errorType": "INVALID_MAILING", "message": f"{prefix}Mailing type invalid"}
        error = spotler.fail(404, "GET", f"/campaign-mailing/nope{kind}")
        assert error == {"errorType": "MAILING_NOTFOUND", "message": "Mailing not found"}


def test_a_hard_bounce_marks_the_contact(spotler: Spotler) -> None:
    with spotler.world.changes() as changes:
        react(spotler, "p0", bounce="SOFTBOUNCE")
    assert changes.updated("spotler.contacts") == []
    with spotler.world.changes() as changes:
        react(spotler, "p0", bounce="HARDBOUNCE")
    assert [one["id"] for one in changes.updated("spotler.contacts")] == ["p0"]
