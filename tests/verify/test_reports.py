import json
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from mockserver.contract.contract import Contract
from mockserver.verify.finding import Finding
from mockserver.verify.http_client import Came, Sent
from mockserver.verify.reports import FORMS
from mockserver.verify.result import Case, Exchange, Outcome
from mockserver.verify.table import summary, table

NEW = Finding("stories", "schema", "get_book", "read/two", "<'title'> is\x00 a required property", "/title")
OLD = Finding("fuzz", "status_code_conformance", "list_books", "Undocumented", "418")
SENT = Sent("GET", "http://shelf/books?key=K-secret&a=b", {"X-Key": "K-secret"}, b'{"password": "K-secret"}')
CAME = Came(
    200, {"content-type": "application/json", "set-cookie": "a=b"}, b'{"key": "K-secret"}', 0.5, 1700000000
)


@pytest.fixture
def outcome() -> Outcome:
    cases = [
        Case("stories", "read", (NEW,), (Exchange("get_book", SENT, CAME), Exchange(None, SENT, CAME)), 0.5),
        Case("stories", "write", skipped="it writes & more"),
        Case("fuzz", "coverage list_books", (OLD, OLD), (Exchange("list_books", SENT, CAME),)),
    ]
    return Outcome("shelf", "http://shelf", frozenset({OLD.key, "fuzz:gone:-:x:"}), cases)


def written(form: str, shelf: Contract, outcome: Outcome) -> str:
    text = FORMS[form](shelf, outcome, ["K-secret", ""])
    assert "K-secret" not in text
    return text


def test_what_is_new(outcome: Outcome) -> None:
    assert outcome.findings == [NEW, OLD]
    assert outcome.news == [NEW]
    assert outcome.gone == ["fuzz:gone:-:x:"]


def test_junit(shelf: Contract, outcome: Outcome) -> None:
    root = ElementTree.fromstring(written("junit", shelf, outcome))  # noqa: S314 - our own
    suites = {suite.get("name"): suite for suite in root}
    assert {
        name: (one.get("tests"), one.get("failures"), one.get("skipped")) for name, one in suites.items()
    } == {
        "shelf stories": ("2", "1", "1"),
        "shelf fuzz": ("1", "0", "0"),
    }
    failure = suites["shelf stories"].find("testcase/failure")
    assert failure is not None
    assert "get_book /title" in (failure.get("message") or "")


def test_json(shelf: Contract, outcome: Outcome) -> None:
    report: dict[str, Any] = json.loads(written("json", shelf, outcome))
    assert [(one["key"], one["new"]) for one in report["findings"]] == [(NEW.key, True), (OLD.key, False)]
    assert [one["pointer"] for one in report["drift"]] == ["/key", "/title", "", "/x-total"]
    assert [one["skipped"] for one in report["cases"]] == [None, "it writes & more", None]


def test_html(shelf: Contract, outcome: Outcome) -> None:
    text = written("html", shelf, outcome)
    assert "&lt;&#x27;title&#x27;&gt;" in text
    assert "it writes &amp; more" in text
    assert "<script" not in text


def test_har(shelf: Contract, outcome: Outcome) -> None:
    log = json.loads(written("har", shelf, outcome))["log"]
    assert (log["version"], len(log["entries"])) == ("1.2", 3)
    entry = log["entries"][0]
    assert entry["startedDateTime"] == "2023-11-14T22:13:20+00:00"
    assert entry["request"]["headers"] == [{"name": "X-Key", "value": "…"}]
    assert {"name": "set-cookie", "value": "…"} in entry["response"]["headers"]
    assert entry["request"]["postData"] == {"mimeType": "", "text": '{"password": "…"}'}
    assert entry["time"] == 500


def test_table(shelf: Contract, outcome: Outcome) -> None:
    lines = table(shelf, outcome)
    checks = "status  content type  headers  schema   problem  criterion  reply  fuzz"
    assert lines[0] == f"operation        calls  {checks}"
    cells = {line.split()[0]: line.split()[1:] for line in lines[1:]}
    assert cells["get_book"] == ["1", "ok", "ok", "ok", "1", "found", "ok", "ok", "ok", "ok"]
    assert cells["list_books"] == ["1", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "1", "found"]
    assert cells["delete_book"] == ["0", *["-"] * 8]
    assert lines[-1].split()[:3] == ["(none", "answers)", "1"]


def test_summary(shelf: Contract, outcome: Outcome) -> None:
    lines = summary(shelf, outcome)
    assert lines[:4] == [
        "drift: Book /key is new (get_book: 1 reply)",
        "drift: Book /title is missing (get_book: 1 reply)",
        "drift: list_books 200 is an object (list_books: 1 reply)",
        "drift: list_books 200 /x-total is missing (list_books: 1 reply)",
    ]
    assert lines[4].startswith("new: stories schema: get_book /title: ")
    assert lines[5:] == [
        "accepted, but not found any more: fuzz:gone:-:x:",
        "not tried: stories write: it writes & more",
        "shelf: 1 new, 1 accepted (2 tried, 1 not, 3 calls)",
    ]
