from typing import Any

import orjson
import pytest

from mockserver.call import NOTHING, Call
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.validation import UnknownProperty, ValidationResult, validate_call, validate_reply

_UUID = "2eb8aa08-aa98-11ea-b4aa-73b441d16380"
_JSON = {"content-type": "application/json"}


def _list(shelf: Contract, query: str = "", **headers: str) -> ValidationResult:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return validate_call(shelf.operations["list_books"], Call("GET", "/books", query, named))


def _create(shelf: Contract, raw: bytes, headers: dict[str, str] = _JSON) -> ValidationResult:
    return validate_call(shelf.operations["create_book"], Call("POST", "/books", headers=headers, raw=raw))


def _told(finding: ValidationResult) -> list[tuple[str, str, str]]:
    return [(one.location, one.pointer, one.keyword) for one in finding.violations]


# -- parameters


def test_a_minimal_call_is_valid_and_gets_the_defaults(shelf: Contract) -> None:
    assert _list(shelf) == ValidationResult({"limit": 10})


@pytest.mark.parametrize(
    ("query", "params"),
    [
        ("limit=3", {"limit": 3}),
        ("ratio=3", {"ratio": 3.0}),
        ("ratio=-1.5e2", {"ratio": -150.0}),
        ("full=true", {"full": True}),
        ("full=false", {"full": False}),
        ("tag=a&tag=b", {"tag": ["a", "b"]}),
        ("tag=a,b", {"tag": ["a,b"]}),
        ("shape=1,2", {"shape": [1, 2]}),
        ("shape=1", {"shape": [1]}),
        ("shape=2,3&shape=1", {"shape": [2, 3]}),
        ("limit=1&limit=x", {"limit": 1}),
        ("tag=%C3%A4+b%26", {"tag": ["ä b&"]}),
    ],
)
def test_query_parameters_are_typed_by_their_schemas(
    query: str, params: dict[str, Any], shelf: Contract
) -> None:
    finding = _list(shelf, query)
    assert finding.condition is None
    assert finding.params == {"limit": 10} | params


@pytest.mark.parametrize(
    ("query", "place", "keyword"),
    [
        ("limit=0", "/limit", "minimum"),
        ("limit=", "/limit", "type"),
        ("limit", "/limit", "type"),
        ("limit=1.0", "/limit", "type"),
        ("limit=+1", "/limit", "type"),
        ("limit=1_0", "/limit", "type"),
        ("limit=%D9%A3", "/limit", "type"),
        ("limit=" + "9" * 5000, "/limit", "type"),
        ("limit=x&limit=5", "/limit", "type"),
        ("ratio=nan", "/ratio", "type"),
        ("ratio=1e999", "/ratio", "type"),
        ("ratio=.5", "/ratio", "type"),
        ("full=True", "/full", "type"),
        ("full=1", "/full", "type"),
        ("tag=a&tag=", "/tag/1", "minLength"),
        ("shape=1,x", "/shape/1", "type"),
        ("shape=", "/shape/0", "type"),
    ],
)
def test_text_of_another_type_is_rejected(query: str, place: str, keyword: str, shelf: Contract) -> None:
    finding = _list(shelf, query)
    assert finding.condition == "call_invalid"
    assert _told(finding) == [("query", place, keyword)]


def test_header_names_are_case_insensitive(shelf: Contract) -> None:
    assert _list(shelf, x_trace=_UUID).params["X-Trace"] == _UUID


def test_a_parameter_may_name_a_problem(shelf: Contract) -> None:
    finding = _list(shelf, x_trace="none")
    assert _told(finding) == [("header", "/X-Trace", "format")]
    assert finding.problem == "untraceable"


def test_the_problem_is_that_of_the_first_violation(shelf: Contract) -> None:
    finding = _list(shelf, "limit=0", x_trace="none")
    assert _told(finding) == [("query", "/limit", "minimum"), ("header", "/X-Trace", "format")]
    assert finding.problem is None


