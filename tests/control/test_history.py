"""The daily sizes of audiences over the control API."""

from itertools import pairwise
from typing import Any

import pytest

from tests.control.api import Api, refusal

LIFE = {"signups": 60, "orders": 60, "optOuts": 60, "history": 30}
SCENARIO = {
    "people": 40,
    "now": "2026-11-02T08:00:00Z",
    "life": LIFE,
    "vendors": {
        "fanfare": {
            "audiences": [
                {
                    "name": "Letter readers",
                    "type": "DYNAMIC",
                    "rules": [{"field": "metadata.tags", "operator": "CONTAINS", "values": ["Newsletter"]}],
                }
            ]
        }
    },
}


@pytest.fixture
def living(api: Api, name: str) -> str:
    """The path of a world that lives."""
    assert api("POST", "/worlds", {"name": name, "scenario": SCENARIO}).status_code == 201
    return f"/worlds/{name}"


def series(api: Api, path: str, name: str, query: str = "") -> dict[str, Any]:
    """The series of the audience of this name, with the days."""
    reply = api("GET", f"{path}/history?vendor=fanfare{query}")
    assert reply.status_code == 200, reply.text
    body = reply.json()
    (found,) = [one for one in body["series"] if one["name"] == name]
    return {**found, "days": body["days"]}


def test_the_series_goes_on_with_the_clock(api: Api, living: str) -> None:
    before = series(api, living, "Letter readers", "&days=31")
    assert before["days"][0] == "2026-10-03"
    assert before["days"][-1] == "2026-11-02"
    assert None not in before["sizes"]
    assert sum(before["departures"]) > 0
    api("PUT", f"{living}/clock", {"advance": 10 * 86_400})
    after = series(api, living, "Letter readers", "&days=41")
    assert after["days"][-1] == "2026-11-12"
    assert after["sizes"][:30] == before["sizes"][:30]
    assert [new - old for old, new in pairwise(after["sizes"])] == [
        came - went for came, went in zip(after["arrivals"][1:], after["departures"][1:], strict=True)
    ]
    assert sum(after["arrivals"][31:]) > 0


def test_the_range_is_chosen_and_days_without_a_size_are_null(api: Api, living: str) -> None:
    early = series(api, living, "Letter readers", "&to=2026-10-04&days=4")
    assert early["days"] == ["2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04"]
    assert early["sizes"][:2] == early["arrivals"][:2] == early["departures"][:2] == [None, None]
    assert None not in early["sizes"][2:]
    one = series(api, living, "Letter readers", f"&audience={early['audience']}")
    assert len(one["days"]) == 90
    none = api("GET", f"{living}/history?vendor=fanfare&audience=nope").json()
    assert none["series"] == []


def test_what_a_call_changes_is_counted_by_its_sum(api: Api, living: str) -> None:
    before = series(api, living, "Letter readers", "&days=1")
    world = api("GET", living).json()["vendors"]["fanfare"]
    reply = api.session.post(
        f"{world['url']}/api/v1/consumers",
        headers={"Authorization": f"Bearer {world['credentials']['secret_key']}"},
        json={"email": "new@reader.example", "metadata": {"tags": ["Newsletter"]}},
        timeout=20,
    )
    assert reply.status_code == 200
    after = series(api, living, "Letter readers", "&days=1")
    assert after["sizes"] == [before["sizes"][0] + 1]
    assert after["arrivals"] == [before["arrivals"][0] + 1]


def test_a_world_that_does_not_live_has_the_present_sizes(api: Api, name: str) -> None:
    api("POST", "/worlds", {"name": name, "scenario": "demo", "people": 20, "now": "2026-11-02T08:00:00Z"})
    body = api("GET", f"/worlds/{name}/history?days=2").json()
    assert body["days"] == ["2026-11-01", "2026-11-02"]
    assert {one["vendor"] for one in body["series"]} == {*api("GET", f"/worlds/{name}").json()["vendors"]}
    for one in body["series"]:
        assert one["sizes"][0] is None
        assert one["sizes"][1] >= 0
        assert (one["arrivals"][1], one["departures"][1]) == (0, 0)


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("vendor=nope", 404, "unknown_vendor"),
        ("to=2026-02-30", 400, "call_does_not_fit"),
        ("days=401", 400, "call_does_not_fit"),
        ("since=2026-01-01", 400, "call_does_not_fit"),
    ],
)
def test_invalid_ranges_are_refused(api: Api, living: str, query: str, status: int, error: str) -> None:
    assert refusal(api("GET", f"{living}/history?{query}")) == (status, error)
    assert refusal(api("GET", "/worlds/nowhere/history")) == (404, "unknown_world")


@pytest.mark.parametrize(
    ("life", "where"),
    [
        ({"signup": 1}, "/life/signup"),
        ({"history": 2_000}, "/life/history"),
        ({"season": [1]}, "/life/season"),
    ],
)
def test_an_invalid_life_is_refused(api: Api, life: dict[str, Any], where: str) -> None:
    reply = api("POST", "/worlds", {"scenario": {"people": 5, "life": life}})
    assert refusal(reply) == (400, "unfit_scenario")
    assert where in reply.json()["message"]
