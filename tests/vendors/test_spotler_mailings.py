"""Spotler: mailings of a period, and what became of each."""

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.spotler import Spotler, forked

COUNTS = ("sentCount", "acceptedCount", "openCount", "clickCount", "hardbounceCount", "softbounceCount")


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    one = Spotler(mockserver)
    for number in range(4):
        one.contact(f"p{number}", email=f"p{number}@example.com")
    return one


def names(spotler: Spotler, first: str, last: str) -> list[str]:
    return [one["name"] for one in spotler.get("/mailing", fromDate=first, toDate=last)]


@pytest.mark.mockserver(now="2026-01-05T09:00:00Z")
def test_mailings_are_listed_by_period(spotler: Spotler) -> None:
    assert names(spotler, "2000-01-01", "2100-01-01") == []
    spotler.backstage("record_mailing", contact="p0", name="First")
    spotler.world.clock.set("2026-01-06T09:00:00Z")
    spotler.backstage("record_mailing", contact="p0", name="Second", type="SMS")
    spotler.backstage("record_mailing", contact="p1", name="First")
    assert names(spotler, "2000-01-01", "2100-01-01") == ["First", "Second"]
    assert names(spotler, "2026-01-05T09:00:00", "2026-01-06T08:59:59") == ["First"]
    assert names(spotler, "2026-01-05T09:00:01", "2026-01-06T09:00:00") == ["Second"]
    first = spotler.get("/mailing", fromDate="2026-01-05", toDate="2026-01-06")[0]
    assert first["scheduledStartDate"].startswith("2026-01-05T09:00:00")
    assert (first["type"], first["sentCount"]) == ("EMAIL", 2)
    history = spotler.get("/contact/p0/mailings")["mailingHistories"]
    assert history[0]["mailing"] == first


@pytest.mark.parametrize("wrong", ["fromDate", "toDate"])
def test_mailings_need_a_period(spotler: Spotler, wrong: str) -> None:
    params = {"fromDate": "2026-01-01", "toDate": "2026-02-01"} | {wrong: "soon"}
    error = spotler.fail(400, "GET", "/mailing", params=params)
    assert error["message"] == f"Invalid {wrong} or no {wrong} given"


def test_the_statistics_of_a_mailing(spotler: Spotler, mockserver_server: MockServer) -> None:
    sent = spotler.backstage("record_mailing", contact="p0", name="News", opened=True)
    spotler.backstage("record_mailing", contact="p0", name="News", opened=True, clicked=True)
    spotler.backstage("record_mailing", contact="p1", name="News", bounce="HARDBOUNCE")
    spotler.backstage("bounce_contact", contact="p2", mailing="News", type="SOFTBOUNCE")
    spotler.backstage("unsubscribe_contact", contact="p3@example.com", mailing="News")
    spotler.backstage("record_mailing", contact="p3", name="Other", opened=True)
    id = sent["mailing"]["encryptedId"]
    with forked(mockserver_server, spotler.world) as fork:
        stats = fork.get(f"/mailing/{id}/statistics")
    assert [stats[name] for name in COUNTS] == [4, 2, 1, 1, 1, 1]
    assert (stats["unsubscribeCount"], stats["notRetainedAfterBounceCount"]) == (1, 1)
    bounces = spotler.get("/contact/bounces/list", fromDate="2000-01-01", toDate="2100-01-01", pageSize=10)
    assert {one["encryptedActId"] for one in bounces["bounces"]} == {id}


def test_the_details_of_a_mailing(spotler: Spotler) -> None:
    sent = spotler.backstage("record_mailing", contact="p0", name="News")["mailing"]
    found = spotler.get(f"/mailing/{sent['encryptedId']}")
    assert {name: found[name] for name in sent} == sent
    assert found["message"]["subject"] == "News"
    assert [one["id"] for one in found["links"]] == [1]


@pytest.mark.parametrize("path", ["", "/statistics"])
def test_mailings_without_details(spotler: Spotler, path: str) -> None:
    sent = spotler.backstage("record_mailing", contact="p0", type="SMS")["mailing"]
    error = spotler.fail(400, "GET", f"/mailing/{sent['encryptedId']}{path}")
    assert error == {"errorType": "INVALID_MAILING", "message": "Mailing type invalid"}
    error = spotler.fail(404, "GET", f"/mailing/nope{path}")
    assert error == {"errorType": "MAILING_NOTFOUND", "message": "Given mailing not found"}


def test_trend_reports_are_listed_by_page(spotler: Spotler, mockserver_server: MockServer) -> None:
    assert spotler.get("/trend-report") == {"paging": {"next": None, "after": 0}, "trendReports": []}
    kinds = [("B2B", "MARKETING"), ("B2C", "INFO"), ("OTHER", "SERVICE")]
    for number, (target, content) in enumerate(kinds, 1):
        more = {"enabled": number != 2, "target": target, "contentType": content}
        made = spotler.backstage("add_trend_report", name=f"R{number}", **more)
        assert made == {"id": number, "name": f"R{number}"}
    with forked(mockserver_server, spotler.world) as fork:
        listed = fork.get("/trend-report")["trendReports"]
    assert [(one["id"], one["name"], one["enabled"]) for one in listed] == [
        (1, "R1", True),
        (2, "R2", False),
        (3, "R3", True),
    ]
    assert [(one["target"], one["contentType"]) for one in listed] == kinds
    first = spotler.get("/trend-report", enabled="true", pageSize=1)
    assert [one["id"] for one in first["trendReports"]] == [1]
    rest = spotler.session.get(first["paging"]["next"], timeout=10).json()
    assert ([one["id"] for one in rest["trendReports"]], rest["paging"]["next"]) == ([3], None)
    assert [one["id"] for one in spotler.get("/trend-report", enabled="false")["trendReports"]] == [2]
