"""The sources of rules, and the inferred rules that an exchange depends on."""

import json
from typing import Any

import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.provenance import SOURCES, Source
from mockserver.contract.provenance_report import format_evidence, format_summary, list_rules
from mockserver.formats.json_pointer import parse_pointer

_POST = "/paths/~1books/post"
_GET = "/paths/~1books/get"
_BOOK = "/components/schemas/Book"


def at(root: dict[str, Any], place: str) -> Any:
    """The value at a JSON pointer of the document."""
    node: Any = root
    for token in parse_pointer(place):
        node = node[int(token)] if isinstance(node, list) else node[token]
    return node


def bent(root: dict[str, Any], *inferred: str) -> Contract:
    """The contract with the objects at these pointers marked as inferred."""
    for place in inferred:
        at(root, place)["x-source"] = "inferred"
    return Contract(Document(root, "shelf/openapi.yaml"))


def undeclared(root: dict[str, Any], *places: str) -> Contract:
    """The contract without the sources of the objects at these pointers."""
    for place in places:
        del at(root, place)["x-source"]
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
) -> Any:
    """An exchange as in the journal, with the relevant members."""
    texts = ["" if value is None else json.dumps(value) for value in (body, reply)]
    return {
        "operation": operation,
        "problem": problem,
        "call": {"url": f"http://shelf/books?{query}", "headers": called or {}, "body": texts[0]},
        "reply": {"status": status, "headers": sent or {}, "body": texts[1]},
    }


def test_a_documented_contract_depends_on_no_inferred_rule(shelf: Contract) -> None:
    problem = next(iter(shelf.problems))
    for one in (exchange(reply=[{"title": "Momo"}]), exchange(None, 404, problem=problem), exchange("gone")):
        assert shelf.provenance.inferred_rules(one) == []


def test_inferred_operations_and_problems_count(root: dict[str, Any]) -> None:
    contract = bent(root, _POST, "/components/examples/unfit")
    assert contract.provenance.inferred_rules(exchange("create_book", 201)) == [_POST]
    assert contract.provenance.inferred_rules(exchange("list_books", 400, problem="unfit")) == [
        "/components/examples/unfit"
    ]
    assert contract.provenance.inferred_rules(exchange("list_books")) == []


def test_a_field_counts_if_it_is_sent_or_returned(root: dict[str, Any]) -> None:
    contract = bent(root, f"{_BOOK}/properties/isbn")
    lean = contract.provenance.inferred_rules
    assert lean(exchange(reply=[{"title": "Momo"}])) == []
    assert lean(exchange(reply=[{"title": "Momo"}, {"isbn": "1"}, {"isbn": "2"}])) == [
        f"{_BOOK}/properties/isbn"
    ]
    assert lean(exchange("create_book", 201, body={"isbn": "1"})) == [f"{_BOOK}/properties/isbn"]
    assert lean(exchange("create_book", 400, body={"title": "Momo"})) == []


def test_parts_of_an_inferred_object_count_as_that_object(root: dict[str, Any]) -> None:
    contract = bent(root, _BOOK)
    assert contract.provenance.inferred_rules(exchange(reply=[{"title": "Momo", "isbn": "1"}])) == [_BOOK]
    assert contract.provenance.inferred_rules(exchange(reply=[])) == []


def test_an_alternative_counts_if_the_value_fits_it(root: dict[str, Any]) -> None:
    numbers = {"type": "integer", "x-source": "inferred"}
    root["components"]["schemas"]["Book"]["properties"]["year"] = {"anyOf": [{"type": "string"}, numbers]}
    lean = Contract(Document(root, "shelf/openapi.yaml")).provenance.inferred_rules
    assert lean(exchange(reply=[{"year": "1973"}])) == []
    assert lean(exchange(reply=[{"year": 1973}])) == [f"{_BOOK}/properties/year/anyOf/1"]


def test_members_that_match_a_pattern(root: dict[str, Any]) -> None:
    book = root["components"]["schemas"]["Book"]
    book["patternProperties"] = {"^x-": {"type": "string", "x-source": "inferred"}}
    lean = Contract(Document(root, "shelf/openapi.yaml")).provenance.inferred_rules
    assert lean(exchange(reply=[{"y-a": "b"}])) == []
    assert lean(exchange(reply=[{"x-a": "b"}])) == [f"{_BOOK}/patternProperties/^x-"]


def test_additional_members(root: dict[str, Any]) -> None:
    book = root["components"]["schemas"]["Book"]
    book["patternProperties"] = {"^x-": {"type": "string"}}
    book["additionalProperties"] = {"type": "string", "x-source": "inferred"}
    lean = Contract(Document(root, "shelf/openapi.yaml")).provenance.inferred_rules
    assert lean(exchange(reply=[{"title": "Momo", "x-a": "b"}])) == []
    assert lean(exchange(reply=[{"y-a": "b"}])) == [f"{_BOOK}/additionalProperties"]


