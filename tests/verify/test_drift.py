from typing import Any

import orjson
import pytest

from mockserver.contract.contract import Contract
from mockserver.verify.drift import drift
from mockserver.verify.outcome import Exchange
from mockserver.verify.wire import Came, Sent

SENT = Sent("GET", "http://shelf/books")


def told(shelf: Contract, *replies: tuple[str | None, int, Any], **headers: str) -> list[str]:
    sent = {"content-type": "application/json", "x-total": "1", **headers}
    exchanges = [
        Exchange(operation, SENT, Came(status, sent, orjson.dumps(body) if body is not None else b""))
        for operation, status, body in replies
    ]
    return [f"{difference}: {count}" for difference, count in drift(shelf, exchanges).items()]


def test_what_is_alike_is_folded(shelf: Contract) -> None:
    one = ("list_books", 200, [{}, {"title": "a"}, {}])
    assert told(shelf, one, one, ("list_books", 200, [{"title": "a"}])) == [
        "list_books 200 /*/title is missing: 2"
    ]


@pytest.mark.parametrize(
    ("reply", "difference"),
    [
        (("get_book", 200, {"title": None}), "get_book 200 /title is null"),
        (("get_book", 200, {"title": 5}), "get_book 200 /title is an integer"),
        (("get_book", 200, {"title": True}), "get_book 200 /title is a boolean"),
        (("get_book", 200, {"title": ["secret"]}), "get_book 200 /title is an array"),
        (("get_book", 200, {"title": ""}), "get_book 200 /title does not fit (minLength)"),
        (
            ("get_book", 200, {"title": "a", "parts": [{"title": {}}]}),
            "get_book 200 /parts/*/title is an object",
        ),
        (("get_book", 418, {}), "get_book 418 is an undocumented status"),
        (("get_book", 200, None), "get_book 200 does not fit (content)"),
    ],
)
def test_each_kind(shelf: Contract, reply: tuple[str, int, Any], difference: str) -> None:
    assert told(shelf, reply) == [f"{difference}: 1"]


def test_headers_and_media_types(shelf: Contract) -> None:
    assert told(shelf, ("list_books", 200, []), **{"x-total": "many"}) == [
        "list_books 200 /x-total does not fit (schema): 1"
    ]
    assert told(shelf, ("get_book", 200, {}), **{"content-type": "text/html"}) == [
        "get_book 200 came as text/html: 1"
    ]


def test_what_no_operation_answers_does_not_drift(shelf: Contract) -> None:
    assert told(shelf, (None, 404, {}), ("get_book", 200, {"title": "a"})) == []


def test_new_members_and_values(root_of_shelf: Contract) -> None:
    reply = {"title": "a", "kind": "comic", "colour": "red"}
    assert told(root_of_shelf, ("get_book", 200, reply)) == [
        "get_book 200 /colour is new: 1",
        "get_book 200 /kind has the new value 'comic': 1",
    ]


@pytest.fixture
def root_of_shelf(shelf: Contract) -> Contract:
    """The shelf with closed books of known kinds."""
    book: dict[str, Any] = orjson.loads(orjson.dumps(shelf.document.root))["components"]["schemas"]["Book"]
    book["additionalProperties"] = False
    book["properties"]["kind"] = {"enum": ["novel"]}
    root = {**shelf.document.root}
    schemas = {**root["components"]["schemas"], "Book": book}
    root["components"] = {**root["components"], "schemas": schemas}
    return Contract(type(shelf.document)(root, shelf.document.name))
