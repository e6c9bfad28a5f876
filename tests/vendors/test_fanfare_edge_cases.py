"""Fanfare: dates outside the calendar, foreign cursors, deep metadata and other edge cases."""

from base64 import b64decode, b64encode
from typing import Any

import orjson
import pytest

from mockserver.client import World
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, TIERS, Fanfare, make_rule

OUTSIDE_THE_CALENDAR = ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"]
"""Valid date-times for JSON Schema, but outside the years 1 to 9999 in UTC."""


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


@pytest.fixture(scope="module")
def unchanged(mockserver_module: World) -> Fanfare:
    """That of one world for the many calls that are refused, and so change nothing."""
    return Fanfare(mockserver_module)


@pytest.mark.parametrize("date", OUTSIDE_THE_CALENDAR)
def test_dates_outside_the_calendar_are_refused(fanfare: Fanfare, date: str) -> None:
    audience = fanfare.audience(type="STATIC")
    errors = fanfare.invalid("PUT", f"{AUDIENCES}/{audience}", {"lastRefreshedAt": date})
    assert errors == {"lastRefreshedAt": "Invalid date"}
    for name in ("createdAfter", "createdBefore"):
        assert fanfare.invalid("GET", CONSUMERS, **{name: date}) == {name: "Invalid date"}
    rule = make_rule("lastOrderAt", "LESS_THAN", date)
    errors = fanfare.invalid("POST", AUDIENCES, {"name": "x", "type": "DYNAMIC", "rules": [rule]})
    assert errors.keys() == {"rules.0.values"}


@pytest.mark.parametrize("values", [["nan"], ["-inf"], ["1e999"], ["five"], ["1_000"], [True]])
def test_invalid_numbers_are_refused(fanfare: Fanfare, values: list[Any]) -> None:
    rule = make_rule("totalOrders", "EQUALS", *values)
    errors = fanfare.invalid("POST", AUDIENCES, {"name": "x", "type": "DYNAMIC", "rules": [rule]})
    assert errors.keys() == {"rules.0.values"}


FAR = 4_000_000_000


def cursor(value: Any) -> str:
    return b64encode(orjson.dumps(value)).decode()


def text_of(cursor: str) -> str:
    return str(orjson.loads(b64decode(cursor))["sortValue"])


@pytest.mark.parametrize(
    "invalid",
    [
        "å",
        "%%%",
        b64encode(b"\xff").decode(),
        cursor("cons"),
        cursor({"id": 7, "sortValue": "2024-01-01", "issuedAt": FAR}),
        cursor({"id": "cons"}),
        cursor({"id": "cons", "sortValue": "2024-01-01T00:00:00Z"}),
        cursor({"id": "cons", "sortValue": "2024-01-01T00:00:00Z", "issuedAt": "now"}),
        cursor({"id": "cons", "sortValue": "soon", "issuedAt": FAR}),
        cursor({"id": "cons", "sortValue": {}, "issuedAt": FAR}),
        cursor({"id": "cons", "sortValue": OUTSIDE_THE_CALENDAR[1], "issuedAt": FAR}),
    ],
)
@pytest.mark.parametrize("sort_by", ["createdAt", "lastOrderAt", "email", "totalOrders"])
def test_invalid_cursors_are_refused(unchanged: Fanfare, invalid: str, sort_by: str) -> None:
    texts = [
        cursor({"id": "cons", "sortValue": text, "issuedAt": FAR})
        for text in ("soon", OUTSIDE_THE_CALENDAR[1])
    ]
    if sort_by == "email" and invalid in texts:
        found = unchanged.walk(CONSUMERS, sortBy=sort_by, sortDir="asc")
        rest = unchanged.get(CONSUMERS, after=invalid, sortBy=sort_by, sortDir="asc", first=100)["data"]
        assert rest == [one for one in found if one["email"] > text_of(invalid)][:100], (
            "any text is a valid position"
        )
        return
    errors = unchanged.invalid("GET", CONSUMERS, after=invalid, sortBy=sort_by)
    assert errors == {"after": "Invalid cursor"}
    assert unchanged.invalid("GET", CONSUMERS, before=invalid, sortBy=sort_by) == {"before": "Invalid cursor"}


