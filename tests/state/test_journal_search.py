"""The search language of the journal."""

from typing import Any

import pytest

from mockserver.errors import InvalidSearchError
from mockserver.state.journal_search import KEYS, Found, parse_search
from mockserver.state.verdicts import VERDICTS, verdict_of

KNOWN = {"vendor": ["ortto", "voyado"], "op": ["get_audiences", "merge_people"]}


def exchange(**change: Any) -> Any:
    """An exchange that is fine, with some members changed."""
    call = {"method": "POST", "url": "http://h/ortto/v1/audiences/get?a=1", "path": "/v1/audiences/get"}
    return {
        "number": 1,
        "id": "6d4f0a9e",
        "vendor": "ortto",
        "operation": "get_audiences",
        "call": {**call, "headers": {"user-agent": "shop/1"}, "body": '{"limit": 1, "q": "VIP: all"}'},
        "reply": {"status": 200, "headers": {"X-Kind": "list"}, "body": '{"audiences": []}'},
        "problem": None,
        "violations": [],
        "unknown": [],
        "flaw": None,
        "why": None,
        "fault": None,
        "effect_counts": {},
    } | change


REPLY = {"status": 404, "headers": {}, "body": ""}
CASES = {
    "fine": exchange(),
    "refused": exchange(problem="not_found", reply=REPLY),
    "violation": exchange(violations=[{"side": "call"}], reply={**REPLY, "status": 422}),
    "fault": exchange(fault={"id": "f", "kind": "drop_after"}, violations=[{"side": "call"}]),
    "broken": exchange(flaw="broken_promise", why="KeyError: 'x'", reply={**REPLY, "status": 500}),
}


def found(search: str, one: Any = None, test: str | None = "tests/test_shop.py::test_vip") -> bool:
    return parse_search(search, KNOWN)(Found(one or exchange(), test))


@pytest.mark.parametrize("verdict", VERDICTS)
def test_each_verdict_and_how_it_is_searched_for(verdict: str) -> None:
    assert verdict_of(CASES[verdict]) == verdict
    hits = {name for name, one in CASES.items() if found(f"verdict:{verdict}", one)}
    assert hits == {verdict} == {name for name, one in CASES.items() if found(f"is:{verdict}", one)}


def test_a_call_of_what_the_contract_does_not_have_violates_it() -> None:
    assert verdict_of(exchange(unknown=[{"place": "query"}])) == "violation"
    assert verdict_of(exchange(flaw="unknown_path", problem="not_found", reply=REPLY)) == "violation"
    assert verdict_of(exchange(reply=REPLY)) == "refused"  # without a problem of the contract


@pytest.mark.parametrize(
    "search",
    [
        "",
        "vendor:ortto op:get_audiences",
        "VENDOR:Ortto operation:get_*",
        "vendor:voyado,ortto",
        "op:*aud*ces",
        "status:200",
        "status:2xx status:100-299 status:<300 status:>=200",
        "-status:4xx,5xx",
        "method:post path:audiences path:/v1/*/get",
        "test:test_vip",
        'test:"test_shop.py::test_vip"',
        "-is:flawed -is:changed -is:unknown flawed:no -fault:* -problem:*",
        "VIP limit",
        '"vip: all"',
        '-"vip: none" user-agent',
        '"x-kind: list" 6d4f0a9e',
        '{"limit":',
    ],
)
def test_what_finds_the_call(search: str) -> None:
    assert found(search)


@pytest.mark.parametrize(
    "search",
    [
        "vendor:voyado",
        "op:merge_people",
        "op:*get",
        "op:get_audiences*s",
        "status:201,404",
        "status:>200",
        "-vendor:ortto",
        "path:/v2",
        "test:test_other",
        "is:flawed",
        "flawed:yes",
        "problem:*",
        "fault:drop_after",
        "limit elsewhere",
        '-"vip: all"',
    ],
)
def test_what_does_not_find_the_call(search: str) -> None:
    assert not found(search)


def test_a_world_without_a_label_has_no_test() -> None:
    assert not found("test:vip", test=None)
    assert found("-test:vip", test=None)


def test_states_of_calls() -> None:
    assert found("is:changed", exchange(effect_counts={"ortto.people": {"added": 1}}))
    assert found("is:flawed is:unknown flawed:true", exchange(flaw="unknown_path"))
    assert found("fault:drop_* problem:not_found", {**CASES["fault"], "problem": "not_found"})


@pytest.mark.parametrize(
    ("search", "message"),
    [
        (
            "vendr:ortto",
            "character 1: unknown key 'vendr', the nearest is vendor; put text with a colon in quotes",
        ),
        ("x  stats:404", "character 4: unknown key 'stats', the nearest is status"),
        ("vendor:orto", "unknown value 'orto' of vendor, the nearest is ortto"),
        ("op:get_audience", "unknown value 'get_audience' of op, the nearest is get_audiences"),
        ("verdict:fin", "unknown value 'fin' of verdict, the nearest is fine"),
        ("is:flawd", "unknown value 'flawd' of is, the nearest is flawed"),
        ("flawed:yess", "unknown value 'yess' of flawed, the nearest is yes"),
        ("status:abc", "invalid status 'abc'; write 404, 4xx, 400-499 or >=400"),
        ("vendor:", "vendor: has no value; write vendor:VALUE"),
        ("path:a,", "path: has no value"),
        ('path:"a', "the quote is not closed"),
        ("- x", "there is no text"),
        ("x" * 501, "more than 500 characters"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(search: str, message: str) -> None:
    with pytest.raises(InvalidSearchError) as error:
        parse_search(search, KNOWN)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_many_wildcards_take_linear_time() -> None:
    """A regular expression would not come to an end."""
    assert not found("path:" + "a*" * 200 + "b", exchange(call={**exchange()["call"], "path": "a" * 8000}))


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_a_key(key: str) -> None:
    values = {"status": "200", "verdict": "fine", "is": "fine", "flawed": "no"}
    assert parse_search(f"{key}:{values.get(key, '*')}") is not None
