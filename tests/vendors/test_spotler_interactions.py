"""Spotler: who got, opened and clicked a mailing, the interactions of all mailings, and conversions."""

import json
import re
from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.spotler import Spotler, forked

SHOP = "https://shop.example.com/cart"
LINK_TYPES = [
    "twitter",
    "facebook",
    "whatsapp",
    "linkedin",
    "openhtml",
    "opentext",
    "openpdf",
    "openpdftext",
    "unsubscribe",
    "editprofile",
    "webshop",
    "conversion",
]


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    one = Spotler(mockserver)
    for number in range(4):
        one.contact(f"p{number}", email=f"p{number}@example.com")
    return one


def send(spotler: Spotler, contact: str, name: str = "News", **more: Any) -> Any:
    return spotler.backstage("record_mailing", contact=contact, name=name, **more)


def identifier(spotler: Spotler, contact: str) -> dict[str, str]:
    return {"externalId": contact, "encryptedId": spotler.get(f"/contact/{contact}")["encryptedId"]}


@pytest.mark.mockserver(now="2026-01-05T09:00:00.123456Z")
def test_moments_have_milliseconds(spotler: Spotler) -> None:
    """The service is in Java, whose dates count no finer."""
    id = send(spotler, "p0", opened=True, clicked=True)["mailing"]["encryptedId"]
    send(spotler, "p1", bounce="HARDBOUNCE")
    spotler.backstage("add_trend_report", name="Weekly")
    spotler.backstage("add_form", name="Letter")
    spotler.backstage("record_campaign_mailing", contact="p0", name="Welcome", opened=True, clicked=True)
    form = {"postUrl": SHOP, "formParams": {"email": ["p0@example.com"]}}
    assert spotler.send("POST", "/form/result/1", form).status_code == 200
    period = {"fromDate": "2026-01-01", "toDate": "2027-01-01"}
    campaign = spotler.get("/contact/p0/campaign-mailings")["campaignMailingHistories"][0]["campaignMailing"]
    reads = {
        **dict.fromkeys(f"/mailing/{id}/{part}" for part in ("recipients", "opens", "clicks", "bounces")),
        **{f"/mailing-interaction/{kind}": period for kind in ("sent", "opened", "clicked", "bounced")},
        **{f"/campaign-mailing/{campaign['encryptedId']}/{part}": None for part in ("recipients", "opens")},
        **dict.fromkeys(f"/contact/p0/{part}" for part in ("mailings", "campaign-mailings", "forms")),
        "/mailing": period,
        "/trend-report": None,
    }
    for path, params in reads.items():
        text = json.dumps(spotler.get(path, **params or {}))
        assert set(re.findall(r'2026-01-05T09:00:00[^"]*', text)) <= {"2026-01-05T09:00:00.123Z"}, path


@pytest.mark.mockserver(now="2026-01-05T09:00:00Z")
def test_what_became_of_a_mailing(spotler: Spotler, mockserver_server: MockServer) -> None:
    id = send(spotler, "p0", opened=True)["mailing"]["encryptedId"]
    send(spotler, "p1", bounce="SOFTBOUNCE")
    spotler.world.clock.set("2026-01-06T09:00:00Z")
    send(spotler, "p0", opened=True)
    send(spotler, "p2", link={"url": SHOP, "name": "Cart", "type": "conversion"})
    send(spotler, "p3", name="Other", opened=True, clicked=True)
    p0, p1, p2 = (identifier(spotler, name) for name in ("p0", "p1", "p2"))
    first, second = "2026-01-05T09:00:00.000Z", "2026-01-06T09:00:00.000Z"
    with forked(mockserver_server, spotler.world) as fork:
        got = {
            name: fork.get(f"/mailing/{id}/{name}") for name in ("recipients", "opens", "clicks", "bounces")
        }
        stats = fork.get(f"/mailing/{id}/statistics")
        links = fork.get(f"/mailing/{id}")["links"]
    assert [one["contactIdentifier"] for one in got["recipients"]["recipients"]] == [p0, p1, p2]
    assert got["opens"]["opens"] == [
        {"contactIdentifier": p0, "openDate": first},
        {"contactIdentifier": p0, "openDate": second},
    ]
    assert got["clicks"]["clicks"] == [{"contactIdentifier": p2, "clickDate": second, "linkId": 2}]
    assert got["bounces"]["bounces"] == [{"contactIdentifier": p1, "bounceDate": first, "type": "SOFTBOUNCE"}]
    assert links[1] == {"id": 2, "name": "Cart", "url": SHOP, "type": "conversion"}
    # one contact loaded the images and another clicked: two opens
    assert (stats["openCount"], stats["openRenderedCount"], stats["conversionClickCount"]) == (2, 1, 1)
    opens = spotler.get(f"/mailing/{id}/opens/p0")["opens"]
    assert opens == [{"openDate": first}, {"openDate": second}]
    assert spotler.get(f"/mailing/{id}/opens/p1")["opens"] == []
    assert spotler.get(f"/mailing/{id}/clicks/p2")["clicks"] == [{"clickDate": second, "linkId": 2}]