@pytest.mark.parametrize(
    ("cookie", "params"),
    [
        ("theme=dark", {"theme": "dark"}),
        ("a=1; theme=light; b", {"theme": "light"}),
        ("theme", {}),
        ("Theme=dark", {}),
    ],
)
def test_cookies_are_read(cookie: str, params: dict[str, str], shelf: Contract) -> None:
    assert _list(shelf, cookie=cookie).params == {"limit": 10} | params


def test_an_invalid_cookie_is_rejected(shelf: Contract) -> None:
    assert _told(_list(shelf, cookie="theme=green")) == [("cookie", "/theme", "enum")]


@pytest.mark.parametrize(("title", "told"), [("Momo", []), ("M" * 41, [("path", "/title", "maxLength")])])
def test_path_parameters_are_read(title: str, told: list[Any], shelf: Contract) -> None:
    finding = validate_call(shelf.operations["get_book"], Call("GET", f"/books/{title}"))
    assert finding.params == {"title": title}
    assert _told(finding) == told


def test_unknown_query_parameters_are_reported_and_tolerated(shelf: Contract) -> None:
    finding = _list(shelf, "limits=3&page=2&limit=4")
    assert finding.condition is None
    assert finding.unknown_properties == (
        UnknownProperty("query", "/limits", "limit"),
        UnknownProperty("query", "/page", None),
    )


def test_an_operation_without_parameters_reports_unknown_ones(shelf: Contract) -> None:
    finding = validate_call(shelf.operations["get_latest_book"], Call("GET", "/books/latest", "page=2"))
    assert finding.unknown_properties == (UnknownProperty("query", "/page", None),)


def test_a_missing_required_parameter_is_a_violation(root: dict[str, Any]) -> None:
    root["paths"]["/books"]["get"]["parameters"][1]["required"] = True
    contract = Contract(Document(root, "shelf"))
    finding = _list(contract)
    assert _told(finding) == [("query", "/tag", "required")]
    assert finding.violations[0].message == "tag is required"
    assert _list(contract, "tag=a").condition is None


@pytest.mark.parametrize("explode", [True, False])
@pytest.mark.parametrize("place", ["header", "path"])
def test_style_simple_is_split_at_commas_either_way(place: str, explode: bool, root: dict[str, Any]) -> None:
    item = root["paths"]["/books/{title}"]
    array = {"type": "array", "items": {"type": "integer"}}
    name = "title" if place == "path" else "Title"
    item["parameters"] = [{"name": name, "in": place, "required": True, "explode": explode, "schema": array}]
    operation = Contract(Document(root, "shelf")).operations["get_book"]
    finding = validate_call(operation, Call("GET", "/books/1,2", headers={"title": "1,2"}))
    assert finding.params[name] == [1, 2]


def test_an_operations_parameter_overrides_the_paths(root: dict[str, Any]) -> None:
    own = {"name": "title", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 50}}
    root["paths"]["/books/{title}"]["get"]["parameters"] = [own]
    contract = Contract(Document(root, "shelf"))
    path = "/books/" + "M" * 41
    assert _told(validate_call(contract.operations["get_book"], Call("GET", path))) == []
    assert _told(validate_call(contract.operations["delete_book"], Call("DELETE", path))) != []


# -- bodies


def test_a_valid_body_is_parsed(shelf: Contract) -> None:
    assert _create(shelf, b'{"title": "Momo"}') == ValidationResult({}, {"title": "Momo"})


