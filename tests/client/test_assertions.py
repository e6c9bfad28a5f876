"""Assertions on the journal, and their failure messages."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from numbers import Number
from threading import Timer
from typing import Any
from unittest.mock import ANY

import pytest
import requests
from werkzeug.test import Client

from mockserver.app import create_app
from mockserver.assertions.matchers import ExpectedCall
from mockserver.client import World
from mockserver.errors import ControlError
from mockserver.testing.local_control import LocalControl
from tests.processes import Run

pytest_plugins = ["pytester"]
ADA = {"fields": {"str::email": "ada@example.com"}}


def ortto(world: World, path: str, body: Any, **query: Any) -> None:
    url, headers = world.url("ortto") + path, world.headers("ortto")
    requests.post(url, headers=headers, json=body, params=query, timeout=20)


@pytest.fixture
def used(mockserver: World) -> World:
    """A world with four calls: two of get_audiences, one of merge_people, one invalid of get_audiences."""
    ortto(mockserver, "/v1/audiences/get", {"limit": 2, "search_term": "vip"})
    ortto(mockserver, "/v1/audiences/get", {"limit": 1}, debug=1, tag=["a", "b"])
    ortto(mockserver, "/v1/person/merge", {"people": [ADA], "merge_by": ["str::email"]})
    ortto(mockserver, "/v1/audiences/get", {"limit": "many"})
    return mockserver


def message_lines(error: pytest.ExceptionInfo[AssertionError]) -> list[str]:
    return [" ".join(line.split()) for line in str(error.value).splitlines() if line]


@pytest.mark.parametrize(
    ("expected", "numbers"),
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
def test_expected_values(used: World, expected: dict[str, Any], numbers: list[int]) -> None:
    found = used.journal.assert_called("ortto", "get_audiences", times=len(numbers), **expected)
    assert [exchange["number"] for exchange in found] == numbers
    if numbers:
        assert found == used.journal.assert_called("ortto", "get_audiences", **expected)
        with pytest.raises(AssertionError, match="expected no call of ortto get_audiences"):
            used.journal.assert_not_called("ortto", "get_audiences", **expected)
    else:
        used.journal.assert_not_called("ortto", "get_audiences", **expected)
        with pytest.raises(AssertionError, match=r"expected a call of .* found none"):
            used.journal.assert_called("ortto", "get_audiences", **expected)


def test_lists_match_item_by_item_and_items_partially(used: World) -> None:
    used.journal.assert_called("ortto", "merge_people", body={"people": [{"fields": ANY}]})
    used.journal.assert_not_called("ortto", "merge_people", body={"people": []})
    used.journal.assert_not_called("ortto", "merge_people", body={"people": [ADA, ADA]})
    used.journal.assert_not_called("ortto", "merge_people", body=[ADA])


def test_message_lists_nearest_calls_with_differences(used: World) -> None:
    with pytest.raises(AssertionError) as error:
        used.journal.assert_called("ortto", "get_audiences", body={"limit": 2, "offset": 7}, status=200)
    assert message_lines(error) == [
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


def test_message_lists_surplus_calls(used: World) -> None:
    with pytest.raises(AssertionError) as error:
        used.journal.assert_called("ortto", "merge_people", times=0)
    assert message_lines(error) == [
        "expected 0 calls of ortto merge_people, found 1",
        "as expected:",
        "#3 POST /ortto/v1/person/merge -> 200",
    ]


def test_message_for_too_few_calls_lists_differing_ones_too(used: World) -> None:
    with pytest.raises(AssertionError) as error:
        used.journal.assert_called("ortto", "get_audiences", times=3, body={"limit": int})
    assert message_lines(error)[:2] == [
        'expected 3 calls of ortto get_audiences with body={"limit": "int"}, found 2',
        "as expected:",
    ]
    assert message_lines(error)[-1] == 'body/limit: expected int, got "many"'


@pytest.mark.mockserver(strict=False)
def test_message_for_an_uncalled_operation_lists_similar_calls_first(used: World) -> None:
    ortto(used, "/v1/person/gat", {})
    with pytest.raises(AssertionError) as error:
        used.journal.assert_called("ortto", "get_people")
    head, title, first, *_others = message_lines(error)
    assert (head, title) == ("expected a call of ortto get_people, found none", "it was never called, but:")
    assert first.startswith("#5 POST /ortto/v1/person/gat -> 404")
    assert "(get_people)" in first


def test_message_for_an_empty_journal(mockserver: World) -> None:
    with pytest.raises(AssertionError, match="nothing was called"):
        mockserver.journal.assert_called("ortto", "get_people", times=1)


def test_message_truncates_a_long_journal(mockserver: World) -> None:
    for _ in range(20):
        ortto(mockserver, "/v1/audiences/get", {"limit": 1})
    with pytest.raises(AssertionError) as error:
        mockserver.journal.assert_not_called()
    assert message_lines(error)[0] == "expected no call of anything, found 20"
    assert message_lines(error)[-1] == "… and 8 more"
    with pytest.raises(AssertionError) as error:
        mockserver.journal.assert_called("ortto", "get_audiences", body={"limit": 2})
    assert len(message_lines(error)) == 8


def test_assert_not_called_for_a_vendor(used: World) -> None:
    used.journal.assert_not_called("fanfare")
    used.journal.assert_not_called("ortto", "get_people")
    with pytest.raises(AssertionError, match=r"^expected no call of ortto, found 4"):
        used.journal.assert_not_called("ortto")


def test_assert_order_ignores_other_calls(used: World) -> None:
    steps = [
        ("ortto", "get_audiences"),
        ("ortto", "get_audiences", {"body": {"limit": 1}}),
        ("ortto", "get_audiences", {"status": 400}),
    ]
    assert [exchange["number"] for exchange in used.journal.assert_order(steps)] == [1, 2, 4]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "has no steps"),
        (
            [("ortto", "get_audiences"), ("ortto", "get_audiences", {}, {"status": 500})],
            "step 2 of assert_order",
        ),
        ([("ortto", "get_audiences", {"times": 3})], "expects an unknown 'times'"),
        ([("ortto", "get_audiences", "status=500")], "expects an unknown 'status=500'"),
        ([("ortto", "get_audiences", None)], "its third element is a dictionary with any of body, query"),
        ([("ortto", None)], "write it as (vendor, operation)"),
        (["ox"], "write it as (vendor, operation)"),
        ([("ortto",)], "write it as (vendor, operation)"),
    ],
)
def test_assert_order_rejects_what_is_not_a_step(used: World, steps: Any, words: str) -> None:
    with pytest.raises(TypeError) as error:
        used.journal.assert_order(steps)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("last", [{"status": 500}, {"body": {"limit": 2}}, {"query": {"debug": 1}}])
def test_assert_order_does_not_find_a_wrong_third_step(used: World, last: dict[str, Any]) -> None:
    steps = [("ortto", "get_audiences"), ("ortto", "merge_people"), ("ortto", "get_audiences", last)]
    with pytest.raises(AssertionError, match="missing       ortto get_audiences with"):
        used.journal.assert_order(steps)


@pytest.mark.parametrize(
    ("expected", "actual", "matches"),
    [
        (int, True, False),
        (float, True, False),
        (complex, True, False),
        (Number, True, False),
        (Decimal(1), True, False),
        (1 + 0j, True, False),
        (1, True, False),
        (True, 1, False),
        (bool, True, True),
        (bool, 1, False),
        (object, True, True),
        (int, 1, True),
        (Decimal(1), 1, True),
        (float, 1, True),
        (float, 1.5, True),
        (int, 1.5, False),
        (str, "1", True),
    ],
)
def test_types_are_those_of_json(expected: Any, actual: Any, matches: bool) -> None:
    exchange = {
        "call": {"path": "/", "url": "http://h/", "headers": {}, "body": json.dumps({"a": [actual]})},
        "reply": {"status": 200},
        "problem": None,
        "fault": None,
    }
    assert (ExpectedCall(body={"a": [expected]}).differences(exchange) == []) is matches


def test_assert_order_message_names_the_missing_step(used: World) -> None:
    with pytest.raises(AssertionError) as error:
        used.journal.assert_order(
            [
                ("ortto", "merge_people"),
                ("ortto", "get_audiences", {"body": {"limit": 1}}),
                ("ortto", "merge_people"),
            ]
        )
    rows = message_lines(error)
    assert rows[:4] == [
        "expected these calls in this order:",
        "found as #3 ortto merge_people",
        'missing ortto get_audiences with body={"limit": 1}',
        "ortto merge_people",
    ]
    assert rows[4] == "nearest:"
    assert rows[5].startswith("#4 ")
    assert rows[6] == 'body/limit: expected 1, got "many"'
    assert [row[:2] for row in rows[8:]] == ["#1", "#2", "#3", "#4"]


def test_unknown_names_raise_an_error(used: World) -> None:
    with pytest.raises(ControlError, match="the nearest is get_people"):
        used.journal.assert_not_called("ortto", "get_peple")
    with pytest.raises(ControlError, match="unknown vendor"):
        used.journal.assert_not_called("orto")
    with pytest.raises(ControlError, match="the nearest is get_people"):
        used.journal.assert_order([("ortto", "get_peple")])


@pytest.mark.parametrize(
    ("limits", "failure"),
    [
        ({"times": range(2, 5)}, None),
        ({"times": range(5, 1, -1)}, None),
        ({"times": range(1, 5, 2)}, None),
        ({"times": range(2, 5, 2)}, "a number of calls that range(2, 5, 2) accepts"),
        ({"times": range(3)}, "at most 2 calls"),
        ({"times": lambda number: number == 3}, None),
        ({"times": lambda number: number > 3}, "a number of calls that <lambda> accepts"),
        ({"at_least": 4}, "at least 4 calls"),
        ({"at_most": 2}, "at most 2 calls"),
        ({"at_least": 3, "at_most": 3}, None),
    ],
)
def test_numbers_of_calls(used: World, limits: dict[str, Any], failure: str | None) -> None:
    """By the server, and by this client where a function is expected, in the same words."""
    for body in ({}, {"limit": lambda _value: True}):
        expected: dict[str, Any] = {"body": body} if body else {}
        if failure is None:
            found = used.journal.assert_called("ortto", "get_audiences", **limits, **expected)
            assert [exchange["number"] for exchange in found] == [1, 2, 4]
            continue
        with pytest.raises(AssertionError) as error:
            used.journal.assert_called("ortto", "get_audiences", **limits, **expected)
        name = "ortto get_audiences" + (' with body={"limit": "<lambda>"}' if body else "")
        assert message_lines(error)[0] == f"expected {failure} of {name}, found 3"
        assert "never called" not in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"times": 1, "at_most": 2}, TypeError, "times= stands alone"),
        ({"times": "1"}, TypeError, "neither a number, a range nor a function"),
        ({"times": True}, TypeError, "neither a number, a range nor a function"),
        ({"times": range(3, 3)}, ValueError, "there cannot be 1 to 0 calls"),
        ({"times": -1}, ValueError, "there cannot be -1 to -1 calls"),
        ({"at_least": 3, "at_most": 2}, ValueError, "there cannot be 3 to 2 calls"),
        ({"within": "soon"}, ValueError, "'soon' is not a duration"),
        ({"within": -1}, ValueError, "not between 0 and 600 seconds"),
        ({"boddy": {}}, TypeError, "has no argument 'boddy', the nearest is body"),
    ],
)
def test_what_makes_no_sense_is_rejected(
    mockserver: World, arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as raised:
        mockserver.journal.assert_called("ortto", "get_audiences", **arguments)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("expected", "judge"),
    [
        ({}, "POST"),
        ({"body": {"limit": ANY, "search_term": ...}, "status": 200, "problem": None}, "POST"),
        ({"body": {"limit": (1, 2.5, None, True)}}, "POST"),
        ({"body": lambda _body: True}, "GET"),
        ({"body": {"limit": int}}, "GET"),
        ({"body": {"limit": float("nan")}}, "GET"),
        ({"body": {"limit": 2**70}}, "GET"),
        ({"body": {"limit": "\ud800"}}, "GET"),
        ({"body": {"$match": 1}}, "GET"),
        ({"body": b"{}"}, "GET"),
    ],
)
def test_the_server_judges_what_json_can_express(
    mockserver: World, expected: dict[str, Any], judge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    send = mockserver.journal._connection.send

    def noted(*call: Any) -> Any:
        sent.append(call[0])
        return send(*call)

    monkeypatch.setattr(mockserver.journal._connection, "send", noted)
    with pytest.raises(AssertionError, match="found none"):
        mockserver.journal.assert_called("ortto", "get_audiences", **expected)
    assert {*sent} == {judge}
    assert len(sent) == (1 if judge == "POST" else 2)


def test_waiting_ends_when_the_call_is_made(used: World) -> None:
    before = used.journal.newest()
    assert before == 4
    timer = Timer(0.1, lambda: ortto(used, "/v1/audiences/get", {"limit": 7}))
    timer.start()
    (found,) = used.journal.assert_called("ortto", "get_audiences", after=before, within=60)
    assert found["number"] == 5
    with pytest.raises(AssertionError, match="found 4"):  # no further call can help, so there is no wait
        used.journal.assert_called("ortto", "get_audiences", times=1, within=600)
    with pytest.raises(AssertionError, match="missing       ortto get_people"):
        used.journal.assert_order([("ortto", "get_people")], within=timedelta(milliseconds=20))
    timer.join()


def test_waiting_in_an_event_loop_says_how_to_wait_beside_it(mockserver: World) -> None:
    async def blocked() -> None:
        mockserver.journal.assert_called("ortto", "get_audiences", within=0.01)

    async def beside() -> None:
        later = asyncio.create_task(asyncio.to_thread(ortto, mockserver, "/v1/audiences/get", {}))
        await asyncio.to_thread(lambda: mockserver.journal.assert_called("ortto", "get_audiences", within=60))
        await later

    with pytest.raises(AssertionError, match=r"await asyncio\.to_thread"):
        asyncio.run(blocked())
    asyncio.run(beside())


def test_the_journal_takes_vendor_and_operation_in_this_order(used: World) -> None:
    assert [exchange["number"] for exchange in used.journal("ortto", "merge_people")] == [3]
    assert used.journal("fanfare") == []


@pytest.fixture
def small() -> Iterator[World]:
    """A world whose journal keeps 16 exchanges, after 40 calls of which the first is of get_people."""
    app = create_app(people=0)
    app.context.worlds._max_exchanges = 16
    world = LocalControl(app).create_world()
    client, path = Client(app), f"/w/{world.name}/ortto"
    for called in ["person", *["audiences"] * 39]:
        client.post(f"{path}/v1/{called}/get", json={}, headers=world.headers("ortto"))
    yield world
    app.context.worlds.store.close()


def test_an_assertion_over_dropped_exchanges_fails(small: World) -> None:
    journal, kept = small.journal, small.journal()[0]["number"]
    assert journal.dropped() == kept - 1 == 16
    attempts: list[Callable[[], object]] = [
        lambda: journal.assert_called("ortto", "get_people"),
        lambda: journal.assert_called("ortto", "get_audiences"),
        lambda: journal.assert_called("ortto", "get_audiences", times=lambda number: number > 3),
        lambda: journal.assert_called("ortto", "get_audiences", body=dict),
        lambda: journal.assert_not_called("fanfare"),
        lambda: journal.assert_order([("ortto", "get_people"), ("ortto", "get_audiences")]),
    ]
    for attempt in attempts:
        with pytest.raises(AssertionError) as error:
            attempt()
        assert "the journal has dropped 16 exchanges" in str(error.value)
        assert "never called" not in str(error.value)
        assert "\n" not in str(error.value)
    journal.assert_called("ortto", "get_audiences", after=kept - 1, times=24)
    journal.clear()
    journal.assert_not_called("ortto")


def test_a_predicate_that_raises_does_not_match() -> None:
    exchange = {
        "call": {"path": "/", "url": "http://h/?a=1", "headers": {}, "body": "<xml/>"},
        "reply": {"status": 200},
        "problem": None,
        "fault": None,
    }
    raising = ExpectedCall(body=lambda body: body["id"])
    assert raising.differences(exchange)[0].startswith("body: <lambda> raised")
    assert ExpectedCall(body={"id": 1}).differences(exchange) == ['body: expected {"id": 1}, got "<xml/>"']
    assert ExpectedCall(body=b"<xml/>", query={"a": True}).differences(exchange) == [
        'query/a: expected "true", got "1"'
    ]
    assert ExpectedCall(body=None).differences({**exchange, "call": {**exchange["call"], "body": ""}}) == []  # type: ignore[dict-item]


def test_a_failure_shows_only_the_line_of_the_test(run: Run) -> None:
    result = run(
        """
        def test_wrong_body(mockserver):
            call(mockserver)
            mockserver.journal.assert_called("ortto", "get_audiences", body={"limit": 2})

        def test_misspelt(mockserver):
            mockserver.journal.assert_called("ortto", "get_audience")
        """
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*test_wrong_body*",
            "E *AssertionError: expected a call of ortto get_audiences*found none",
            "E *#1 POST /ortto/v1/audiences/get -> 200",
            "E *body/limit: expected 2, got 1",
            "*test_misspelt*",
            "E *unknown operation 'get_audience'*",
        ]
    )
    result.stdout.no_fnmatch_line("*client/*.py*")