@pytest.mark.parametrize("kind", ["recipients", "opens", "clicks", "bounces", "opens/p0", "clicks/p0"])
def test_lists_of_a_mailing_have_pages(spotler: Spotler, kind: str) -> None:
    reactions: dict[str, Any] = {"opened": True, "clicked": True, "bounce": "SOFTBOUNCE"}
    ids = {send(spotler, f"p{n}", **reactions)["mailing"]["encryptedId"] for n in (0, 0, 0, 1, 2)}
    path = f"/mailing/{ids.pop()}/{kind}"
    member = kind.partition("/")[0]
    whole = spotler.get(path)
    assert (len(whole[member]), whole["paging"]["next"]) == (
        5 if kind in ("opens", "clicks", "bounces") else 3,
        None,
    )
    page = spotler.get(path, pageSize=2)
    rest = spotler.session.get(page["paging"]["next"], timeout=10).json()
    assert page[member] + rest[member] == whole[member][:4]


@pytest.mark.parametrize("kind", ["recipients", "opens", "clicks", "bounces", "opens/p0", "clicks/p0"])
def test_mailings_without_lists(spotler: Spotler, kind: str) -> None:
    text = send(spotler, "p0", name="Text", type="SMS")["mailing"]["encryptedId"]
    error = spotler.fail(400, "GET", f"/mailing/{text}/{kind}")
    prefix = "Invalid param: " if "/" in kind else ""
    assert error == {"errorType": "INVALID_MAILING", "message": f"{prefix}Mailing type invalid"}
    error = spotler.fail(404, "GET", f"/mailing/nope/{kind}")
    assert error == {"errorType": "MAILING_NOTFOUND", "message": "Given mailing not found"}


@pytest.mark.parametrize("kind", ["opens", "clicks"])
def test_lists_of_an_unknown_contact(spotler: Spotler, kind: str) -> None:
    id = send(spotler, "p0")["mailing"]["encryptedId"]
    error = spotler.fail(400, "GET", f"/mailing/{id}/{kind}/nobody")
    assert error == {"errorType": "INVALID_PARAMS", "message": "Invalid param: Contact not found"}


@pytest.mark.mockserver(now="2026-01-05T09:00:00Z")
def test_interactions_of_all_mailings(spotler: Spotler, mockserver_server: MockServer) -> None:
    report = spotler.backstage("add_trend_report", name="Weekly")["id"]
    news = send(spotler, "p0", opened=True, trendReport=report)["mailing"]["encryptedId"]
    other = send(spotler, "p1", name="Other", clicked=True)["mailing"]["encryptedId"]
    send(spotler, "p0", name="Text", type="SMS", opened=True)
    spotler.world.clock.set("2026-01-06T09:00:00Z")
    send(spotler, "p0", opened=True)
    send(spotler, "p2", bounce="HARDBOUNCE")
    send(spotler, "p3", name="Other", bounce="SOFTBOUNCE")
    with forked(mockserver_server, spotler.world) as fork:
        sent, opened, clicked, bounced = (
            fork.get(f"/mailing-interaction/{kind}")["interactions"]
            for kind in ("sent", "opened", "clicked", "bounced")
        )
        assert fork.get("/trend-report")["trendReports"][0]["mailingCount"] == 1
    assert [(one["externalContactId"], one["encryptedMailingId"], one["name"]) for one in sent] == [
        ("p0", news, "News"),
        ("p1", other, "Other"),
        ("p2", news, "News"),
        ("p3", other, "Other"),
    ]
    assert [one.get("trendReportId") for one in sent] == [report, None, report, None]
    # opened twice, so one interaction that has changed
    [once] = opened
    assert (once["date"][:10], once["changeDate"][:10]) == ("2026-01-05", "2026-01-06")
    assert [one["externalContactId"] for one in clicked] == ["p1"]
    assert [(one["externalContactId"], one["bounceType"]) for one in bounced] == [
        ("p2", "HARD"),
        ("p3", "SOFT"),
    ]
    assert len({one["id"] for one in [*sent, *opened, *clicked, *bounced]}) == 8