@pytest.mark.parametrize(
    ("raw", "condition", "keyword"),
    [
        (b"", "body_missing", "required"),
        (b"{", "body_malformed", "json"),
        (b"\xff", "body_malformed", "json"),
        (b'{"title": NaN}', "body_malformed", "json"),
        (b'"\\ud800"', "body_malformed", "json"),
        (b"[" * 5000, "body_malformed", "json"),
        (b'{"title":' * 201 + b"1" + b"}" * 201, "body_malformed", "json"),
        (b"null", "call_invalid", "type"),
        (b"{}", "call_invalid", "required"),
    ],
)
def test_invalid_bodies_are_rejected(raw: bytes, condition: str, keyword: str, shelf: Contract) -> None:
    finding = _create(shelf, raw)
    assert finding.condition == condition
    assert _told(finding) == [("body", "", keyword)]


def test_violations_have_pointers(shelf: Contract) -> None:
    finding = _create(shelf, b'{"title": "", "isbn": "97835221194050\\n", "parts": [{"bought": "today"}]}')
    assert _told(finding) == [
        ("body", "/isbn", "pattern"),
        ("body", "/parts/0", "required"),
        ("body", "/parts/0/bought", "format"),
        ("body", "/title", "minLength"),
    ]
    assert finding.violations[2].field == "bought"
    assert finding.violations[2].value == "today"
    assert str(finding.violations[2]) == "body/parts/0/bought: 'today' is not a 'date-time'"
    assert finding.body["title"] == ""


def test_parameters_and_body_are_validated_together(root: dict[str, Any]) -> None:
    item = root["paths"]["/books"]
    item["post"]["parameters"] = [item["get"]["parameters"][0]]
    contract = Contract(Document(root, "shelf"))
    call = Call("POST", "/books", "limit=0", _JSON, b"[]")
    finding = validate_call(contract.operations["create_book"], call)
    assert [place for place, _pointer, _keyword in _told(finding)] == ["query", "body"]


def test_a_body_may_name_a_problem(root: dict[str, Any]) -> None:
    root["paths"]["/books"]["post"]["requestBody"]["x-problem"] = "untraceable"
    assert _create(Contract(Document(root, "shelf")), b"[]").problem == "untraceable"


def test_an_optional_body_may_be_missing(root: dict[str, Any]) -> None:
    root["paths"]["/books"]["post"]["requestBody"]["required"] = False
    finding = _create(Contract(Document(root, "shelf")), b"")
    assert finding == ValidationResult({}, None)


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/x-www-form-urlencoded"])
def test_the_content_type_is_ignored_unless_it_is_a_condition(media_type: str, shelf: Contract) -> None:
    assert _create(shelf, b'{"title": "Momo"}', {"content-type": media_type}).body == {"title": "Momo"}


def test_parameters_of_a_media_type_are_ignored(shelf: Contract) -> None:
    headers = {"content-type": "Application/JSON ; charset=utf-8"}
    assert _create(shelf, b'{"title": "Momo"}', headers).condition is None


@pytest.mark.parametrize(("media_type", "shown"), [("text/plain", "text/plain"), ("", "no media type")])
def test_another_media_type_is_unsupported(media_type: str, shown: str, root: dict[str, Any]) -> None:
    root["x-problems"]["media_type_unsupported"] = "unreadable"
    finding = _create(Contract(Document(root, "shelf")), b"{}", {"content-type": media_type})
    assert finding.condition == "media_type_unsupported"
    assert finding.violations[0].message == f"{shown} is not one of application/json"


def test_other_bodies_are_left_to_the_operation(root: dict[str, Any]) -> None:
    root["paths"]["/books"]["post"]["requestBody"]["content"] = {"text/csv": {"schema": {"type": "string"}}}
    contract = Contract(Document(root, "shelf"))
    assert _create(contract, b"a,b", {"content-type": "text/csv"}) == ValidationResult({}, None)
    assert _create(contract, b"{}").condition == "media_type_unsupported"


def test_an_undeclared_body_is_ignored(shelf: Contract) -> None:
    call = Call("GET", "/books", headers=_JSON, raw=b"{")
    assert validate_call(shelf.operations["list_books"], call).condition is None


# -- replies


