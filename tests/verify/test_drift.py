from typing import Any

import orjson
import pytest

from mockserver.contract.contract import Contract
from mockserver.verify.drift import find_drift
from mockserver.verify.http_client import Request, Response
from mockserver.verify.result import HttpExchange

SENT = Request("GET", "http://shelf/books")


def drift_of(shelf: Contract, *replies: tuple[str | None, int, Any], **headers: str) -> list[str]:
    sent = {"content-type": "application/json", "x-total": "1", **headers}
    exchanges = [
        HttpExchange(operation, SENT, Response(status, sent, orjson.dumps(body) if body is not None else b""))
        for operation, status, body in replies
    ]
    return [str(difference) for difference in find_drift(shelf, exchanges)]


def test_same_drift_is_grouped(shelf: Contract) -> None:
    one = ("list_books", 200, [{}, {"title": "a"}, {}])
    other = ("get_book", 200, {"title": "a", "parts": [{}]})
    assert drift_of(shelf, one, one, other, ("list_books", 200, [{"title": "a"}])) == [
        "Book /title is missing (list_books, get_book: 3 replies)"
    ]


@pytest.mark.parametrize(
    ("reply", "difference"),
    [
        (("get_book", 200, {"title": None}), "Book /title is null"),
        (("get_book", 200, {"title": 5}), "Book /title is an integer"),
        (("get_book", 200, {"title": 5.5}), "Book /title is a number"),
        (("get_book", 200, {"title": True}), "Book /title is a boolean"),
        (("get_book", 200, {"title": ["secret"]}), "Book /title is an array"),
        (("get_book", 200, {"title": ""}), "Book /title is invalid (minLength)"),
        (("get_book", 200, {"title": "a", "parts": [{"title": {}}]}), "Book /title is an object"),
        (("get_book", 200, {"title": "a", "parts": [None]}), "Book /parts/* is null"),
        (("get_book", 200, {"title": "a", "colour": "red"}), "Book /colour is new"),
        (("get_book", 200, {"title": "a", "parts": [{"title": "a", "of": {}}]}), "Book /of is new"),
        (("get_book", 200, {"title": "a", "2f0c5a50-0d9b-4a53-9ad4-2a6d4d1c2d3e": 1}), "Book /* is new"),
        (("list_books", 200, None), "list_books 200 has no body"),
        (("list_books", 200, {}), "list_books 200 is an object"),
        (("delete_book", 204, {}), "delete_book 204 has a body"),
        (("get_book", 418, {}), "get_book 418 is an undocumented status"),
        (("get_book", 401, {"error": "a", "id": "b"}), "Refusal /id is a string"),
    ],
)
def test_kinds_of_drift(shelf: Contract, reply: tuple[str, int, Any], difference: str) -> None:
    assert drift_of(shelf, reply) == [f"{difference} ({reply[0]}: 1 reply)"]


def test_headers_and_media_types(shelf: Contract) -> None:
    assert drift_of(shelf, ("list_books", 200, []), **{"x-total": "many"}) == [
        "list_books 200 /x-total is invalid (list_books: 1 reply)"
    ]
    assert drift_of(shelf, ("get_book", 200, {}), **{"content-type": "text/html"}) == [
        "get_book 200 response as text/html (get_book: 1 reply)"
    ]


def test_response_that_is_not_json(shelf: Contract) -> None:
    for status, what in ((200, "is not JSON"), (418, "is an undocumented status")):
        response = Response(status, {"content-type": "application/json"}, b"<html>")
        (one,) = find_drift(shelf, [HttpExchange("get_book", SENT, response)])
        assert str(one) == f"get_book {status} {what} (get_book: 1 reply)"
        assert "html" not in str(one.values)


def test_unrouted_calls_do_not_drift(shelf: Contract) -> None:
    assert drift_of(shelf, (None, 404, {}), ("get_book", 200, {"title": "a"})) == []


@pytest.mark.parametrize(
    ("reply", "differences"),
    [
        ({"kind": "comic", "colour": "red"}, ["Book /colour is new", "Book /kind has the new value 'comic'"]),
        ({"kind": "2026-11-22"}, ["Book /kind has a new value"]),
        ({"kind": ["comic"]}, ["Book /kind is an array"]),
        ({"kind": None}, ["Book /kind is null"]),
        ({"note": {"text": 5}}, ["Book /note/text is an integer"]),
        ({"note": 5}, ["Book /note is an integer"]),
        ({"note": {}}, ["Book /note/text is missing"]),
        ({"note": None}, ["Book /note is null"]),
    ],
)
def test_closed_schema(root_of_shelf: Contract, reply: dict[str, Any], differences: list[str]) -> None:
    assert drift_of(root_of_shelf, ("get_book", 200, {"title": "a", **reply})) == [
        f"{one} (get_book: 1 reply)" for one in differences
    ]


def test_to_dict(shelf: Contract) -> None:
    response = Response(200, {"content-type": "application/json"}, b'{"title": 5}')
    (one,) = find_drift(shelf, [HttpExchange("get_book", SENT, response)])
    assert one.to_dict() == {
        "schema": "Book",
        "pointer": "/title",
        "kind": "type",
        "what": "is an integer",
        "operations": ["get_book"],
        "replies": 1,
    }


@pytest.fixture
def root_of_shelf(shelf: Contract) -> Contract:
    """The shelf with a closed Book schema, enumerated kinds and an optional note."""
    book: dict[str, Any] = orjson.loads(orjson.dumps(shelf.document.root))["components"]["schemas"]["Book"]
    book["additionalProperties"] = False
    book["properties"]["kind"] = {"enum": ["novel"]}
    note = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    book["properties"]["note"] = {"anyOf": [{"type": "boolean"}, note]}
    root = {**shelf.document.root}
    schemas = {**root["components"]["schemas"], "Book": book}
    root["components"] = {**root["components"], "schemas": schemas}
    return Contract(type(shelf.document)(root, shelf.document.name))