@pytest.mark.mockserver(now="2026-01-05T09:00:00Z")
def test_interactions_are_filtered(spotler: Spotler) -> None:
    ids = [spotler.backstage("add_trend_report", name=name)["id"] for name in ("A", "B")]
    send(spotler, "p0", name="A", trendReport=ids[1], opened=True)
    send(spotler, "p0", name="A", trendReport=ids[0])
    spotler.world.clock.set("2026-01-06T09:00:00Z")
    send(spotler, "p1", name="B", trendReport=ids[1], opened=True)
    send(spotler, "p2", name="None", opened=True)
    spotler.world.clock.set("2026-01-07T09:00:00Z")
    send(spotler, "p0", name="A", opened=True)

    def found(**query: str) -> list[str]:
        listed = spotler.get("/mailing-interaction/opened", **query)["interactions"]
        return [one["externalContactId"] for one in listed]

    assert found() == ["p0", "p1", "p2"]
    assert found(fromDate="2026-01-06T09:00:00") == ["p1", "p2"]
    assert found(toDate="2026-01-06T08:59:59") == ["p0"]
    assert found(fromChangeDate="2026-01-07T10:00:00+01:00") == ["p0"]
    assert found(toChangeDate="2026-01-06T09:00:00Z") == ["p1", "p2"]
    assert found(trendReportIds=f"{ids[0]}") == ["p0"]
    assert found(trendReportIds=f"{ids[0]},{ids[1]}") == ["p0", "p1"]
    page = spotler.get("/mailing-interaction/opened", pageSize=2, fromDate="2026-01-05T00:00:00+01:00")
    rest = spotler.session.get(page["paging"]["next"], timeout=10).json()
    assert [one["externalContactId"] for one in rest["interactions"]] == ["p2"]
    assert [one["mailingCount"] for one in spotler.get("/trend-report")["trendReports"]] == [1, 1]


@pytest.mark.parametrize("name", ["fromDate", "toDate", "fromChangeDate", "toChangeDate", "trendReportIds"])
def test_filters_of_interactions_must_be_valid(spotler: Spotler, name: str) -> None:
    error = spotler.fail(400, "GET", "/mailing-interaction/sent", params={name: "soon"})
    assert error["errorType"] == "INVALID_PARAMS"
    assert name in error["message"]


def test_a_contact_without_id_has_an_encrypted_id_only(spotler: Spotler) -> None:
    spotler.succeed("POST", "/subscription/subscribe", {"properties": {"email": "new@example.com"}})
    id = send(spotler, "new@example.com")["mailing"]["encryptedId"]
    [recipient] = spotler.get(f"/mailing/{id}/recipients")["recipients"]
    assert list(recipient["contactIdentifier"]) == ["encryptedId"]
    [sent] = spotler.get("/mailing-interaction/sent")["interactions"]
    assert "externalContactId" not in sent


def test_links_of_every_type(spotler: Spotler) -> None:
    for number, type in enumerate(LINK_TYPES):
        link = {"url": f"https://{type}.example.com", "code": f"L{number}", "type": type}
        sent = send(spotler, "p0", link=link)
    again = send(spotler, "p1", link={"url": "https://twitter.example.com"})
    assert again["mailplusId"].split("-")[1] == "2"
    links = spotler.get(f"/mailing/{sent['mailing']['encryptedId']}")["links"]
    assert [one.get("type") for one in links] == [None, *LINK_TYPES]
    assert links[1] == {
        "id": 2,
        "name": "https://twitter.example.com",
        "url": "https://twitter.example.com",
        "code": "L0",
        "type": "twitter",
    }


