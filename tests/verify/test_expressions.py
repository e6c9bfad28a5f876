from typing import Any

import pytest

from mockserver.errors import UnresolvedExpressionError
from mockserver.verify.expressions import (
    EXPRESSION,
    ExpressionContext,
    evaluate,
    find_expressions,
    find_unsupported,
    substitute,
)

CONTEXT = ExpressionContext(
    inputs={"key": "K-1"},
    outputs={"create": {"id": 7, "tags": ["a", {"x/y": "slash"}]}},
    method="POST",
    url="http://api/people?limit=2",
    request={"header": {"x-key": "K-1"}, "query": {"limit": 2}, "path": {"id": "7"}, "body": {"name": "Ada"}},
    status=201,
    response={"header": {"x-total": "3"}, "body": {"people": [{"id": 7, "null": None}]}},
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$inputs.key", "K-1"),
        ("$steps.create.outputs.id", 7),
        ("$steps.create.outputs.tags#/1/x~1y", "slash"),
        ("$statusCode", 201),
        ("$method", "POST"),
        ("$url", "http://api/people?limit=2"),
        ("$request.header.X-Key", "K-1"),
        ("$request.query.limit", 2),
        ("$request.path.id", "7"),
        ("$request.body#/name", "Ada"),
        ("$response.header.X-Total", "3"),
        ("$response.body", {"people": [{"id": 7, "null": None}]}),
        ("$response.body#/people/0/id", 7),
        ("$response.body#/people/0/null", None),
    ],
)
def test_evaluate(expression: str, expected: Any) -> None:
    assert EXPRESSION.fullmatch(expression)
    assert evaluate(expression, CONTEXT) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "$inputs.other",
        "$steps.create.outputs.name",
        "$steps.other.outputs.id",
        "$response.header.X-Other",
        "$response.body#/people/1",
        "$response.body#/people/0/id/more",
        "$response.body#/people/first",
    ],
)
def test_unresolved(expression: str) -> None:
    with pytest.raises(UnresolvedExpressionError, match="has no value"):
        evaluate(expression, CONTEXT)


def test_response_without_body() -> None:
    with pytest.raises(UnresolvedExpressionError):
        evaluate("$response.body", ExpressionContext(response={"header": {}}))


def test_substitute_keeps_types() -> None:
    payload = {
        "whole": "$steps.create.outputs.id",
        "within": "person {$steps.create.outputs.id} of {$inputs.key}, tags {$steps.create.outputs.tags}",
        "list": ["$statusCode", "plain", 5, None],
        "no expression": "$str::is costs $5 {not this}",
    }
    assert substitute(payload, CONTEXT) == {
        "whole": 7,
        "within": 'person 7 of K-1, tags ["a",{"x/y":"slash"}]',
        "list": [201, "plain", 5, None],
        "no expression": "$str::is costs $5 {not this}",
    }


def test_find_expressions() -> None:
    payload = {"a": "$inputs.key", "b": ["{$statusCode} and {$method}", 3]}
    assert list(find_expressions(payload)) == ["$inputs.key", "$statusCode", "$method"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$workflows.one.outputs.id", ["$workflows.one.outputs.id"]),
        ("Bearer {$outputs.key}", ["$outputs.key"]),
        ("$steps.create.id", ["$steps.create.id"]),
        ("$inputs.key", []),
        ("$str::is", []),
        ("{not one}", []),
    ],
)
def test_find_unsupported(text: str, found: list[str]) -> None:
    assert list(find_unsupported({"at": [text]})) == found
