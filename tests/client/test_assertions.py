"""What a test can expect of the journal, and what it is told where it is otherwise."""

from typing import Any
from unittest.mock import ANY

import pytest
import requests

from mockserver.client import World
from mockserver.client.matchers import Expected
from mockserver.errors import ControlError
from tests.processes import Run

pytest_plugins = ["pytester"]
ADA = {"fields": {"str::email": "ada@example.com"}}


def ortto(world: World, path: str, body: Any, **query: Any) -> None:
    url, headers = world.url("ortto") + path, world.headers("ortto")
    requests.post(url, headers=headers, json=body, params=query, timeout=20)


@pytest.fixture
def used(mockserver: World) -> World:
    """A world in which four calls were made: two looks at the audiences, a merge, and one look more."""
    ortto(mockserver, "/v1/audiences/get", {"limit": 2, "search_term": "vip"})
    ortto(mockserver, "/v1/audiences/get", {"limit": 1}, debug=1, tag=["a", "b"])
    ortto(mockserver, "/v1/person/merge", {"people": [ADA], "merge_by": ["str::email"]})
    ortto(mockserver, "/v1/audiences/get", {"limit": "many"})
    return mockserver


def complaint(error: pytest.ExceptionInfo[AssertionError]) -> list[str]:
    return [" ".join(line.split()) for line in str(error.value).splitlines() if line]


@pytest.mark.parametrize(
    ("wishes", "numbers"),
    [
        ({}, [1, 2, 4]),
        ({"body": {"limit": 1}}, [2]),
        ({"body": {"limit": ANY}}, [1, 2, 4]),
        ({"body": {"limit": ...}}, [1, 2, 4]),
        ({"body": {"limit": int}}, [1, 2]),
        ({"body": {"limit": lambda limit: limit > 1}}, [1]),
        ({"body": lambda body: "search_term" in body}, [1]),
        ({"body": '{"limit": 1}'}, [2]),
        ({"body": {"limit": True}}, []),
        ({"query": {"debug": 1}}, [2]),
        ({"query": {"debug": "1", "tag": ["a", "b"]}}, [2]),
        ({"query": {}}, [1, 2, 4]),
        ({"headers": {"Content-Type": "application/json"}}, [1, 2, 4]),
        ({"headers": {"content-type": lambda text: "xml" in text}}, []),
        ({"path": "/v1/audiences/get"}, [1, 2, 4]),
        ({"status": 400}, [4]),
        ({"status": lambda status: status < 300, "body": {"limit": 1}}, [2]),
        ({"problem": "request_invalid"}, [4]),
        ({"problem": None}, [1, 2]),
        ({"fault": None}, [1, 2, 4]),
        ({"fault": str}, []),
    ],
)
def test_what_can_be_expected(used: World, wishes: dict[str, Any], numbers: list[int]) -> None:
    found = used.journal.assert_called("ortto", "get_audiences", times=len(numbers), **wishes)
    assert [exchange["number"] for exchange in found] == numbers
    if numbers:
        assert found == used.journal.assert_called("ortto", "get_audiences", **wishes)
        with pytest.raises(AssertionError, match="expected no call of ortto get_audiences"):
            used.journal.assert_not_called("ortto", "get_audiences", **wishes)
    else:
        used.journal.assert_not_called("ortto", "get_audiences", **wishes)
        with pytest.raises(AssertionError, match=r"expected a call of .* found none"):
            used.journal.assert_called("ortto", "get_audiences", **wishes)


def test_lists_are_expected_whole_and_their_items_in_part(used: World) -> None:
    used.journal.assert_called("ortto", "merge_people", body={"people": [{"fields": ANY}]})
    used.journal.assert_not_called("ortto", "merge_people", body={"people": []})
    used.journal.assert_not_called("ortto", "merge_people", body={"people": [ADA, ADA]})
    used.journal.assert_not_called("ortto", "merge_people", body=[ADA])


def test_the_nearest_calls_are_shown_with_what_differs(used: World) -> None:
    with pytest.raises(AssertionError) as error:
        used.journal.assert_called("ortto", "get_audiences", body={"limit": 2, "offset": 7}, status=200)
    assert complaint(error) == [
        'expected a call of ortto get_audiences with body={"limit": 2, "offset": 7}, status=200, found none',
        "nearest:",
        "#1 POST /ortto/v1/audiences/get -> 200",
        "body/offset: expected 7, is missing",
        "#2 POST /ortto/v1/audiences/get?debug=1&tag=a&tag=b -> 200 "
        "[unknown query/debug] [unknown query/tag]",
        "body/limit: expected 2, got 1",
        "body/offset: expected 7, is missing",
        "#4 POST /ortto/v1/audiences/get -> 400 request_invalid "
        '[body/limit: expected integer or null, got string "many"]',
        "status: expected 200, got 400",
        'body/limit: expected 2, got "many"',
        "body/offset: expected 7, is missing",
    ]


def test_calls_that_are_too_many_are_shown(used: World) -> None:
    with pytest.raises(AssertionError) as error:
        used.journal.assert_called("ortto", "merge_people", times=0)
    assert complaint(error) == [
        "expected 0 calls of ortto merge_people, found 1",
        "as expected:",
        "#3 POST /ortto/v1/person/merge -> 200",
    ]