def test_a_trend_report_of_a_mailing_must_exist(spotler: Spotler) -> None:
    with pytest.raises(Exception, match="unknown trend report 7; add it"):
        send(spotler, "p0", trendReport=7)


def conversion(mailplus_id: str, **more: Any) -> dict[str, Any]:
    return {
        "mailplusId": mailplus_id,
        "type": "CONVERT_SHOPPINGCART",
        "interactionDate": "2026-01-01T10:00:00+01:00",
        **more,
    }


def test_conversions(spotler: Spotler, mockserver_server: MockServer) -> None:
    product = {
        "externalId": "p-1",
        "name": "Coat",
        "link": "https://s",
        "price": "1",
        "imageUrl": "https://s",
    }
    spotler.succeed("POST", "/product", {"product": {**product, "imageLargeUrl": "https://s"}})
    id = send(spotler, "p0", link={"url": SHOP})["mailplusId"]
    spotler.succeed("POST", "/conversion", conversion(id, type="CREATE_SHOPPINGCART"))
    spotler.succeed("POST", "/conversion", conversion(id, value="4995", products=["p-1"]))
    spotler.succeed("POST", "/conversion", conversion(id, type=" CONVERT_SHOPPINGCART", products=None))
    with forked(mockserver_server, spotler.world) as fork:
        found = fork.backstage("list_conversions")["conversions"]
    assert [one["type"] for one in found] == ["CREATE_SHOPPINGCART", *["CONVERT_SHOPPINGCART"] * 2]
    assert [(one["value"], one["products"]) for one in found] == [(None, []), ("4995", ["p-1"]), (None, [])]
    expected = {"mailing": "News", "linkId": 2, "contact": identifier(spotler, "p0")}
    assert {name: found[0][name] for name in expected} == expected
    assert spotler.backstage("list_conversions", limit=1, after=1)["conversions"] == found[1:2]
    assert "mailplusId" not in send(spotler, "p0", name="Text", type="SMS")


def test_a_conversion_as_xml(spotler: Spotler) -> None:
    id = send(spotler, "p0")["mailplusId"]
    body = f"<conversion><mailplusId>{id}</mailplusId><type>CREATE_SHOPPINGCART</type>"
    body += "<interactionDate>2026-01-01</interactionDate></conversion>"
    assert spotler.send_raw("POST", "/conversion", body, "application/xml").status_code == 204
    assert len(spotler.backstage("list_conversions")["conversions"]) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mailplusId": "nope"}, "MailplusId wrong format"),
        ({"mailplusId": None}, "MailplusId wrong format"),
        ({"type": "ABANDON_SHOPPINGCART"}, "Illegal interaction type"),
        ({"value": "49.95"}, "Illegal conversion value"),
        ({"interactionDate": "yesterday"}, "Illegal interaction date"),
        ({"interactionDate": "2026-02-30"}, "Illegal interaction date"),
        ({"products": ["nothing"]}, "Product not found"),
        ({"products": "p-1"}, None),
    ],
)
def test_invalid_conversions(spotler: Spotler, change: dict[str, Any], message: str | None) -> None:
    id = send(spotler, "p0")["mailplusId"]
    error = spotler.fail(400, "POST", "/conversion", conversion(id) | change)
    assert message in (None, error["message"])
    assert spotler.backstage("list_conversions")["conversions"] == []


@pytest.mark.parametrize("missing", ["mailplusId", "type", "interactionDate"])
def test_conversions_without_a_required_member(spotler: Spotler, missing: str) -> None:
    body = conversion(send(spotler, "p0")["mailplusId"])
    del body[missing]
    error = spotler.fail(400, "POST", "/conversion", body)
    texts = {"type": "Illegal interaction type", "interactionDate": "Illegal interaction date"}
    assert error["message"] == texts.get(missing, "MailplusId wrong format")


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        (0, "0" * 16, "Activity not found"),
        (1, "9", "Link not found"),
        (2, "0" * 24, "Contact not found"),
    ],
)
def test_conversions_of_unknown_mailings_links_and_contacts(
    spotler: Spotler, part: int, value: str, message: str
) -> None:
    parts = send(spotler, "p0")["mailplusId"].split("-")
    parts[part] = value
    error = spotler.fail(400, "POST", "/conversion", conversion("-".join(parts)))
    assert error["message"] == message
