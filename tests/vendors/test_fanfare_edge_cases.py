"""Fanfare: moments that no calendar has, cursors that are none of ours, files at and beyond the limits."""

from base64 import b64decode, b64encode
from typing import Any

import orjson
import pytest

from mockserver.client import World
from mockserver.vendors.fanfare import csv_files
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, TIERS, Fanfare, make_rule

NEVER = ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"]
"""Date-times to JSON Schema, but beyond every calendar."""


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


@pytest.mark.parametrize("never", NEVER)
def test_moments_of_no_calendar_are_refused(fanfare: Fanfare, never: str) -> None:
    audience = fanfare.audience(type="STATIC")
    told = fanfare.invalid("PUT", f"{AUDIENCES}/{audience}", {"lastRefreshedAt": never})
    assert told == {"lastRefreshedAt": "Invalid date"}
    for name in ("createdAfter", "createdBefore"):
        assert fanfare.invalid("GET", CONSUMERS, **{name: never}) == {name: "Invalid date"}
    rule = make_rule("lastOrderAt", "LESS_THAN", never)
    told = fanfare.invalid("POST", AUDIENCES, {"name": "x", "type": "DYNAMIC", "rules": [rule]})
    assert told.keys() == {"rules.0.values"}


@pytest.mark.parametrize("values", [["nan"], ["-inf"], ["1e999"], ["five"], ["1_000"], [True]])
def test_what_is_no_number_is_refused(fanfare: Fanfare, values: list[Any]) -> None:
    rule = make_rule("totalOrders", "EQUALS", *values)
    told = fanfare.invalid("POST", AUDIENCES, {"name": "x", "type": "DYNAMIC", "rules": [rule]})
    assert told.keys() == {"rules.0.values"}


def cursor(value: Any) -> str:
    return b64encode(orjson.dumps(value)).decode()


def text_of(cursor: str) -> str:
    return str(orjson.loads(b64decode(cursor))["sortValue"])


@pytest.mark.parametrize(
    "odd",
    [
        "å",
        "%%%",
        b64encode(b"\xff").decode(),
        cursor("cons"),
        cursor({"id": 7, "sortValue": "2024-01-01"}),
        cursor({"id": "cons"}),
        cursor({"id": "cons", "sortValue": "soon"}),
        cursor({"id": "cons", "sortValue": {}}),
        cursor({"id": "cons", "sortValue": NEVER[1]}),
    ],
)
@pytest.mark.parametrize("sort_by", ["createdAt", "lastOrderAt", "email", "totalOrders"])
def test_a_cursor_that_is_none_is_refused(fanfare: Fanfare, odd: str, sort_by: str) -> None:
    texts = [cursor({"id": "cons", "sortValue": text}) for text in ("soon", NEVER[1])]
    if sort_by == "email" and odd in texts:
        found = fanfare.walk(CONSUMERS, sortBy=sort_by, sortDir="asc")
        rest = fanfare.get(CONSUMERS, after=odd, sortBy=sort_by, sortDir="asc", first=100)["data"]
        assert rest == [one for one in found if one["email"] > text_of(odd)][:100], "any text is a place"
        return
    told = fanfare.invalid("GET", CONSUMERS, after=odd, sortBy=sort_by)
    assert told == {"after": "Invalid cursor"}
    assert fanfare.invalid("GET", CONSUMERS, before=odd, sortBy=sort_by) == {"before": "Invalid cursor"}


