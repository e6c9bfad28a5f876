"""Where rules are known from, and which inferred ones an exchange leans on."""

import json
from typing import Any

import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.lint import SOURCES
from mockserver.contract.provenance_report import ledger
from mockserver.formats.json_pointer import parse_pointer

_POST = "/paths/~1books/post"
_GET = "/paths/~1books/get"
_BOOK = "/components/schemas/Book"


def bent(root: dict[str, Any], *inferred: str) -> Contract:
    """The contract with these places marked as inferred."""
    for where in inferred:
        node: Any = root
        for token in parse_pointer(where):
            node = node[int(token)] if isinstance(node, list) else node[token]
        node["x-source"] = "inferred"
    return Contract(Document(root, "shelf/openapi.yaml"))


def exchange(
    operation: str | None = "list_books",
    status: int = 200,
    *,
    query: str = "",
    body: Any = None,
    reply: Any = None,
    problem: str | None = None,
    called: dict[str, str] | None = None,
    sent: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What the journal says of it, as far as it matters."""
    texts = ["" if value is None else json.dumps(value) for value in (body, reply)]
    return {
        "operation": operation,
        "problem": problem,
        "call": {"url": f"http://shelf/books?{query}", "headers": called or {}, "body": texts[0]},
        "reply": {"status": status, "headers": sent or {}, "body": texts[1]},
    }


def test_a_documented_contract_leans_on_nothing(shelf: Contract) -> None:
    problem = next(iter(shelf.problems))
    for one in (exchange(reply=[{"title": "Momo"}]), exchange(None, 404, problem=problem), exchange("gone")):
        assert shelf.provenance.inferred(one) == []


def test_an_inferred_operation_and_an_inferred_problem(root: dict[str, Any]) -> None:
    contract = bent(root, _POST, "/components/examples/unfit")
    assert contract.provenance.inferred(exchange("create_book", 201)) == [_POST]
    assert contract.provenance.inferred(exchange("list_books", 400, problem="unfit")) == [
        "/components/examples/unfit"
    ]
    assert contract.provenance.inferred(exchange("list_books")) == []


def test_a_field_counts_where_it_is_answered_or_sent(root: dict[str, Any]) -> None:
    contract = bent(root, f"{_BOOK}/properties/isbn")
    lean = contract.provenance.inferred
    assert lean(exchange(reply=[{"title": "Momo"}])) == []
    assert lean(exchange(reply=[{"title": "Momo"}, {"isbn": "1"}, {"isbn": "2"}])) == [
        f"{_BOOK}/properties/isbn"
    ]
    assert lean(exchange("create_book", 201, body={"isbn": "1"})) == [f"{_BOOK}/properties/isbn"]
    assert lean(exchange("create_book", 400, body={"title": "Momo"})) == []


def test_what_stands_in_an_inferred_place_is_told_as_that_place(root: dict[str, Any]) -> None:
    contract = bent(root, _BOOK)
    assert contract.provenance.inferred(exchange(reply=[{"title": "Momo", "isbn": "1"}])) == [_BOOK]
    assert contract.provenance.inferred(exchange(reply=[])) == []


def test_an_alternative_counts_where_it_fits(root: dict[str, Any]) -> None:
    numbers = {"type": "integer", "x-source": "inferred"}
    root["components"]["schemas"]["Book"]["properties"]["year"] = {"anyOf": [{"type": "string"}, numbers]}
    lean = Contract(Document(root, "shelf/openapi.yaml")).provenance.inferred
    assert lean(exchange(reply=[{"year": "1973"}])) == []
    assert lean(exchange(reply=[{"year": 1973}])) == [f"{_BOOK}/properties/year/anyOf/1"]


def test_names_that_a_pattern_knows(root: dict[str, Any]) -> None:
    book = root["components"]["schemas"]["Book"]
    book["patternProperties"] = {"^x-": {"type": "string", "x-source": "inferred"}}
    lean = Contract(Document(root, "shelf/openapi.yaml")).provenance.inferred
    assert lean(exchange(reply=[{"y-a": "b"}])) == []
    assert lean(exchange(reply=[{"x-a": "b"}])) == [f"{_BOOK}/patternProperties/^x-"]


def test_a_schema_that_contains_itself(root: dict[str, Any]) -> None:
    book = root["components"]["schemas"]["Book"]
    book["properties"]["sequel"] = {"$ref": "#/components/schemas/Book"}
    lean = bent(root, f"{_BOOK}/properties/isbn").provenance.inferred
    assert lean(exchange(reply=[{"sequel": {"sequel": {"isbn": "1"}}}])) == [f"{_BOOK}/properties/isbn"]
    deep: dict[str, Any] = {}
    for _ in range(200):
        deep = {"sequel": deep}
    assert lean(exchange(reply=[deep])) == []


@pytest.mark.parametrize(
    ("place", "leaning", "other"),
    [
        (f"{_GET}/parameters/0", exchange(query="limit=1"), exchange(query="tag=a")),
        (f"{_GET}/parameters/3", exchange(called={"x-trace": "1"}), exchange()),
        (f"{_GET}/responses/200/headers/X-Total", exchange(sent={"X-Total": "1"}), exchange()),
        (f"{_GET}/responses/200", exchange(), exchange(status=400)),
        (f"{_POST}/responses/5XX", exchange("create_book", 503), exchange("create_book", 201)),
        (f"{_POST}/requestBody", exchange("create_book", 201, body={}), exchange("create_book", 400)),
    ],
)
def test_parameters_headers_replies_and_bodies(
    root: dict[str, Any], place: str, leaning: dict[str, Any], other: dict[str, Any]
) -> None:
    lean = bent(root, place).provenance.inferred
    assert lean(leaning) == [place]
    assert lean(other) == []


def test_a_contract_that_is_inferred_as_a_whole(root: dict[str, Any]) -> None:
    root["x-source"] = "inferred"
    contract = Contract(Document(root, "shelf/openapi.yaml"))
    assert contract.provenance.inferred(exchange(reply=[{"title": "Momo"}])) == [""]


def test_the_ledger_has_every_rule_with_its_source(root: dict[str, Any]) -> None:
    contract = bent(root, _POST)
    entries = ledger(contract)
    assert {one["name"] for one in entries if one["kind"] == "operation"} == set(contract.operations)
    assert {one["name"] for one in entries if one["kind"] == "problem"} == set(contract.problems)
    assert {"query limit", "header X-Trace"} <= {one["name"] for one in entries if one["kind"] == "parameter"}
    assert {one["source"] for one in entries} <= set(SOURCES)
    (own,) = [one for one in entries if one["own"]]
    assert (own["name"], own["source"], own["what"]) == (
        "create_book",
        "inferred",
        "Put a book on the shelf",
    )
    (isbn,) = [one for one in entries if one["at"] == f"{_BOOK}/properties/isbn"]
    assert (isbn["kind"], isbn["source"], isbn["own"], isbn["said_at"]) == ("property", "docs", False, "")