def _reply(
    shelf: Contract, status: int, body: Any, operation: str = "list_books", **headers: str
) -> list[Any]:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    found = validate_reply(shelf.operations[operation].replies, status, named, body)
    return [(one.location, one.pointer, one.keyword) for one in found]


def test_a_valid_reply(shelf: Contract) -> None:
    assert _reply(shelf, 200, [{"title": "Momo"}], X_Total="1", X_Version="7", X_Other="?") == []


def test_reply_header_names_are_case_insensitive(shelf: Contract) -> None:
    assert _reply(shelf, 200, [], x_total="0") == []


def test_an_undeclared_status(shelf: Contract) -> None:
    assert _reply(shelf, 418, {}) == [("status", "", "responses")]


@pytest.mark.parametrize("status", [500, 503])
def test_a_status_may_be_declared_by_its_class(status: int, shelf: Contract) -> None:
    assert _reply(shelf, status, NOTHING, "create_book") == []


def test_a_status_may_be_declared_by_default(root: dict[str, Any]) -> None:
    root["paths"]["/books"]["post"]["responses"]["default"] = {"description": "Anything."}
    contract = Contract(Document(root, "shelf"))
    assert _reply(contract, 418, NOTHING, "create_book") == []
    assert _reply(contract, 400, NOTHING, "create_book") == [("body", "", "content")]


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, [("header", "/x-total", "required")]),
        ({"X_Total": "-1"}, [("header", "/x-total", "schema")]),
        ({"X_Total": "many"}, [("header", "/x-total", "schema")]),
        ({"X_Total": "1", "X_Version": "8"}, [("header", "/x-version", "schema")]),
    ],
)
def test_invalid_headers(headers: dict[str, str], told: list[Any], shelf: Contract) -> None:
    assert _reply(shelf, 200, [], **headers) == told


def test_an_invalid_body(shelf: Contract) -> None:
    assert _reply(shelf, 200, [{"title": "Momo"}, {}], X_Total="2") == [("body", "/1", "required")]


def test_a_missing_body(shelf: Contract) -> None:
    assert _reply(shelf, 200, NOTHING, X_Total="0") == [("body", "", "content")]


def test_an_unexpected_body(shelf: Contract) -> None:
    assert _reply(shelf, 204, None, "delete_book") == [("body", "", "content")]
    assert _reply(shelf, 204, NOTHING, "delete_book") == []


def test_unknown_body_members_are_reported_and_tolerated(shelf: Contract) -> None:
    body = {"title": "Momo", "isbm": "9783522119405", "parts": [{"title": "I"}, {"titel": "II"}]}
    finding = _create(shelf, orjson.dumps(body))
    assert finding.unknown_properties == (
        UnknownProperty("body", "/isbm", "isbn"),
        UnknownProperty("body", "/parts/1/titel", "title"),
    )
    assert [str(one) for one in finding.violations] == ["body/parts/1: 'title' is a required property"]


def test_unknown_parameters_and_members_are_reported_together(shelf: Contract) -> None:
    call = Call("POST", "/books", "pgae=1", _JSON, b'{"title": "M", "isbm": "1"}')
    finding = validate_call(shelf.operations["create_book"], call)
    assert finding.unknown_properties == (
        UnknownProperty("query", "/pgae", None),
        UnknownProperty("body", "/isbm", "isbn"),
    )


@pytest.mark.parametrize("content_type", ["application/json", "application/xml", "text/csv", ""])
def test_a_body_of_any_media_type_is_not_parsed(root: dict[str, Any], content_type: str) -> None:
    root["paths"]["/books"]["post"]["requestBody"]["content"] = {"*/*": {"schema": {}}}
    operation = Contract(Document(root, "shelf")).operations["create_book"]
    headers = {"content-type": content_type} if content_type else {}
    result = validate_call(operation, Call("POST", "/books", headers=headers, raw=b"<a;b{"))
    assert (result.condition, result.body, result.violations) == (None, None, ())
