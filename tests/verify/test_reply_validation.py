from typing import Any

import orjson
import pytest

from mockserver import vendors
from mockserver.contract.contract import Contract
from mockserver.contract.validation import find_reply_spec
from mockserver.verify.http_client import Response
from mockserver.verify.reply_validation import (
    generalize_pointer,
    matched_problem,
    matches_problem,
    validate_response,
)
from tests.read_vendors import read_vendor

JSON = "application/json"


def response(status: int, body: Any = None, media_type: str = JSON, **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(status, {"content-type": media_type, **sent}, raw)


@pytest.mark.parametrize(
    ("reply", "checks"),
    [
        (response(200, [{"title": "Momo"}], x_total="1"), []),
        (response(200, [{"title": ""}], x_total="1"), [("schema", "/0/title")]),
        (response(200, [{}, {"title": 5}], x_total="1"), [("schema", "/0"), ("schema", "/1/title")]),
        (response(200, []), [("headers", "/x-total")]),
        (response(200, [], x_total="many"), [("headers", "/x-total")]),
        (response(200, [], "text/html", x_total="1"), [("content type", "")]),
        (response(200, [], "", x_total="1"), [("content type", "")]),
        (response(200, b"[", x_total="1"), [("content type", "")]),
        (response(200, b"", x_total="1"), [("schema", "")]),
        (response(202, []), [("status", "")]),
        (response(302, b"", ""), [("status", "")]),
        (response(401, {"error": "no key", "id": 9}), []),
        (response(401, {"error": "go away", "id": 9}), [("problem", "")]),
        (response(400, {"error": "size: too big", "id": 3, "about": {"a/b": ["x", "size"]}}), []),
        (
            response(400, {"error": "size, too big", "id": 3, "about": {"a/b": ["x", "size"]}}),
            [("problem", "")],
        ),
        (response(400, {"error": "no JSON", "id": "3"}), [("schema", "/id")]),
    ],
)
def test_validate_response(shelf: Contract, reply: Response, checks: list[tuple[str, str]]) -> None:
    found = validate_response(shelf.operations["list_books"], reply)
    assert [(one.check, one.pointer) for one in found] == checks
    assert all(one.message for one in found)


def test_response_without_body(shelf: Contract) -> None:
    delete = shelf.operations["delete_book"]
    assert validate_response(delete, Response(204, {}, b"")) == []
    assert [one.check for one in validate_response(delete, response(204, {}))] == ["schema"]


def test_unrouted_call(shelf: Contract) -> None:
    assert validate_response(shelf.unrouted, response(404, {"error": "no such path", "id": 1})) == []
    assert [one.check for one in validate_response(shelf.unrouted, response(200, {}))] == ["status"]


def test_problems_of_other_sources_are_not_checked(shelf: Contract) -> None:
    reply = response(401, {"error": "go away", "id": 9})
    assert validate_response(shelf.operations["list_books"], reply, check_problems=False) == []


def test_matched_problem(shelf: Contract) -> None:
    books = shelf.operations["list_books"]
    assert matched_problem(books, response(400, {"error": "no trace", "id": 5})) == "untraceable"
    assert matched_problem(books, response(400, {"error": "no trance", "id": 5})) is None
    assert matched_problem(books, response(401, {"error": "no trace", "id": 5})) is None


@pytest.mark.parametrize(
    ("body", "same"),
    [
        ({"error": "a: b", "id": 1, "about": {"a/b": ["x", "any"]}}, True),
        ({"error": "a: b", "id": 1, "about": {"a/b": ["x", "any"]}, "more": 1}, True),
        ({"error": "a: b", "id": 1, "about": {"a/b": ["y", "any"]}}, False),
        ({"error": "a: b", "id": 1, "about": {"a/b": ["x"]}}, False),
        ({"error": "a: b", "id": 1, "about": []}, False),
        ({"error": 5, "id": 1, "about": {"a/b": ["x", "any"]}}, False),
        ([], False),
    ],
)
def test_matches_problem(shelf: Contract, body: Any, same: bool) -> None:
    assert matches_problem(shelf.problems["unfit"], body) is same


def test_generalize_pointer() -> None:
    assert generalize_pointer("/people/3/tags/12") == "/people/*/tags/*"
    assert generalize_pointer("/2nd/x") == "/2nd/x"
    assert generalize_pointer("") == ""


@pytest.mark.parametrize("vendor", vendors.names())
def test_no_error_is_judged_by_the_schema_of_a_success(vendor: str) -> None:
    operations = read_vendor(vendor).contract.operations
    assert operations
    for operation in operations.values():
        judges = [find_reply_spec(operation.replies, status) for status in range(400, 600)]
        successes = [spec for status, spec in operation.replies.items() if status[0] not in "45"]
        assert successes, operation.id
        assert not [spec for spec in judges if spec is not None and spec in successes], operation.id