@pytest.mark.parametrize("sort_by", ["createdAt", "email", "fullName", "lastOrderAt", "totalOrders"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_pages_lead_through_every_order_both_ways(fanfare: Fanfare, sort_by: str, direction: str) -> None:
    order = {"sortBy": sort_by, "sortDir": direction}
    forward = [one["id"] for one in fanfare.walk(CONSUMERS, 30, **order)]
    assert len(set(forward)) == len(forward) == 200
    backward: list[str] = []
    before: dict[str, str] = {}
    while (page := fanfare.get(CONSUMERS, last=40, **order, **before))["data"]:
        backward = [one["id"] for one in page["data"]] + backward
        before = {"before": page["pageInfo"]["startCursor"]}
    assert backward == forward


def test_consumers_of_one_audience_are_listed_by_pages(fanfare: Fanfare) -> None:
    some = [one["id"] for one in fanfare.all_consumers()[:5]]
    audience = fanfare.audience(type="STATIC")
    fanfare.add_members(audience, *some)
    assert [one["id"] for one in fanfare.walk(CONSUMERS, 2, audienceId=audience)] == some


def test_who_is_imported_into_an_audience_that_goes_stays_outside(fanfare: Fanfare) -> None:
    audience = fanfare.audience(type="STATIC")
    opened = fanfare.send("POST", f"{AUDIENCES}/{audience}/import")
    assert fanfare.upload(opened["uploadUrl"], "email\nnew@example.com\n").status_code == 200
    fanfare.send("DELETE", f"{AUDIENCES}/{audience}")
    fanfare.world.clock.advance(minutes=1)
    assert fanfare.get(CONSUMERS, search="new@example.com")["data"] == []


def test_a_file_at_its_limits() -> None:
    columns, batches = csv_files.parse_file(b"email\n" + b"a@b.example\n" * csv_files.MAX_ROWS)
    assert columns == ["email"]
    assert [batch.first for batch in batches] == list(range(1, csv_files.MAX_ROWS, csv_files.BATCH_SIZE))
    assert sum(len(batch.rows) for batch in batches) == csv_files.MAX_ROWS


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"email\n" + b"a@b.example\n" * (csv_files.MAX_ROWS + 1), "Too many rows"),
        (b"email\n" + b"a" * csv_files.MAX_BYTES, "File too large"),
        (b'email\n"' + b"a" * 200_000 + b'"\n', "Row too long"),
        (b"", "Missing header"),
        (b"name,city\nAda,London\n", "Missing header"),
        (b"\xff\xfe\n", "Missing header"),
    ],
)
def test_a_file_that_cannot_be_read(raw: bytes, reason: str) -> None:
    with pytest.raises(csv_files.UnreadableFileError, match=reason):
        csv_files.parse_file(raw)


@pytest.mark.parametrize(
    ("cells", "issue"),
    [
        (None, "Encoding error"),
        (["", "", "", "extra"], "Row too long"),
        ([" ", "", "{}"], "Missing required field"),
        (["ada@localhost"], "Invalid email"),
        (["", "0201234567"], "Invalid phone"),
        (["ada@example.com", "", "[]"], "Invalid metadata"),
        (["ada@example.com", "", "{"], "Invalid metadata"),
    ],
)
def test_a_row_that_makes_no_consumer(cells: list[str] | None, issue: str) -> None:
    with pytest.raises(csv_files.RejectedRowError, match=issue):
        csv_files.parse_row(["email", "phone", "metadata"], cells)


def test_a_row_that_is_no_text_spoils_itself_only() -> None:
    _columns, (batch,) = csv_files.parse_file(b"email\n\xff@b.example\na@b.example\n")
    assert batch.rows == [None, ["a@b.example"]]


def test_an_import_fails_backstage_only_while_it_runs(fanfare: Fanfare) -> None:
    audience = fanfare.audience(type="STATIC")
    fanfare.import_file(audience, "email\nada@example.com\n")
    with pytest.raises(Exception, match="no pending or processing import"):
        fanfare.backstage("fail_import", audienceId=audience)


def test_true_in_the_place_of_one_is_a_change(fanfare: Fanfare) -> None:
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
def test_a_tier_whose_metadata_were_overwritten_stays_in_its_group(fanfare: Fanfare, metadata: Any) -> None:
    cut = fanfare.save_tiers(TIERS)
    group, silver = cut["tierGroup"], cut["audiences"][1]
    fanfare.send("PUT", f"{AUDIENCES}/{silver['id']}", {"metadata": metadata})
    ids = {one["id"] for one in cut["audiences"]}
    assert {one["id"] for one in fanfare.get(f"{AUDIENCES}/groups/{group}")} == ids
    assert fanfare.get(f"{AUDIENCES}/groups/{group}/members")["data"]
    assert fanfare.save_tiers(TIERS, group)["audiences"][1]["metadata"] == silver["metadata"]
    assert len(fanfare.send("DELETE", f"{AUDIENCES}/groups/{group}")) == len(TIERS)


@pytest.mark.parametrize("depth", [190, 240, 300, 900])
def test_metadata_are_kept_or_refused_however_deep(fanfare: Fanfare, depth: int) -> None:
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
def test_points_are_numbers_as_long_as_they_are_exact(fanfare: Fanfare, cell: str, kept: int | str) -> None:
    audience = fanfare.audience(type="STATIC")
    assert fanfare.import_file(audience, f"email,loyaltyPoints\na@b.cc,{cell}\n")["status"] == "SUCCESS"
    (member,) = fanfare.walk(f"{AUDIENCES}/{audience}/members")
    assert member["metadata"] == {"loyaltyPoints": kept}