@pytest.mark.parametrize("sort_by", ["createdAt", "email", "fullName", "lastOrderAt", "totalOrders"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_every_sort_order_can_be_paged_in_both_directions(
    fanfare: Fanfare, sort_by: str, direction: str
) -> None:
    order = {"sortBy": sort_by, "sortDir": direction}
    forward = [one["id"] for one in fanfare.walk(CONSUMERS, 30, **order)]
    assert len(set(forward)) == len(forward) == 200
    backward: list[str] = []
    before: dict[str, str] = {}
    while (page := fanfare.get(CONSUMERS, last=40, **order, **before))["data"]:
        backward = [one["id"] for one in page["data"]] + backward
        before = {"before": page["pageInfo"]["startCursor"]}
    assert backward == forward


def test_consumers_of_one_audience_are_paged(fanfare: Fanfare) -> None:
    some = [one["id"] for one in fanfare.all_consumers()[:5]]
    audience = fanfare.audience(type="STATIC")
    fanfare.add_members(audience, *some)
    assert [one["id"] for one in fanfare.walk(CONSUMERS, 2, audienceId=audience)] == some


def test_archiving_an_audience_stops_its_import(fanfare: Fanfare) -> None:
    audience = fanfare.audience(type="STATIC")
    opened = fanfare.send("POST", f"{AUDIENCES}/{audience}/import")
    assert fanfare.upload(opened["uploadUrl"], "email\nnew@example.com\n").status_code == 200
    fanfare.send("DELETE", f"{AUDIENCES}/{audience}")
    fanfare.world.clock.advance(minutes=1)
    assert fanfare.get(CONSUMERS, search="new@example.com")["data"] == []


def test_finished_import_cannot_be_failed(fanfare: Fanfare) -> None:
    audience = fanfare.audience(type="STATIC")
    fanfare.import_file(audience, "email\nada@example.com\n")
    with pytest.raises(Exception, match="no pending or processing import"):
        fanfare.backstage("fail_import", audienceId=audience)


def test_true_and_one_are_different(fanfare: Fanfare) -> None:
    audience = fanfare.audience(type="STATIC", metadata={"flag": 1, "more": [{"deep": 0}]})
    consumer = fanfare.consumer(metadata={"flag": 1})
    dynamic = fanfare.audience(make_rule("metadata.flag", "EQUALS", 1))
    (rule,) = fanfare.get(f"{AUDIENCES}/{dynamic}/rules")
    assert fanfare.members(dynamic) == [consumer]
    for metadata in ({"flag": True, "more": [{"deep": 0}]}, {"flag": True, "more": [{"deep": False}]}):
        before = fanfare.get(f"{AUDIENCES}/{audience}")["version"]
        after = fanfare.send("PUT", f"{AUDIENCES}/{audience}", {"metadata": metadata})
        assert orjson.dumps(after["metadata"]) == orjson.dumps(metadata)
        assert after["version"] == before + 1
    after = fanfare.send("PUT", f"{AUDIENCES}/{audience}", {"metadata": dict(reversed(metadata.items()))})
    assert after["version"] == before + 1
    assert (
        fanfare.send("PUT", f"{CONSUMERS}/{consumer}", {"metadata": {"flag": True}})["metadata"]["flag"]
        is True
    )
    assert fanfare.members(dynamic) == []
    path = f"{AUDIENCES}/{dynamic}/rules/{rule['id']}"
    assert fanfare.send("PUT", path, {"values": [True]})["values"][0] is True
    fanfare.world.clock.advance(seconds=2)
    assert fanfare.members(dynamic) == [consumer]


@pytest.mark.parametrize(
    "metadata", [None, {}, {"tierOrder": "third"}, {"tierOrder": None}, {"tierOrder": []}]
)
def test_tier_with_overwritten_metadata_stays_in_its_group(fanfare: Fanfare, metadata: Any) -> None:
    cut = fanfare.save_tiers(TIERS)
    group, silver = cut["tierGroup"], cut["audiences"][1]
    fanfare.send("PUT", f"{AUDIENCES}/{silver['id']}", {"metadata": metadata})
    ids = {one["id"] for one in cut["audiences"]}
    assert {one["id"] for one in fanfare.get(f"{AUDIENCES}/groups/{group}")} == ids
    assert fanfare.get(f"{AUDIENCES}/groups/{group}/members")["data"]
    assert fanfare.save_tiers(TIERS, group)["audiences"][1]["metadata"] == silver["metadata"]
    assert len(fanfare.send("DELETE", f"{AUDIENCES}/groups/{group}")) == len(TIERS)


@pytest.mark.parametrize("depth", [190, 240, 300, 900])
def test_metadata_nesting_limit(fanfare: Fanfare, depth: int) -> None:
    deep = '{"a":' * depth + "1" + "}" * depth
    reply = fanfare.session.post(
        fanfare.url + CONSUMERS, data=f'{{"metadata":{deep}}}', headers={"Content-Type": "application/json"}
    )
    if depth < 200:
        assert orjson.dumps(reply.json()["metadata"]).decode() == deep
    else:
        refusal = {"error": "bad_request", "message": "Invalid JSON in request body"}
        assert (reply.status_code, reply.json()) == (400, refusal)
    quoted = deep.replace('"', '""')
    done = fanfare.import_file(fanfare.audience(type="STATIC"), f'email,metadata\na@b.cc,"{quoted}"\n')
    assert done["errors"] == (None if depth < 200 else [{"row": 1, "issues": ["Invalid metadata"]}])
    assert fanfare.all_consumers()


@pytest.mark.parametrize(
    ("cell", "kept"),
    [("0", 0), ("9" * 15, 10**15 - 1), ("9" * 20, "9" * 20), ("9" * 5000, "9" * 5000), ("-5", "-5")],
)
def test_points_beyond_exact_numbers_stay_strings(fanfare: Fanfare, cell: str, kept: int | str) -> None:
    audience = fanfare.audience(type="STATIC")
    assert fanfare.import_file(audience, f"email,loyaltyPoints\na@b.cc,{cell}\n")["status"] == "SUCCESS"
    (member,) = fanfare.walk(f"{AUDIENCES}/{audience}/members")
    assert member["metadata"] == {"loyaltyPoints": kept}
