import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver import __version__
from mockserver.contract.contract import Contract
from mockserver.verify.finding import Finding
from mockserver.verify.http_client import Request, Response
from mockserver.verify.reports import FORMATS
from mockserver.verify.result import Case, HttpExchange, VerificationResult
from mockserver.verify.table import summary, table

NEW = Finding("stories", "schema", "get_book", "read/two", "<'title'> is\x00 a required property", "/title")
OLD = Finding("fuzz", "status_code_conformance", "list_books", "Undocumented", "418")
REQUEST = Request(
    "GET", "http://shelf/books?key=K-secret&a=b", {"X-Key": "K-secret"}, b'{"password": "K-secret"}'
)
RESPONSE = Response(
    200, {"content-type": "application/json", "set-cookie": "a=b"}, b'{"key": "K-secret"}', 0.5, 1700000000
)


FACTS = {"date": "2026-11-29T02:40:00Z", "version": __version__, "target": "http://shelf", "seed": "4700"}


@pytest.fixture
def result() -> VerificationResult:
    cases = [
        Case(
            "stories",
            "read",
            (NEW,),
            (HttpExchange("get_book", REQUEST, RESPONSE), HttpExchange(None, REQUEST, RESPONSE)),
            0.5,
        ),
        Case("stories", "write", skipped="it writes & more"),
        Case("fuzz", "coverage list_books", (OLD, OLD), (HttpExchange("list_books", REQUEST, RESPONSE),)),
    ]
    accepted = frozenset({OLD.key, "fuzz:gone:-:x:"})
    started = datetime(2026, 11, 29, 2, 40, tzinfo=UTC)
    return VerificationResult("shelf", "http://shelf", accepted, cases, seed=4700, started=started)


def written(name: str, shelf: Contract, result: VerificationResult) -> str:
    text = FORMATS[name](shelf, result, ["K-secret", ""])
    assert "K-secret" not in text
    return text


def test_new_and_stale_findings(result: VerificationResult) -> None:
    assert result.findings == [NEW, OLD]
    assert result.new_findings == [NEW]
    assert result.stale_keys == ["fuzz:gone:-:x:"]


def test_junit(shelf: Contract, result: VerificationResult) -> None:
    root = ElementTree.fromstring(written("junit", shelf, result))  # noqa: S314 - our own
    suites = {suite.get("name"): suite for suite in root}
    drift = suites.pop("shelf drift")
    assert (drift.get("tests"), len(drift)) == ("0", 1)
    assert (drift[0].text or "").strip().splitlines() == [
        line.removeprefix("drift: ") for line in summary(shelf, result) if line.startswith("drift: ")
    ]
    assert {
        name: (one.get("tests"), one.get("failures"), one.get("skipped")) for name, one in suites.items()
    } == {
        "shelf stories": ("2", "1", "1"),
        "shelf fuzz": ("1", "0", "0"),
    }
    for suite in suites.values():
        assert suite.get("timestamp") == "2026-11-29T02:40:00"
        assert {one.get("name"): one.get("value") for one in suite.iterfind("properties/property")} == FACTS
    failure = suites["shelf stories"].find("testcase/failure")
    assert failure is not None
    assert "get_book /title" in (failure.get("message") or "")


def test_json(shelf: Contract, result: VerificationResult) -> None:
    report: dict[str, Any] = json.loads(written("json", shelf, result))
    assert [(one["key"], one["new"]) for one in report["findings"]] == [(NEW.key, True), (OLD.key, False)]
    assert {name: str(report[name]) for name in FACTS} == FACTS
    assert [one["pointer"] for one in report["drift"]] == ["/key", "/title", "", "/x-total"]
    assert [one["skipped"] for one in report["cases"]] == [None, "it writes & more", None]


def test_html(shelf: Contract, result: VerificationResult) -> None:
    result.cases += [
        Case("stories", "more", (replace(NEW, place="more/<one>"),)),
        Case("fuzz", "x", obstacle="it <b>"),
    ]
    text = written("html", shelf, result)
    assert "&lt;&#39;title&#39;&gt;" in text
    assert "it writes &amp; more" in text
    assert "it &lt;b&gt;" in text
    assert "<script" not in text
    assert "<li>Book /title is missing (get_book: 1 reply)</li>" in text
    assert text.count('<span class="mark">new</span>') == 1  # one cause in two places
    assert "<li>more/&lt;one&gt;</li>" in text
    assert '<span class="mark">accepted</span>' in text
    for name, value in FACTS.items():
        assert f"<div><dt>{name}</dt><dd>{value}</dd></div>" in text
    result.sides = ("built-in fake", "https://shelf.example")
    assert "<dt>b</dt><dd>https://shelf.example</dd>" in written("html", shelf, result)


def test_har(shelf: Contract, result: VerificationResult) -> None:
    log = json.loads(written("har", shelf, result))["log"]
    assert (log["version"], len(log["entries"])) == ("1.2", 3)
    entry = log["entries"][0]
    assert entry["startedDateTime"] == "2023-11-14T22:13:20+00:00"
    assert entry["request"]["headers"] == [{"name": "X-Key", "value": "…"}]
    assert {"name": "set-cookie", "value": "…"} in entry["response"]["headers"]
    assert entry["request"]["postData"] == {"mimeType": "", "text": '{"password":"…"}'}
    assert entry["time"] == 500


def test_table(shelf: Contract, result: VerificationResult) -> None:
    lines = table(shelf, result)
    checks = "status  content type  headers  schema   problem  criterion  fuzz"
    assert lines[0] == f"operation        calls  {checks}"
    cells = {line.split()[0]: line.split()[1:] for line in lines[1:]}
    assert cells["get_book"] == ["1", "ok", "ok", "ok", "1", "found", "ok", "ok", "ok"]
    assert cells["list_books"] == ["1", "ok", "ok", "ok", "ok", "ok", "ok", "1", "found"]
    assert cells["delete_book"] == ["0", *["-"] * 7]
    assert lines[-1].split()[:3] == ["(no", "operation)", "1"]


def test_one_cause_in_several_places_is_one_line(shelf: Contract, result: VerificationResult) -> None:
    places = tuple(replace(NEW, place=f"read/{number}") for number in range(3))
    other = replace(NEW, pointer="/name")
    statuses = [
        replace(
            NEW, check="status", pointer="", place=place, message=f"status {status} is undeclared; {more}"
        )
        for place, status, more in (("a/1", 418, "x"), ("b/1", 418, "y"), ("c/1", 419, "x"))
    ]
    result.cases = [Case("stories", "read", (*places, other, *statuses))]
    lines = [line for line in summary(shelf, result) if line.startswith("new: ")]
    assert [line.rpartition(" (")[2] for line in lines] == [
        "read/0 and 2 more places)",
        "read/two)",
        "a/1 and 1 more place)",
        "c/1)",
    ]


def test_summary(shelf: Contract, result: VerificationResult) -> None:
    lines = summary(shelf, result)
    assert lines[:4] == [
        "drift: Book /key is new (get_book: 1 reply)",
        "drift: Book /title is missing (get_book: 1 reply)",
        "drift: list_books 200 is an object (list_books: 1 reply)",
        "drift: list_books 200 /x-total is missing (list_books: 1 reply)",
    ]
    assert lines[4].startswith("new: stories schema: get_book /title: ")
    assert lines[5:] == [
        "accepted, but no longer found: fuzz:gone:-:x:",
        "skipped: stories write: it writes & more",
        "shelf: 1 new, 1 accepted (2 run, 1 skipped, 3 calls)",
    ]
