from dataclasses import replace
from typing import Any

import orjson
import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation, ReplySpec
from mockserver.verify.http_client import Response
from mockserver.verify.response_diff import diff_responses

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


def response(body: Any, status: int = 200, **headers: str) -> Response:
    raw = b"" if body is ... else orjson.dumps(body)
    return Response(status, {**JSON, **{name.replace("_", "-"): text for name, text in headers.items()}}, raw)


@pytest.fixture
def thing(shelf: Contract) -> Operation:
    """An operation whose response is THING."""
    operation = shelf.operations["get_book"]
    reply = ReplySpec("application/json", shelf.schema(THING))
    return replace(operation, replies={**operation.replies, "200": reply})


def swapped(message: str) -> str:
    """The message with the sides exchanged."""
    sides = {"missing in a": "missing in b", "missing in b": "missing in a"}
    return sides.get(message) or " / ".join(reversed(message.split(" / ")))


def diff(operation: Operation, one: Any, other: Any, sent: tuple[Any, Any] = (None, None)) -> list[str]:
    """The differences of two bodies, which must be symmetric."""
    found = [
        f"{it.check} {it.pointer}: {it.message}"
        for it in diff_responses(operation, sent, response(one), response(other))
    ]
    back = diff_responses(operation, (sent[1], sent[0]), response(other), response(one))
    turned = [f"{it.check} {it.pointer}: {swapped(it.message)}" for it in back]
    assert found == turned
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "a", "due": "2026"}, {"name": "b", "due": "2027"}),
        ({"due": None, "size": 5}, {"due": "2026", "size": None}),  # the contract allows null
        ({"parts": []}, {"parts": [{"id": 1, "new": 2}]}),  # an empty list has no item shape
        ({"parts": [{"id": 1}, {}]}, {"parts": [{}]}),  # not every item has the member
        ({"parts": [{"id": 1}]}, {"parts": [{"id": 2}, {"id": 3}]}),
        ({"labels": {"a": "x"}}, {"labels": {"b": "y"}}),  # free names
        ({"labels": {}}, {"labels": {"b": "y"}}),
        ({"size": 1}, {"size": 1.5}),
        (..., ...),
    ],
)
def test_same_shape(thing: Operation, one: Any, other: Any) -> None:
    assert diff(thing, one, other) == []


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ({"name": "a"}, {}, "shape /name: missing in b"),
        ({"name": "a"}, {"name": None}, "shape /name: string / null"),
        ({"name": "a"}, {"name": ["secret"]}, "shape /name: string / array"),
        ({"state": "new"}, {"state": "done"}, "value /state: 'new' / 'done'"),
        ({"parts": [{"id": 1}]}, {"parts": [{"id": "1"}, {"id": "2"}]}, "shape /parts/*/id: number / string"),
        ({"parts": [{"id": 1}]}, {"parts": [{}, {}]}, "shape /parts/*/id: missing in b"),
        ({"parts": [{"id": 1, "x": {}}]}, {"parts": [{"id": 1}]}, "shape /parts/*/x: missing in b"),
        ({"labels": {"a": "x"}}, {"labels": {"b": 5}}, "shape /labels/*: string / number"),
        ({"deep": {"er": True}}, {"deep": {"er": "yes"}}, "shape /deep/er: boolean / string"),
        ([], {}, "shape : array / object"),
        (..., {}, "shape : missing in a"),
    ],
)
def test_each_difference(thing: Operation, one: Any, other: Any, difference: str) -> None:
    assert difference in diff(thing, one, other)


def test_nothing_is_compared_below_different_shapes(thing: Operation) -> None:
    assert diff(thing, {"parts": [{"id": 1}]}, {"parts": None}) == ["shape /parts: array / null"]
    assert diff(thing, {"deep": {"er": 1}}, {}) == ["shape /deep: missing in b"]


def test_echoed_values(thing: Operation) -> None:
    sent = {"name": "Ada"}, {"name": "Ben"}  # each its own
    assert diff(thing, {"name": "Ada"}, {"name": "Ben"}, sent) == []
    message = "value /name: same as sent / different from sent"
    assert diff(thing, {"name": "Ada"}, {"name": "BEN"}, sent) == [message]
    assert diff(thing, {"name": "ADA"}, {"name": "BEN"}, sent) == []
    assert diff(thing, {"parts": [{"name": "Ada"}]}, {"parts": [{"name": "B"}]}, sent) == []
    assert diff(thing, {"name": "Ada"}, {"name": "B"}, ([], "x")) == []


def test_statuses_headers_and_media_types(shelf: Contract) -> None:
    operation = shelf.operations["list_books"]

    def differences(one: Response, other: Response) -> list[tuple[str, ...]]:
        return [tuple(difference) for difference in diff_responses(operation, (None, None), one, other)]

    assert differences(response([]), response({}, 500)) == [("status", "", "200 / 500")]
    assert differences(response([], x_total="1"), response([])) == [("headers", "/x-total", "missing in b")]
    assert differences(response([], x_total="1", other="2"), response([], x_total="2")) == []
    page = Response(200, {"content-type": "text/html; charset=x"}, b"<p>")
    assert differences(response([]), page) == [("content type", "", "application/json / text/html")]
    assert differences(response([]), Response(200, {}, b"")) == [
        ("content type", "", "application/json / none")
    ]


def test_problems(shelf: Contract) -> None:
    operation = shelf.operations["list_books"]
    unauthorized, unreadable = {"error": "no key", "id": 1}, {"error": "no JSON", "id": 2}
    same = diff_responses(
        operation, (None, None), response(unreadable, 400), response({**unreadable, "id": 9}, 400)
    )
    assert same == []
    (difference,) = diff_responses(
        operation, (None, None), response({"error": "no trace", "id": 1}, 400), response(unreadable, 400)
    )
    assert difference.message.split(" / ")[1] == "unreadable"
    (difference,) = diff_responses(
        operation, (None, None), response(unauthorized, 401), response({"error": "?", "id": 2}, 401)
    )
    assert difference.message == "unauthorized / undeclared"
