from dataclasses import replace
from typing import Any

import orjson
import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation, ReplySpec
from mockserver.verify.http_client import Came
from mockserver.verify.response_diff import liken

JSON = {"content-type": "application/json"}
THING: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "state": {"enum": ["new", "done"]},
        "due": {"type": ["string", "null"]},
        "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "parts": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


def came(body: Any, status: int = 200, **headers: str) -> Came:
    raw = b"" if body is ... else orjson.dumps(body)
    return Came(status, {**JSON, **{name.replace("_", "-"): text for name, text in headers.items()}}, raw)


@pytest.fixture
def thing(shelf: Contract) -> Operation:
    """An operation that answers with a thing."""
    operation = shelf.operations["get_book"]
    reply = ReplySpec("application/json", shelf.schema(THING))
    return replace(operation, replies={**operation.replies, "200": reply})


def said(operation: Operation, one: Any, other: Any, sent: tuple[Any, Any] = (None, None)) -> list[str]:
    """What is told of two bodies, and the same the other way round."""
    found = [
        f"{it.check} {it.pointer}: {it.message}" for it in liken(operation, sent, came(one), came(other))
    ]
    back = liken(operation, (sent[1], sent[0]), came(other), came(one))
    turned = [f"{it.check} {it.pointer}: {' / '.join(reversed(it.message.split(' / ')))}" for it in back]
    assert found == turned
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "a", "due": "2026"}, {"name": "b", "due": "2027"}),
        ({"due": None, "size": 5}, {"due": "2026", "size": None}),  # the contract allows for nothing
        ({"parts": []}, {"parts": [{"id": 1, "new": 2}]}),  # an empty list says nothing of items
        ({"parts": [{"id": 1}, {}]}, {"parts": [{}]}),  # not every item has it here either
        ({"parts": [{"id": 1}]}, {"parts": [{"id": 2}, {"id": 3}]}),
        ({"labels": {"a": "x"}}, {"labels": {"b": "y"}}),  # names of the caller's own
        ({"labels": {}}, {"labels": {"b": "y"}}),
        ({"size": 1}, {"size": 1.5}),
        (..., ...),
    ],
)
def test_what_is_alike(thing: Operation, one: Any, other: Any) -> None:
    assert said(thing, one, other) == []


@pytest.mark.parametrize(
    ("one", "other", "unlike"),
    [
        ({"name": "a"}, {}, "shape /name: there / missing"),
        ({"name": "a"}, {"name": None}, "shape /name: text / null"),
        ({"name": "a"}, {"name": ["secret"]}, "shape /name: text / list"),
        ({"state": "new"}, {"state": "done"}, "value /state: 'new' / 'done'"),
        ({"parts": [{"id": 1}]}, {"parts": [{"id": "1"}, {"id": "2"}]}, "shape /parts/*/id: number / text"),
        ({"parts": [{"id": 1}]}, {"parts": [{}, {}]}, "shape /parts/*/id: there / missing"),
        ({"parts": [{"id": 1, "x": {}}]}, {"parts": [{"id": 1}]}, "shape /parts/*/x: there / missing"),
        ({"labels": {"a": "x"}}, {"labels": {"b": 5}}, "shape /labels/*: text / number"),
        ({"deep": {"er": True}}, {"deep": {"er": "yes"}}, "shape /deep/er: boolean / text"),
        ([], {}, "shape : list / object"),
        (..., {}, "shape : missing / there"),
    ],
)
def test_each_difference(thing: Operation, one: Any, other: Any, unlike: str) -> None:
    assert unlike in said(thing, one, other)


def test_below_what_is_of_another_shape_nothing_more_is_told(thing: Operation) -> None:
    assert said(thing, {"parts": [{"id": 1}]}, {"parts": None}) == ["shape /parts: list / null"]
    assert said(thing, {"deep": {"er": 1}}, {}) == ["shape /deep: there / missing"]


def test_what_the_caller_sent_comes_back_or_does_not(thing: Operation) -> None:
    sent = {"name": "Ada"}, {"name": "Ben"}  # each its own
    assert said(thing, {"name": "Ada"}, {"name": "Ben"}, sent) == []
    message = "value /name: as it was sent / another than was sent"
    assert said(thing, {"name": "Ada"}, {"name": "BEN"}, sent) == [message]
    assert said(thing, {"name": "ADA"}, {"name": "BEN"}, sent) == []
    assert said(thing, {"parts": [{"name": "Ada"}]}, {"parts": [{"name": "B"}]}, sent) == []
    assert said(thing, {"name": "Ada"}, {"name": "B"}, ([], "x")) == []


def test_statuses_headers_and_media_types(shelf: Contract) -> None:
    operation = shelf.operations["list_books"]

    def told(one: Came, other: Came) -> list[tuple[str, ...]]:
        return [tuple(unlike) for unlike in liken(operation, (None, None), one, other)]

    assert told(came([]), came({}, 500)) == [("status", "", "200 / 500")]
    assert told(came([], x_total="1"), came([])) == [("headers", "/x-total", "there / missing")]
    assert told(came([], x_total="1", other="2"), came([], x_total="2")) == []
    page = Came(200, {"content-type": "text/html; charset=x"}, b"<p>")
    assert told(came([]), page) == [("content type", "", "application/json / text/html")]
    assert told(came([]), Came(200, {}, b"")) == [("content type", "", "application/json / none")]


def test_problems(shelf: Contract) -> None:
    operation = shelf.operations["list_books"]
    unauthorized, unreadable = {"error": "no key", "id": 1}, {"error": "no JSON", "id": 2}
    alike = liken(operation, (None, None), came(unreadable, 400), came({**unreadable, "id": 9}, 400))
    assert alike == []
    (unlike,) = liken(
        operation, (None, None), came({"error": "no trace", "id": 1}, 400), came(unreadable, 400)
    )
    assert unlike.message.split(" / ")[1] == "unreadable"
    (unlike,) = liken(operation, (None, None), came(unauthorized, 401), came({"error": "?", "id": 2}, 401))
    assert unlike.message == "unauthorized / none that is declared"