def test_boolean_schemas(root: dict[str, Any]) -> None:
    properties = root["components"]["schemas"]["Book"]["properties"]
    properties |= {"any": True, "either": {"anyOf": [True, {"type": "null"}]}, "list": {"items": True}}
    properties["isbn"]["x-source"] = "inferred"
    at(root, f"{_POST}/responses/201/content/application~1json")["schema"] = True
    lean = Contract(Document(root, "shelf/openapi.yaml")).provenance.inferred_rules
    reply = {"any": 1, "either": 2, "list": [3], "isbn": "4"}
    assert lean(exchange(reply=[reply])) == [f"{_BOOK}/properties/isbn"]
    assert lean(exchange("create_book", 201, reply=reply)) == []


def test_a_recursive_schema(root: dict[str, Any]) -> None:
    book = root["components"]["schemas"]["Book"]
    book["properties"]["sequel"] = {"$ref": "#/components/schemas/Book"}
    lean = bent(root, f"{_BOOK}/properties/isbn").provenance.inferred_rules
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
    root: dict[str, Any], place: str, leaning: Any, other: Any
) -> None:
    lean = bent(root, place).provenance.inferred_rules
    assert lean(leaning) == [place]
    assert lean(other) == []


def test_a_contract_that_is_inferred_as_a_whole(root: dict[str, Any]) -> None:
    root["x-source"] = "inferred"
    contract = undeclared(root, _GET, _BOOK)
    assert contract.provenance.inferred_rules(exchange(reply=[{"title": "Momo"}])) == [""]


def test_an_undeclared_schema_counts_as_a_whole(root: dict[str, Any]) -> None:
    lean = undeclared(root, _BOOK).provenance.inferred_rules
    assert lean(exchange(reply=[{"title": "Momo", "isbn": "1", "parts": [{"title": "I"}]}])) == [_BOOK]
    assert lean(exchange("create_book", 201, body={"title": "Momo"})) == [_BOOK]
    assert lean(exchange(reply=[])) == []


def test_a_declared_part_of_an_undeclared_schema_counts_separately(root: dict[str, Any]) -> None:
    properties = root["components"]["schemas"]["Book"]["properties"]
    properties["isbn"]["x-source"] = "inferred"
    properties["title"]["x-source"] = "docs"
    lean = undeclared(root, _BOOK).provenance.inferred_rules
    assert lean(exchange(reply=[{"title": "Momo", "isbn": "1"}])) == [_BOOK, f"{_BOOK}/properties/isbn"]


def test_undeclared_operations_problems_and_parameters_count_as_a_whole(root: dict[str, Any]) -> None:
    title = "/paths/~1books~1{title}/parameters/0"
    lean = undeclared(root, _GET, title, "/components/examples/unfit").provenance.inferred_rules
    assert lean(exchange(query="limit=1", sent={"X-Total": "1"}, reply=[{"title": "Momo"}])) == [_GET]
    assert lean(exchange("create_book", 400, problem="unfit")) == ["/components/examples/unfit"]
    assert lean(exchange("get_book")) == [title]


@pytest.mark.parametrize("kind", ["responses", "requestBodies"])
def test_a_shared_container_counts_for_what_is_written_in_it(kind: str, root: dict[str, Any]) -> None:
    body = {"description": "A book.", "content": {"application/json": {"schema": {"$ref": f"#{_BOOK}"}}}}
    root["components"][kind] = {"Shared": body} | root["components"].get(kind, {})
    shared = {"$ref": f"#/components/{kind}/Shared"}
    if kind == "responses":
        at(root, f"{_GET}/responses")["200"] = shared
    else:
        at(root, _POST)["requestBody"] = shared
    sent = exchange(reply={"title": "Momo"}) if kind == "responses" else exchange("create_book", body={})
    lean = Contract(Document(root, "shelf/openapi.yaml")).provenance.inferred_rules
    assert lean(sent) == []
    body["content"] = {"application/json": {}}
    assert Contract(Document(root, "shelf/openapi.yaml")).provenance.inferred_rules(sent) == []
    body["content"] = {"application/json": {"schema": {"type": "object"}}}
    lean = Contract(Document(root, "shelf/openapi.yaml")).provenance.inferred_rules
    assert lean(sent) == [f"/components/{kind}/Shared"]


def test_a_header_of_a_shared_response_counts_separately(root: dict[str, Any]) -> None:
    refused = "/components/responses/Unauthorized"
    at(root, refused)["headers"] = {"X-Realm": {"schema": {"type": "string"}}}
    lean = Contract(Document(root, "shelf/openapi.yaml")).provenance.inferred_rules
    assert lean(exchange(status=401)) == []
    assert lean(exchange(status=401, sent={"X-Realm": "a"})) == [f"{refused}/headers/X-Realm"]