def test_of_calls_that_are_too_few_those_that_differ_are_shown_too(used: World) -> None:
    with pytest.raises(AssertionError) as error:
        used.journal.assert_called("ortto", "get_audiences", times=3, body={"limit": int})
    assert complaint(error)[:2] == [
        'expected 3 calls of ortto get_audiences with body={"limit": "int"}, found 2',
        "as expected:",
    ]
    assert complaint(error)[-1] == 'body/limit: expected int, got "many"'


@pytest.mark.mockserver(strict=False)
def test_an_operation_that_was_not_called_shows_what_was_and_what_may_have_been_meant(used: World) -> None:
    ortto(used, "/v1/person/gat", {})
    with pytest.raises(AssertionError) as error:
        used.journal.assert_called("ortto", "get_people")
    head, title, first, *_others = complaint(error)
    assert (head, title) == ("expected a call of ortto get_people, found none", "it was never called, but:")
    assert first.startswith("#5 POST /ortto/v1/person/gat -> 404")
    assert "(get_people)" in first


def test_an_empty_journal_is_said_to_be_empty(mockserver: World) -> None:
    with pytest.raises(AssertionError, match="nothing was called"):
        mockserver.journal.assert_called("ortto", "get_people", times=1)


def test_a_long_journal_is_shown_in_part(mockserver: World) -> None:
    for _turn in range(20):
        ortto(mockserver, "/v1/audiences/get", {"limit": 1})
    with pytest.raises(AssertionError) as error:
        mockserver.journal.assert_not_called()
    assert complaint(error)[0] == "expected no call of anything, found 20"
    assert complaint(error)[-1] == "… and 8 more"
    with pytest.raises(AssertionError) as error:
        mockserver.journal.assert_called("ortto", "get_audiences", body={"limit": 2})
    assert len(complaint(error)) == 8


def test_a_vendor_that_was_never_called(used: World) -> None:
    used.journal.assert_not_called("fanfare")
    used.journal.assert_not_called("ortto", "get_people")
    with pytest.raises(AssertionError, match=r"^expected no call of ortto, found 4"):
        used.journal.assert_not_called("ortto")


def test_an_order_passes_over_what_else_was_called(used: World) -> None:
    steps = [
        ("ortto", "get_audiences"),
        ("ortto", "get_audiences", {"body": {"limit": 1}}),
        ("ortto", "get_audiences", {"status": 400}),
    ]
    assert [exchange["number"] for exchange in used.journal.assert_order(steps)] == [1, 2, 4]


def test_an_order_that_was_not_kept_says_what_was_missed_and_where(used: World) -> None:
    with pytest.raises(AssertionError) as error:
        used.journal.assert_order(
            [
                ("ortto", "merge_people"),
                ("ortto", "get_audiences", {"body": {"limit": 1}}),
                ("ortto", "merge_people"),
            ]
        )
    said = complaint(error)
    assert said[:4] == [
        "expected these calls in this order:",
        "met as #3 ortto merge_people",
        'missing ortto get_audiences with body={"limit": 1}',
        "ortto merge_people",
    ]
    assert said[4] == "nearest:"
    assert said[5].startswith("#4 ")
    assert said[6] == 'body/limit: expected 1, got "many"'
    assert [line[:2] for line in said[8:]] == ["#1", "#2", "#3", "#4"]


def test_names_that_nobody_has_prove_nothing(used: World) -> None:
    with pytest.raises(ControlError, match="the nearest is get_people"):
        used.journal.assert_not_called("ortto", "get_peple")
    with pytest.raises(ControlError, match="unknown vendor"):
        used.journal.assert_not_called("orto")
    with pytest.raises(ControlError, match="the nearest is get_people"):
        used.journal.assert_order([("ortto", "get_peple")])


def test_a_function_that_cannot_cope_says_no() -> None:
    exchange = {
        "call": {"path": "/", "url": "http://h/?a=1", "headers": {}, "body": "<xml/>"},
        "reply": {"status": 200},
        "problem": None,
        "fault": None,
    }
    assert Expected(body=lambda body: body["id"]).differences(exchange)[0].startswith("body: <lambda> raised")
    assert Expected(body={"id": 1}).differences(exchange) == ['body: expected {"id": 1}, got "<xml/>"']
    assert Expected(body=b"<xml/>", query={"a": True}).differences(exchange) == [
        'query/a: expected "true", got "1"'
    ]
    assert Expected(body=None).differences({**exchange, "call": {**exchange["call"], "body": ""}}) == []  # type: ignore[dict-item]


def test_a_failure_shows_the_line_of_the_test_and_none_of_ours(run: Run) -> None:
    result = run(
        """
        def test_hopeful(mockserver):
            call(mockserver)
            mockserver.journal.assert_called("ortto", "get_audiences", body={"limit": 2})

        def test_misspelt(mockserver):
            mockserver.journal.assert_called("ortto", "get_audience")
        """
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*test_hopeful*",
            "E *AssertionError: expected a call of ortto get_audiences*found none",
            "E *#1 POST /ortto/v1/audiences/get -> 200",
            "E *body/limit: expected 2, got 1",
            "*test_misspelt*",
            "E *unknown operation 'get_audience'*",
        ]
    )
    result.stdout.no_fnmatch_line("*client/*.py*")
