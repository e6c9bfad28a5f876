"""`POST …/journal/assert`: the verdict, its words, and the patterns of expected values."""

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client

from mockserver.app import create_app
from mockserver.assertions.pattern import TYPES
from mockserver.contract.contract import Contract
from mockserver.paths import contracts

HEADERS = {"X-Api-Key": "PRK-mockserver"}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A server whose default world has two valid calls of get_audiences and an invalid one."""
    app = create_app(people=0)
    client = Client(app)
    for body in ({"limit": 1, "search_term": "vip"}, {"limit": 40}, {"limit": "many"}):
        client.post("/ortto/v1/audiences/get?debug=1&tag=a&tag=b", json=body, headers=HEADERS)
    yield client
    app.context.worlds.store.close()


def judge(client: Client, **assertion: Any) -> dict[str, Any]:
    reply = client.post("/_mock/worlds/default/journal/assert", json=assertion)
    assert reply.status_code == 200, reply.text
    verdict: dict[str, Any] = reply.json or {}
    assert verdict["passed"] == (verdict["message"] is None)
    return verdict


def refused(client: Client, assertion: Any) -> tuple[int, str, str]:
    reply = client.post("/_mock/worlds/default/journal/assert", json=assertion)
    body = reply.json or {}
    assert "\n" not in body["message"]
    return reply.status_code, body["error"], body["message"]


@pytest.mark.parametrize(
    ("expected", "numbers"),
    [
        ({}, [1, 2, 3]),
        ({"body": {"limit": 40}}, [2]),
        ({"body": {"limit": {"$match": {}}}}, [1, 2, 3]),
        ({"body": {"limit": {"$match": {"type": "integer"}}}}, [1, 2]),
        ({"body": {"limit": {"$match": {"minimum": 2, "maximum": 40}}}}, [2]),
        ({"body": {"limit": {"$match": {"one_of": [1, "many"]}}}}, [1, 3]),
        ({"body": {"search_term": {"$match": {"contains": "i"}}}}, [1]),
        ({"body": {"search_term": {"$match": {"missing": True}}}}, [2, 3]),
        ({"body": {"$match": {"exactly": {"limit": 1}}}}, []),
        ({"body": {"$match": {"exactly": {"limit": 1, "search_term": "vip"}}}}, [1]),
        ({"body": {"limit": True}}, []),
        ({"query": {"debug": 1, "tag": ["a", "b"]}}, [1, 2, 3]),
        ({"query": {"debug": {"$match": {"one_of": [1, 2]}}}}, [1, 2, 3]),
        ({"query": {"tag": {"$match": {"contains": "c"}}}}, []),
        ({"query": {"tag": {"$match": {"contains": "b"}}}}, [1, 2, 3]),
        ({"headers": {"Content-Type": {"$match": {"contains": "json"}}}}, [1, 2, 3]),
        ({"status": {"$match": {"minimum": 400}}, "problem": "request_invalid"}, [3]),
        ({"problem": None, "fault": None, "flawed": False, "method": "POST"}, [1, 2]),
        ({"path": "/v1/audiences/get", "after": 1, "until": 2}, [2]),
    ],
)
def test_expected_values(client: Client, expected: dict[str, Any], numbers: list[int]) -> None:
    verdict = judge(client, vendor="ortto", operation="get_audiences", times=len(numbers), **expected)
    assert (verdict["passed"], verdict["numbers"], verdict["count"]) == (True, numbers, len(numbers))
    assert [exchange["number"] for exchange in verdict["exchanges"]] == numbers
    assert (verdict["last"], verdict["dropped"]) == (3, 0)


@pytest.mark.parametrize(
    ("count", "failure"),
    [
        ({}, None),
        ({"times": 3}, None),
        ({"times": 2}, "2 calls"),
        ({"times": [2, 4]}, None),
        ({"times": [4, 5]}, "4 to 5 calls"),
        ({"at_least": 4}, "at least 4 calls"),
        ({"at_most": 2}, "at most 2 calls"),
        ({"at_least": 1, "at_most": 2}, "1 to 2 calls"),
        ({"times": 0}, "0 calls"),
        ({"at_most": 0}, "no call"),
    ],
)
def test_counts(client: Client, count: dict[str, Any], failure: str | None) -> None:
    verdict = judge(client, vendor="ortto", limit=2, **count)
    assert (verdict["count"], len(verdict["exchanges"])) == (3, 2)
    head = verdict["message"] and verdict["message"].partition("\n")[0]
    assert head == (failure and f"expected {failure} of ortto, found 3")


def test_the_nearest_call_is_explained_with_its_differences(client: Client) -> None:
    pattern = {"limit": {"$match": {"type": "integer", "minimum": 50}}}
    message = judge(client, vendor="ortto", operation="get_audiences", body=pattern)["message"]
    assert message.splitlines()[:4] == [
        'expected a call of ortto get_audiences with body={"limit": "<integer, minimum 50>"}, found none',
        "",
        "  nearest:",
        "    #1 POST /ortto/v1/audiences/get?debug=1&tag=a&tag=b -> 200  "
        "[unknown query/debug]  [unknown query/tag]",
    ]
    assert "        body/limit: expected <integer, minimum 50>, got 1" in message


def test_an_order_has_one_exchange_for_each_step(client: Client) -> None:
    steps = [{"vendor": "ortto", "body": {"limit": 1}}, {"operation": "get_audiences", "status": 400}]
    assert judge(client, order=steps)["numbers"] == [1, 3]
    verdict = judge(client, order=[*steps, {"vendor": "ortto"}])
    assert (verdict["passed"], verdict["count"]) == (False, 2)
    assert "missing       ortto\n" in verdict["message"]


@pytest.mark.parametrize(
    ("assertion", "error", "words"),
    [
        ({"vendor": "orto"}, "unknown_vendor", "available: "),
        ({"operation": "get_audienses"}, "unknown_operation", "the nearest is get_audiences"),
        ({"order": [{"operation": "get_audienses"}]}, "unknown_operation", "the nearest is get_audiences"),
        ({"vendor": "ortto", "tims": 2}, "call_does_not_fit", "the nearest is times"),
        ({"order": [{"vendor": "ortto", "staus": 1}]}, "call_does_not_fit", "the nearest is status"),
        ({"times": 1, "at_most": 2}, "unfit_assertion", "times excludes at_most"),
        ({"order": [{"vendor": "ortto"}], "body": {}}, "unfit_assertion", "order excludes body"),
        ({"times": [3, 2]}, "unfit_assertion", "write the smaller number first"),
        ({"at_least": 3, "at_most": 2}, "unfit_assertion", "at_least is at most at_most"),
        ({"body": {"a": [{"$match": {"minimun": 1}}]}}, "unfit_assertion", "body/body/a/0/$match: unknown"),
        ({"body": {"$match": 1}}, "unfit_assertion", "write {} for any value"),
        ({"body": {"$match": {}, "limit": 1}}, "unfit_assertion", "'limit' is beside it"),
        ({"body": {"$match": {"type": "int"}}}, "unfit_assertion", f"one of {', '.join(TYPES)}"),
        ({"body": {"$match": {"minimum": True}}}, "unfit_assertion", "expected a number"),
        ({"body": {"$match": {"one_of": []}}}, "unfit_assertion", "expected a list"),
        ({"body": {"$match": {"missing": 1}}}, "unfit_assertion", "expected true"),
        ({"body": {"$match": {"missing": True, "type": "null"}}}, "unfit_assertion", "stands alone"),
    ],
)
def test_what_makes_no_sense_is_refused(client: Client, assertion: Any, error: str, words: str) -> None:
    status, name, message = refused(client, assertion)
    assert (status, name) == (404 if error.startswith("unknown") else 400, error)
    assert words in message


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("array", []),
        ("boolean", False),
        ("integer", 2.0),
        ("null", None),
        ("number", 0.5),
        ("object", {}),
        ("string", ""),
    ],
)
def test_the_types_are_those_of_json(type: str, value: Any) -> None:
    fitting = {name for name, fits in TYPES.items() if fits(value)}
    assert fitting == ({"integer", "number"} if type == "integer" else {type})


def test_a_step_has_the_members_of_an_assertion() -> None:
    schemas = Contract.read(contracts() / "control" / "openapi.yaml").document.root["components"]["schemas"]
    step, whole = schemas["ExpectedStep"]["properties"], schemas["Assertion"]["properties"]
    assert step == {name: schema for name, schema in whole.items() if name in step}
    assert {*whole} - {*step} == {"times", "at_least", "at_most", "order", "after", "until", "limit"}
