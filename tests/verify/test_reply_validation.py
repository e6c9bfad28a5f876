from typing import Any

import orjson
import pytest

from mockserver.contract.contract import Contract
from mockserver.verify.http_client import Came
from mockserver.verify.reply_validation import general, judge, speaks, spoken

JSON = "application/json"


def came(status: int, body: Any = None, media_type: str = JSON, **headers: str) -> Came:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return Came(status, {"content-type": media_type, **sent}, raw)


@pytest.mark.parametrize(
    ("reply", "checks"),
    [
        (came(200, [{"title": "Momo"}], x_total="1"), []),
        (came(200, [{"title": ""}], x_total="1"), [("schema", "/0/title")]),
        (came(200, [{}, {"title": 5}], x_total="1"), [("schema", "/0"), ("schema", "/1/title")]),
        (came(200, []), [("headers", "/x-total")]),
        (came(200, [], x_total="many"), [("headers", "/x-total")]),
        (came(200, [], "text/html", x_total="1"), [("content type", "")]),
        (came(200, [], "", x_total="1"), [("content type", "")]),
        (came(200, b"[", x_total="1"), [("content type", "")]),
        (came(200, b"", x_total="1"), [("schema", "")]),
        (came(202, []), [("status", "")]),
        (came(302, b"", ""), [("status", "")]),
        (came(401, {"error": "no key", "id": 9}), []),
        (came(401, {"error": "go away", "id": 9}), [("problem", "")]),
        (came(400, {"error": "size: too big", "id": 3, "about": {"a/b": ["x", "size"]}}), []),
        (came(400, {"error": "size, too big", "id": 3, "about": {"a/b": ["x", "size"]}}), [("problem", "")]),
        (came(400, {"error": "no JSON", "id": "3"}), [("schema", "/id")]),
    ],
)
def test_judge(shelf: Contract, reply: Came, checks: list[tuple[str, str]]) -> None:
    found = judge(shelf.operations["list_books"], reply)
    assert [(one.check, one.pointer) for one in found] == checks
    assert all(one.message for one in found)


def test_no_body_is_no_body(shelf: Contract) -> None:
    delete = shelf.operations["delete_book"]
    assert judge(delete, Came(204, {}, b"")) == []
    assert [one.check for one in judge(delete, came(204, {}))] == ["schema"]


def test_a_call_that_no_operation_answers(shelf: Contract) -> None:
    assert judge(shelf.unrouted, came(404, {"error": "no such path", "id": 1})) == []
    assert [one.check for one in judge(shelf.unrouted, came(200, {}))] == ["status"]


def test_other_peoples_refusals_need_no_name(shelf: Contract) -> None:
    reply = came(401, {"error": "go away", "id": 9})
    assert judge(shelf.operations["list_books"], reply, refusals=False) == []


def test_which_problem_is_spoken(shelf: Contract) -> None:
    books = shelf.operations["list_books"]
    assert spoken(books, came(400, {"error": "no trace", "id": 5})) == "untraceable"
    assert spoken(books, came(400, {"error": "no trance", "id": 5})) is None
    assert spoken(books, came(401, {"error": "no trace", "id": 5})) is None


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
def test_speaks(shelf: Contract, body: Any, same: bool) -> None:
    assert speaks(shelf.problems["unfit"], body) is same


def test_general() -> None:
    assert general("/people/3/tags/12") == "/people/*/tags/*"
    assert general("/2nd/x") == "/2nd/x"
    assert general("") == ""