def test_a_source_is_inherited_from_the_nearest_object_that_declares_one(shelf: Contract) -> None:
    source = shelf.provenance.source_of
    operation, book = ("paths", "/books", "post"), ("components", "schemas", "Book")
    created = Source("docs", operation, ("guide", "client"))
    assert source(operation) == source((*operation, "responses", "201")) == created
    assert source((*book, "properties", "parts", "items")) == Source("docs", book, ("guide",))
    untraceable = ("components", "examples", "untraceable")
    assert source(untraceable) == Source("seed", untraceable)
    assert source(("components", "responses", "Unauthorized")) == Source("inferred", None)


def test_the_root_can_only_declare_inferred(root: dict[str, Any]) -> None:
    root["x-source"] = "docs"
    contract = undeclared(root, _GET)
    assert contract.provenance.source_of(("paths", "/books", "get")) == Source("inferred", None)
    assert contract.provenance.inferred_rules(exchange()) == [_GET]


def test_a_declared_source_does_not_inherit_evidence(root: dict[str, Any]) -> None:
    properties = root["components"]["schemas"]["Book"]["properties"]
    properties["isbn"] |= {"x-source": "observed", "x-source-at": "client"}
    properties["title"]["x-source"] = "docs"
    provenance = Contract(Document(root, "shelf/openapi.yaml")).provenance
    book = ("components", "schemas", "Book", "properties")
    assert provenance.source_of((*book, "isbn")).keys == ("client",)
    assert provenance.source_of((*book, "title")).keys == ()


def test_the_report_lists_every_rule_with_its_source(root: dict[str, Any]) -> None:
    contract = bent(root, f"{_BOOK}/properties/bought")
    entries = list_rules(contract)
    assert {one["name"] for one in entries if one["kind"] == "operation"} == set(contract.operations)
    assert {one["name"] for one in entries if one["kind"] == "problem"} == set(contract.problems)
    assert {"query limit", "header X-Trace"} <= {one["name"] for one in entries if one["kind"] == "parameter"}
    assert {one["source"] for one in entries} == set(SOURCES)
    own = {one["name"]: one for one in entries if one["own"]}
    rules = {*contract.operations, *contract.problems, "path title", "bought"}
    assert own.keys() == rules
    assert (own["create_book"]["source"], own["create_book"]["what"]) == ("docs", "Put a book on the shelf")
    (isbn,) = [one for one in entries if one["at"] == f"{_BOOK}/properties/isbn"]
    assert (isbn["kind"], isbn["source"], isbn["own"], isbn["said_at"]) == ("property", "docs", False, _BOOK)


def test_the_report_lists_the_evidence_of_each_rule(root: dict[str, Any]) -> None:
    root["x-sources"]["fork"] = {"repository": "github.com/shelf/fork"}
    at(root, "/components/examples/untraceable")["x-source-at"] = ["fork", "nowhere"]
    contract = undeclared(root, "/components/schemas/Refusal")
    by_place = {one["at"]: one for one in list_rules(contract)}
    guide = {"key": "guide", "url": "https://shelf.example/docs/books", "title": "Books"}
    client = {
        "key": "client",
        "repository": "github.com/shelf/client",
        "path": "tests/recordings",
        "title": "The client library",
    }
    assert by_place[_POST]["evidence"] == [guide, client]
    assert by_place[f"{_BOOK}/properties/isbn"]["evidence"] == [guide]
    assert by_place["/components/schemas/Refusal/properties/id"]["evidence"] == []
    assert by_place["/components/schemas/Refusal/properties/id"]["said_at"] is None
    assert (
        format_evidence(by_place[_POST])
        == "https://shelf.example/docs/books, github.com/shelf/client tests/recordings"
    )
    assert format_evidence(by_place["/paths/~1books~1{title}/delete"]) == "The publisher's letter"
    assert format_evidence(by_place["/components/examples/untraceable"]) == "github.com/shelf/fork, nowhere"
    assert format_evidence(by_place["/components/schemas/Refusal/properties/id"]) == ""


def test_the_report_of_an_inferred_document(root: dict[str, Any]) -> None:
    root["x-source"] = "inferred"
    contract = undeclared(root, _GET)
    (entry,) = [one for one in list_rules(contract) if one["name"] == "list_books"]
    assert (entry["source"], entry["own"], entry["said_at"]) == ("inferred", False, "")


def test_the_summary_counts_rules_by_their_source() -> None:
    entries = [{"source": source} for source in ("docs", "seed", "docs", "inferred")]
    assert format_summary(entries) == "4 rules: 1 seed, 2 docs, 0 observed, 1 inferred"
