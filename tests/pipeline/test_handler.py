"""The way of a call: in which order it is judged, what stays of it, what is written down."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mockserver.call import Call, Reply, WireReply
from mockserver.errors import Problem, StoreUnavailableError
from mockserver.pipeline.handler import handle_call, handle_internal_call
from mockserver.pipeline.reply_building import CONTRACT_VIOLATION_HEADER
from mockserver.state.world import World
from mockserver.state.worlds import DEFAULT_WORLD
from mockserver.storage.sql_store import SqlStore
from mockserver.storage.sqlite import SQLite
from mockserver.storage.transactions import Document
from tests.shop import ORIGIN, START, Behaviour, Shop, body, error

# What goes out.


def test_a_good_call(shop: Shop) -> None:
    sent = shop.send("POST", "/people", {"name": "Åsa"})
    assert sent.status == 201
    assert sent.headers["Content-Type"] == "application/json; charset=utf-8"
    assert sent.body == '{"name":"Åsa"}\n'.encode()
    assert shop.names() == ["Åsa"]
    assert body(shop.send("GET", "/people")) == [{"name": "Åsa"}]


def test_standing_headers_are_sent_unless_the_operation_has_its_own(shop: Shop) -> None:
    assert {"X-Shop": "open", "Etag": "none"}.items() <= shop.send(
        "POST", "/people", {"name": "a"}
    ).headers.items()
    shop.behaviour["add_person"] = lambda call, world: Reply(
        call.body, headers={"ETag": "7", "X-Further": "8"}
    )
    headers = shop.send("POST", "/people", {"name": "a"}).headers
    assert headers == {
        "Content-Type": "application/json; charset=utf-8",
        "X-Shop": "open",
        "ETag": "7",
        "X-Further": "8",
    }


def test_a_content_type_of_the_operations_own(shop: Shop) -> None:
    shop.behaviour["list_people"] = lambda call, world: Reply(
        [], headers={"content-type": "application/json"}
    )
    assert shop.send("GET", "/people").headers == {"content-type": "application/json"}


def test_an_error_of_ours_before_the_rate_limits_is_a_500(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no route")

    monkeypatch.setattr("mockserver.pipeline.handler.find_operation", fail)
    assert error(shop.send("GET", "/people")) == (500, "broken_promise")
    assert shop.last()["why"].startswith("ValueError: no route")


def test_a_header_that_does_not_fit_is_a_broken_promise(shop: Shop) -> None:
    shop.behaviour["add_person"] = lambda call, world: Reply(call.body, headers={"x-shop": "closed"})
    assert error(shop.send("POST", "/people", {"name": "a"})) == (500, "broken_promise")
    assert shop.last()["violations"][0]["place"] == "header"


def test_nothing_is_no_body(shop: Shop) -> None:
    sent = shop.send("DELETE", "/people/a")
    assert (sent.status, sent.body, sent.headers) == (204, b"", {})


def test_null_is_a_body(shop: Shop) -> None:
    sent = shop.send("GET", "/open", x_shop_key=None)
    assert (sent.status, sent.body) == (200, b"null\n")
    assert sent.headers == {"Content-Type": "application/vnd.shop+json"}


def test_text_is_sent_as_it_is(shop: Shop) -> None:
    sent = shop.send("GET", "/note", authorization=f"Bearer {shop.key(field='token')}")
    assert (sent.status, sent.body) == (200, "å".encode())
    assert sent.headers == {"Content-Type": "text/plain"}


def _count(call: Call, world: World) -> dict[str, str]:
    counts = world.records("count")
    number = (counts.get("calls") or {"number": 0})["number"] + 1
    counts.add("calls", {"number": number}, rank=0)
    return {"X-Number": str(number), "X-Shop": "open"}


def test_headers_that_vary_are_on_every_reply(shop: Shop) -> None:
    shop.implement("response_headers", response_headers=_count)

    def refuse(call: Call, world: World) -> object:
        raise Problem("rude", word="damn")

    assert shop.send("POST", "/people", {"name": "a"}).headers["X-Number"] == "1"
    shop.behaviour["add_person"] = refuse
    refusals = [
        shop.send("POST", "/people", {"name": "a"}),
        shop.send("POST", "/people", {}),
        shop.send("GET", "/people", x_shop_key=None),
        shop.send("GET", "/nowhere"),
        shop.send("PUT", "/people"),
    ]
    assert [sent.status for sent in refusals] == [400, 400, 401, 404, 405]
    assert [sent.headers["X-Number"] for sent in refusals] == ["2", "3", "4", "5", "6"]
    assert refusals[-1].headers["Allow"] == "GET, POST"


def test_an_operations_own_header_comes_before_the_one_that_varies(shop: Shop) -> None:
    shop.implement("response_headers", response_headers=_count)
    shop.behaviour["list_people"] = lambda call, world: Reply([], headers={"X-Number": "mine"})
    assert shop.send("GET", "/people").headers["X-Number"] == "mine"


def test_headers_that_vary_are_held_against_the_contract(shop: Shop) -> None:
    shop.implement("response_headers", response_headers=lambda call, world: {"X-Shop": "closed"})
    assert error(shop.send("POST", "/people", {"name": "a"})) == (500, "broken_promise")


def test_the_vendor_may_choose_how_it_turns_a_caller_away(shop: Shop) -> None:
    asked: list[Call] = []

    def choose(call: Call) -> Problem | None:
        asked.append(call)
        return Problem("who_are_you") if call.headers.get("x-shop-key") == "lost" else None

    shop.implement("auth", map_auth_error=choose)
    assert error(shop.send("GET", "/people", x_shop_key="lost")) == (401, "who_are_you")
    assert error(shop.send("GET", "/people", x_shop_key="wrong")) == (401, "not_you")
    assert error(shop.send("GET", "/people", x_shop_key=None)) == (401, "who_are_you")
    assert [call.credential for call in asked] == [None, None, None]
    assert shop.send("GET", "/people").status == 200
    assert len(asked) == 3


def test_the_vendor_learns_which_credential_opens_nothing_here(shop: Shop) -> None:
    asked: list[Call] = []
    shop.implement("auth", map_auth_error=asked.append)
    token = {"x_shop_key": None, "authorization": f"Bearer {shop.key(field='token')}"}
    assert error(shop.send("GET", "/people", **token)) == (401, "not_you")
    assert asked[0].credential
    assert asked[0].credential["field"] == "token"
    shop.worlds.create("other", "nobody")
    shop.send("GET", "/people", named="other", **token)
    assert asked[1].credential is None, "it belongs to another world"


def test_a_refusal_is_filled_in(shop: Shop) -> None:
    def refuse(call: Call, world: World) -> object:
        raise Problem("rude", word="damn")

    shop.behaviour["add_person"] = refuse
    sent = shop.send("POST", "/people", {"name": "a"})
    assert sent.status == 400
    assert body(sent) == {"error": "rude", "id": shop.last()["id"], "word": "damn"}
    assert sent.headers["Content-Type"] == "application/json; charset=utf-8"


# In which order it is judged.


def test_the_order_of_the_checks(shop: Shop) -> None:
    """A call with everything wrong hears of one thing at a time."""

    def refuse(call: Call, world: World) -> object:
        raise Problem("taken")

    shop.behaviour["add_person"] = refuse
    key, kind = shop.key(), "application/json"
    steps: list[tuple[str, str, bytes, str | None, str | None, tuple[int, str]]] = [
        ("PUT", "/nowhere", b"{", None, None, (401, "who_are_you")),
        ("PUT", "/nowhere", b"{", "wrong", None, (401, "not_you")),
        ("PUT", "/nowhere", b"{", key, None, (415, "say_what_it_is")),
        ("PUT", "/nowhere", b"{", key, "text/plain", (404, "no_such_path")),
        ("PUT", "/people", b"{", key, "text/plain", (405, "no_such_method")),
        ("POST", "/people", b"{", key, "text/plain", (415, "only_json")),
        ("POST", "/people", b"", key, kind, (400, "nothing_sent")),
        ("POST", "/people", b"{", key, kind, (400, "no_json")),
        ("POST", "/people", b'{"name": ""}', key, kind, (400, "unfit")),
        ("POST", "/people", b'{"name": "a"}', key, kind, (409, "taken")),
    ]
    for method, path, raw, presented, content_type, expected in steps:
        sent = shop.send(method, path, raw, x_shop_key=presented, content_type=content_type)
        assert error(sent) == expected
        assert shop.last()["problem"] == expected[1]
    assert [exchange["number"] for exchange in shop.journal()] == list(range(1, len(steps) + 1))


def test_a_vendor_may_route_before_it_checks_credentials(shop: Shop) -> None:
    shop.vendor.contract.document.root["x-routes-first"] = True
    for method, path, expected in (
        ("PUT", "/nowhere", (404, "no_such_path")),
        ("PUT", "/people", (405, "no_such_method")),
        ("GET", "/people", (401, "who_are_you")),
        ("GET", "/people?limit=x", (401, "who_are_you")),
    ):
        sent = shop.send(method, path, x_shop_key=None, content_type=None)
        assert (error(sent), shop.last()["problem"]) == (expected, expected[1])
    assert [one["flaw"] for one in shop.journal()] == ["unknown_path", "unknown_method", None, None]


def test_the_function_is_reached_only_by_what_fits(shop: Shop) -> None:
    reached = []
    shop.behaviour["list_people"] = lambda call, world: reached.append(call.params) or []  # type: ignore[func-returns-value]
    assert error(shop.send("GET", "/people?limit=0")) == (400, "unfit")
    assert error(shop.send("GET", "/people?limit=x")) == (400, "unfit")
    assert shop.send("GET", "/people?limit=3").status == 200
    assert shop.send("GET", "/people").status == 200
    assert reached == [{"limit": 3}, {"limit": 10}]


def test_the_field_at_fault_is_named(shop: Shop) -> None:
    assert body(shop.send("GET", "/people?limit=0"))["field"] == "limit"
    assert body(shop.send("POST", "/people", {"name": 1}))["field"] == "name"
    (violation,) = shop.last()["violations"]
    assert violation == {
        "side": "call",
        "place": "body",
        "pointer": "/name",
        "keyword": "type",
        "message": "1 is not of type 'string'",
        "value": "1",
        "expected": "string",
        "nearest": None,
    }


def test_what_another_method_would_get(shop: Shop) -> None:
    sent = shop.send("PUT", "/people")
    assert sent.status == 405
    assert sent.headers["Allow"] == "GET, POST"
    assert "Allow" not in shop.send("PUT", "/nowhere").headers
    assert shop.journal()[0]["flaw"] == "unknown_method"


def test_the_nearest_operation_is_told(shop: Shop) -> None:
    sent = shop.send("GET", "/poeple")
    assert body(sent)["near"] == "GET /people (list_people)"
    exchange = shop.last()
    assert (exchange["flaw"], exchange["nearest"]) == ("unknown_path", "GET /people (list_people)")
    assert exchange["operation"] is None


def test_an_unknown_parameter_is_noted_with_the_nearest(shop: Shop) -> None:
    assert shop.send("GET", "/people?limt=3&zzz=1&limit=2").status == 200
    assert shop.last()["unknown"] == [
        {"place": "query", "pointer": "/limt", "nearest": "limit"},
        {"place": "query", "pointer": "/zzz", "nearest": None},
    ]
    assert shop.last()["flaw"] is None


# Whose world it is.


def test_the_world_is_the_urls_else_the_credentials_else_the_default(shop: Shop) -> None:
    shop.worlds.create("x", "nobody")
    for named, key, expected in [
        (None, shop.key(), DEFAULT_WORLD),
        (None, shop.key("x"), "x"),
        ("x", shop.key("x"), "x"),
        (DEFAULT_WORLD, shop.key(), DEFAULT_WORLD),
        (None, "nobody's", DEFAULT_WORLD),
        (None, None, DEFAULT_WORLD),
        ("x", None, "x"),
    ]:
        before = {name: len(shop.journal(name)) for name in (DEFAULT_WORLD, "x")}
        shop.send("POST", "/people", {"name": expected}, named, x_shop_key=key)
        before[expected] += 1
        assert {name: len(shop.journal(name)) for name in (DEFAULT_WORLD, "x")} == before
    assert (shop.names(), shop.names("x")) == ([DEFAULT_WORLD], ["x"])


def test_the_credential_of_another_world_is_refused(shop: Shop) -> None:
    shop.worlds.create("x", "nobody")
    assert error(shop.send("GET", "/people", named="x")) == (401, "not_you")
    assert error(shop.send("GET", "/people", named=DEFAULT_WORLD, x_shop_key=shop.key("x"))) == (
        401,
        "not_you",
    )
    assert (len(shop.journal()), len(shop.journal("x"))) == (1, 1)


def test_the_credential_of_another_field_is_refused(shop: Shop) -> None:
    token = shop.key(field="token")
    assert error(shop.send("GET", "/people", x_shop_key=token)) == (401, "not_you")
    assert error(shop.send("GET", "/note")) == (401, "not_you")
    assert error(shop.send("GET", "/note", x_shop_key=None)) == (401, "who_are_you")
    assert error(shop.send("GET", "/note", x_shop_key=None, authorization=token)) == (401, "who_are_you")
    assert shop.send("GET", "/note", x_shop_key=None, authorization=f"bearer {token}").status == 200


def test_the_operation_sees_who_calls(shop: Shop) -> None:
    seen: list[Any] = []
    shop.behaviour["get_open"] = lambda call, world: seen.append(call.credential)
    shop.send("GET", "/open")
    shop.send("GET", "/open", x_shop_key="nobody's")
    assert (
        seen[0].items()
        >= {"world": DEFAULT_WORLD, "vendor": "shop", "field": "api_key", "value": shop.key()}.items()
    )
    assert seen[1] is None


@pytest.mark.parametrize("name", ["nowhere", "", "Default", "default "])
def test_a_world_that_is_none(shop: Shop, name: str) -> None:
    with pytest.raises(Problem, match="unknown_world"):
        shop.send("GET", "/people", named=name)
    assert shop.journal() == []


def test_the_credential_of_a_deleted_world(shop: Shop) -> None:
    shop.worlds.create("x", "nobody")
    key = shop.key("x")
    shop.worlds.delete("x")
    assert error(shop.send("GET", "/people", x_shop_key=key)) == (401, "not_you")


def test_a_world_that_is_deleted_meanwhile_is_left_no_rows(shop: Shop) -> None:
    """The call waits for the deletion, and then finds that the world is gone."""
    shop.worlds.create("x", "nobody")
    key, started = shop.key("x"), threading.Event()
    outcome: list[int | str] = []

    def call() -> None:
        started.set()
        try:
            outcome.append(shop.send("POST", "/people", {"name": "late"}, "x", x_shop_key=key).status)
        except Problem as problem:
            outcome.append(problem.name)

    thread = threading.Thread(target=call)
    with shop.worlds.store.transaction():
        shop.worlds.store.lock("x")
        thread.start()
        assert started.wait(30)
        thread.join(0.05)
        shop.worlds.delete("x")
    thread.join(30)
    assert outcome == ["unknown_world"]
    shop.worlds.create("x", "nobody")
    assert (shop.names("x"), shop.journal("x")) == ([], [])


# What stays of it.


def _raising(trouble: Exception) -> Behaviour:
    def write_and_raise(call: Call, world: World) -> object:
        world.records("person").add("half", {"name": "half"})
        world.index("by_name").add("half", "half")
        world.jobs.schedule(world.now(), "greet", name="half")
        raise trouble

    return write_and_raise


def _unfit(call: Call, world: World) -> object:
    world.records("person").add("half", {"name": "half"})
    return {"nome": "half"}


def _undeclared(call: Call, world: World) -> object:
    world.records("person").add("half", {"name": "half"})
    return Reply({"name": "half"}, status=202)


def _unsayable(call: Call, world: World) -> object:
    world.records("person").add("half", {"name": "half"})
    return {"name": "half", "size": 2**70}


@pytest.mark.parametrize(
    ("behaviour", "status", "problem", "flaw", "why"),
    [
        (_raising(Problem("taken")), 409, "taken", None, None),
        (
            _raising(ZeroDivisionError("by nought")),
            500,
            None,
            "broken_promise",
            "ZeroDivisionError: by nought",
        ),
        (
            _raising(Problem("no_such_path")),
            500,
            "no_such_path",
            "broken_promise",
            "add_person raises the problem no_such_path, which its contract does not list",
        ),
        (
            _raising(Problem("rude")),
            500,
            "rude",
            "broken_promise",
            "problem rude needs the detail 'word'",
        ),
        (_unfit, 500, None, "broken_promise", "reply 201: body: 'name' is a required property"),
        (_undeclared, 500, None, "broken_promise", "reply 202: status: status 202 is not declared"),
        (_unsayable, 500, None, "broken_promise", "Integer exceeds 64-bit range"),
    ],
)
def test_what_is_refused_or_broken_leaves_a_trace_in_the_journal_only(
    shop: Shop, behaviour: Behaviour, status: int, problem: str | None, flaw: str | None, why: str | None
) -> None:
    shop.send("POST", "/people", {"name": "whole"})
    shop.behaviour["add_person"] = behaviour
    sent = shop.send("POST", "/people", {"name": "a"})
    assert sent.status == status
    exchange = shop.last()
    assert (exchange["problem"], exchange["flaw"]) == (problem, flaw)
    assert exchange["operation"] == "add_person"
    assert exchange["reply"]["status"] == status
    assert why in (exchange["why"], (exchange["why"] or "").removeprefix("TypeError: "))
    assert {one["side"] for one in exchange["violations"]} <= {"reply"}
    if flaw:
        assert sent.headers == {"Content-Type": "application/json", CONTRACT_VIOLATION_HEADER: "1"}
        assert body(sent) == {"error": "broken_promise", "message": exchange["why"]}
    assert shop.names() == ["whole"]
    world = shop.world()
    assert (world.index("by_name").find("half"), world.jobs.pending()) == ([], [])
    assert len(shop.journal()) == 2


def test_a_broken_errors_module_is_confessed_too(shop: Shop) -> None:
    def standing(call: Call, world: World) -> object:
        raise ZeroDivisionError("by nought")

    shop.implement("errors", error_context=standing)
    sent = shop.send("GET", "/nowhere")
    assert (sent.status, sent.headers[CONTRACT_VIOLATION_HEADER]) == (500, "1")
    assert (shop.last()["why"], shop.last()["flaw"]) == ("ZeroDivisionError: by nought", "broken_promise")


def test_the_world_works_on_after_a_broken_promise(shop: Shop) -> None:
    shop.behaviour["list_people"] = _raising(ZeroDivisionError())
    assert shop.send("GET", "/people").status == 500
    assert shop.send("POST", "/people", {"name": "a"}).status == 201
    assert shop.names() == ["a"]


def test_jobs_are_done_before_the_operation_and_stay_done(shop: Shop) -> None:
    seen: list[object] = []

    def refuse(call: Call, world: World) -> object:
        seen.append((world.now(), world.records("greeting").get("Åsa")))
        raise Problem("taken")

    shop.behaviour["add_person"] = refuse
    shop.world().jobs.schedule(START + timedelta(hours=1), "greet", name="Åsa")
    shop.worlds.clock(DEFAULT_WORLD).advance(timedelta(hours=2))
    assert shop.send("POST", "/people", {"name": "a"}).status == 409
    assert seen == [(START + timedelta(hours=2), {"at": "2026-01-01T01:00:00+00:00"})]
    assert shop.world().records("greeting").has("Åsa")
    assert shop.world().jobs.pending() == []


def test_jobs_wait_for_a_call_that_is_let_in_and_fits(shop: Shop) -> None:
    shop.world().jobs.schedule(START, "greet", name="Åsa")
    shop.send("GET", "/people", x_shop_key="nobody's")
    shop.send("GET", "/people?limit=0")
    assert len(shop.world().jobs.pending()) == 1
    shop.send("GET", "/people")
    assert shop.world().jobs.pending() == []


def test_a_job_that_fails_is_a_broken_promise_and_leaves_nothing(shop: Shop) -> None:
    shop.world().jobs.schedule(START, "fail")
    shop.world().jobs.schedule(START, "greet", name="later")
    sent = shop.send("POST", "/people", {"name": "a"})
    assert (sent.status, shop.last()["flaw"]) == (500, "broken_promise")
    assert shop.world().records("greeting").count() == 0
    assert len(shop.world().jobs.pending()) == 2
    assert shop.names() == []


def test_a_job_that_is_none_is_told_with_the_mend(shop: Shop) -> None:
    shop.world().jobs.schedule(START, "dance")
    shop.send("GET", "/people")
    assert (
        "mockserver/vendors/shop/jobs.py: has no function dance; write `def dance(…)` there"
        in shop.last()["why"]
    )


# What is written down.


def test_an_exchange_as_it_is_written_down(shop: Shop) -> None:
    sent = shop.send("POST", "/people?a=%C3%A5", {"name": "Åsa"}, x_other="1")
    exchange = shop.last()
    assert exchange.pop("duration_us") >= 0
    assert exchange == {
        "number": 1,
        "id": exchange["id"],
        "at": "2026-01-01T00:00:00Z",
        "vendor": "shop",
        "operation": "add_person",
        "call": {
            "method": "POST",
            "url": f"{ORIGIN}/people?a=%C3%A5",
            "path": "/people",
            "headers": {"x-shop-key": "…", "content-type": "application/json", "x-other": "1"},
            "body": '{"name": "\\u00c5sa"}',
        },
        "reply": {"status": 201, "headers": sent.headers, "body": '{"name":"Åsa"}\n'},
        "problem": None,
        "violations": [],
        "unknown": [{"place": "query", "pointer": "/a", "nearest": None}],
        "flaw": None,
        "nearest": None,
        "why": None,
        "fault": None,
        "remarks": [],
        "effects": [],
        "effect_counts": {},
        "jobs": [],
    }


def test_the_url_is_written_so_that_it_can_be_called_again(shop: Shop) -> None:
    shop.send("DELETE", "/people/å b")
    assert shop.last()["call"]["url"] == f"{ORIGIN}/people/%C3%A5%20b"
    assert shop.last()["call"]["path"] == "/people/å b"


def test_secrets_are_not_written_down(shop: Shop) -> None:
    secrets = shop.key(), shop.key(field="token")
    shop.behaviour["list_people"] = lambda call, world: Reply([], headers={"Set-Cookie": f"s={secrets[0]}"})
    shop.send("GET", "/people", authorization=f"Bearer {secrets[1]}", cookie=f"session={secrets[1]}")
    exchange = shop.last()
    assert exchange["reply"]["status"] == 200
    assert not [secret for secret in secrets if secret in json.dumps(exchange)]
    assert exchange["call"]["headers"]["authorization"] == "…"
    assert exchange["reply"]["headers"]["Set-Cookie"] == "…"


def test_every_call_has_a_fresh_id(shop: Shop) -> None:
    sent = []
    shop.behaviour["add_person"] = lambda call, world: sent.append(call.id) or call.body  # type: ignore[func-returns-value]
    for _ in range(20):
        shop.send("POST", "/people", {"name": "a"})
    assert len(set(sent)) == 20
    assert {UUID(id).version for id in sent} == {4}
    assert [exchange["id"] for exchange in shop.journal()] == sent


def history(shop: Shop, world: str = DEFAULT_WORLD) -> list[dict[str, Any]]:
    """The journal of a few calls of all kinds, without what the time outside decides."""
    key = shop.key(world)
    shop.send("POST", "/people", {"name": "a"}, world, x_shop_key=key)
    shop.send("GET", "/people?limit=0&limt=3", None, world, x_shop_key=key)
    shop.send("PUT", "/peoples", None, world, x_shop_key=key)
    shop.send("GET", "/people", None, world, x_shop_key="nobody's")
    shop.send("DELETE", "/people/a", None, world, x_shop_key=key)
    return [
        {name: value for name, value in one.items() if name != "duration_us"} for one in shop.journal(world)
    ]


def test_the_same_history_is_told_the_same(shop: Shop) -> None:
    shop.worlds.create("x", "nobody")
    shop.worlds.create("other", "nobody", seed=8)
    first = history(shop)
    assert history(shop, "x") == first
    shop.worlds.reset("x")
    assert history(shop, "x") == first
    assert {one["id"] for one in history(shop, "other")}.isdisjoint(one["id"] for one in first)


def test_the_same_history_is_told_the_same_in_every_process() -> None:
    script = (
        "import json; from mockserver.storage.memory import MemoryStore; "
        "from tests.shop import Shop; from tests.pipeline.test_handler import history; "
        "print(json.dumps(history(Shop(MemoryStore())), sort_keys=True))"
    )
    root = str(Path(__file__).parents[2])
    printed = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": root}
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=root,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        printed.add(done.stdout)
    assert len(printed) == 1
    assert len(json.loads(printed.pop())) == 5


def test_a_restored_world_gives_no_id_twice(shop: Shop) -> None:
    shop.worlds.snapshot(DEFAULT_WORLD, "s")
    shop.send("GET", "/people")
    shop.worlds.restore(DEFAULT_WORLD, "s")
    shop.send("GET", "/people")
    assert len({exchange["id"] for exchange in shop.journal()}) == 2


def test_eight_threads_at_once(shop: Shop) -> None:
    shop.worlds.create("x", "nobody")
    keys = {name: shop.key(name) for name in (DEFAULT_WORLD, "x")}

    def add(number: int) -> int:
        world = "x" if number % 2 else DEFAULT_WORLD
        return shop.send("POST", "/people", {"name": f"{number:03}"}, x_shop_key=keys[world]).status

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(add, range(100))) == {201}
    for world, numbers in ((DEFAULT_WORLD, range(0, 100, 2)), ("x", range(1, 100, 2))):
        assert sorted(shop.names(world)) == [f"{number:03}" for number in numbers]
        journal = shop.journal(world)
        assert [exchange["number"] for exchange in journal] == list(range(1, 51))
        assert len({exchange["id"] for exchange in journal}) == 50


# Contracts of our own, without credentials and journal.


def _directly(
    shop: Shop, call: Call, before: Callable[[], object] = lambda: None
) -> tuple[WireReply, str | None]:
    sent, note = handle_internal_call(shop.vendor, call, shop.world(), shop.worlds.store.transaction, before)
    return sent, note.kind_of_error


def test_directly_without_a_credential_and_a_journal(shop: Shop) -> None:
    headers = {"content-type": "application/json"}
    sent, flaw = _directly(shop, Call("POST", "/people", headers=headers, raw=b'{"name": "a"}'))
    assert (sent.status, flaw, shop.names()) == (201, None, ["a"])
    sent, flaw = _directly(shop, Call("GET", "/nowhere", headers=headers))
    assert (error(sent), flaw) == ((404, "no_such_path"), "unknown_path")
    assert shop.journal() == []


@pytest.mark.parametrize(("behaviour", "status"), [(_raising(Problem("taken")), 409), (_unfit, 500)])
def test_directly_what_is_refused_or_broken_leaves_no_trace(
    shop: Shop, behaviour: Behaviour, status: int
) -> None:
    shop.behaviour["add_person"] = behaviour
    headers = {"content-type": "application/json"}
    sent, flaw = _directly(shop, Call("POST", "/people", headers=headers, raw=b'{"name": "a"}'))
    assert (sent.status, flaw) == (status, "broken_promise" if status == 500 else None)
    assert shop.names() == []


def test_directly_what_comes_before_comes_before(shop: Shop) -> None:
    headers = {"content-type": "application/json"}
    call = Call("GET", "/people", headers=headers)
    sent, _ = _directly(shop, call, lambda: shop.world().records("person").add("a", {"name": "a"}))
    assert body(sent) == [{"name": "a"}]


class Sessions:
    """An auth.py of a vendor whose sessions only it can read: a session holds while its record is there."""

    @staticmethod
    def extract_credentials(call: Call) -> list[tuple[str, str]]:
        ticket = call.headers.get("x-ticket")
        return [("session", ticket)] if ticket else []

    @staticmethod
    def authenticate(call: Call, world: World, known: list[dict[str, Any]]) -> dict[str, Any]:
        call.remarks.append(f"{len(known)} known")
        for one in known:
            if one["field"] == "session" and world.records("session").has(one["value"]):
                return one
        raise Problem("not_you")


def test_a_vendor_may_know_its_callers_by_itself(shop: "Shop") -> None:
    shop.implement(
        "auth", extract_credentials=Sessions.extract_credentials, authenticate=Sessions.authenticate
    )
    shop.worlds.create("x")
    inside = shop.world("x")
    inside.records("session").add("t1", {})
    inside.issue("session", "t1")

    def status(ticket: str, named: str | None = None) -> int:
        headers = {"x-ticket": ticket, "content-type": "application/json"}
        return handle_call(shop.worlds, shop.vendor, Call("GET", "/people", headers=headers), named).status

    assert status("t1") == 200  # the ticket alone finds the world
    assert shop.worlds.journal("x").read()[-1]["remarks"] == ["1 known"]
    assert status("t1", DEFAULT_WORLD) == status("t2") == 401
    shop.worlds.reset("x")  # forgets the record, which is what makes a session hold
    assert status("t1") == 401
    shop.world("x").revoke("session", "t1")
    assert shop.worlds.credential("shop", "session", "t1") is None


def test_a_world_tells_a_vendor_its_own_credentials(shop: "Shop") -> None:
    minted = shop.worlds.create("x")["credentials"]["shop"]
    assert shop.world("x").credentials == minted


def test_a_vendor_may_send_a_problem_with_another_status(shop: "Shop") -> None:
    shop.implement(
        "errors",
        error_context=lambda call, world: {"request_id": call.id},
        error_status=lambda call, world, status: 201 if status == 400 else status,
    )
    sent = shop.send("POST", "/people", {"name": ""})
    assert (sent.status, shop.last()["why"]) == (500, "reply 201: body: 'name' is a required property")
    shop.implement(
        "errors",
        error_context=lambda call, world: {"request_id": call.id},
        error_status=lambda call, world, status: 415,
    )
    sent = shop.send("GET", "/people?limit=0")
    assert error(sent) == (415, body(shop.send("GET", "/people?limit=0"))["error"])
    assert shop.last()["problem"] == "unfit"


# In a world that was told so.


def test_the_vendor_chooses_the_problem_of_an_invalid_call_also_in_a_strict_world(shop: Shop) -> None:
    shop.implement(
        "errors",
        error_context=lambda call, world: {"request_id": call.id},
        map_validation_error=lambda call, operation, violations: Problem("taken"),
    )
    shop.worlds.settings(DEFAULT_WORLD).change({"strictness": "strict"})
    for given in ({}, {"name": "a", "nmae": "b"}):
        assert error(shop.send("POST", "/people", given)) == (409, "taken")


def test_a_strict_world_refuses_what_the_contract_does_not_know(shop: Shop) -> None:
    assert shop.send("GET", "/people?limmit=1").status == 200
    shop.worlds.settings(DEFAULT_WORLD).change({"strictness": "strict"})
    assert error(shop.send("GET", "/people?limmit=1")) == (400, "unfit")
    violation = shop.last()["violations"][0]
    assert (violation["pointer"], violation["keyword"]) == ("/limmit", "unknown")
    assert "limit" in violation["message"]
    assert error(shop.send("POST", "/people", {"name": "a", "nmae": "b"})) == (400, "unfit")
    assert shop.names() == []
    assert shop.send("POST", "/people", {"name": "a"}).status == 201


def test_a_world_that_does_not_wait(shop: Shop) -> None:
    def plan(call: Call, world: World) -> object:
        world.jobs.schedule(world.now() + timedelta(hours=1), "greet", name="later")
        world.jobs.schedule_event(world.now() + timedelta(days=1), "greet", name="by date")
        return call.body

    shop.behaviour["add_person"] = plan
    shop.worlds.settings(DEFAULT_WORLD).change({"jobs": "immediate"})
    shop.send("POST", "/people", {"name": "a"})
    assert shop.world().records("greeting").get("later") == {"at": START.isoformat()}
    assert not shop.world().records("greeting").has("by date")


def test_a_world_whose_jobs_are_done_by_hand(shop: Shop) -> None:
    shop.world().jobs.schedule(START + timedelta(hours=1), "greet", name="later")
    shop.worlds.settings(DEFAULT_WORLD).change({"jobs": "manual"})
    shop.worlds.clock(DEFAULT_WORLD).advance(timedelta(hours=2))
    shop.send("GET", "/people")
    assert not shop.world().records("greeting").has("later")


SECRET = 'it\'s "hush" å'


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ({"name": "a", "pin": SECRET}, {}),
        ({"name": 1, "pin": SECRET}, {}),
        ({"name": "a", "pni": SECRET}, {}),
        ({"name": "a", "pin": {"deep": SECRET}}, {}),
        ([{"pin": SECRET}], {}),
        ({"pin": SECRET}, {}),
        ({"name": "a", "pin": SECRET}, {"x_shop_key": "nobody's"}),
        (json.dumps({"pin": SECRET})[:-1].encode(), {}),
        (json.dumps({"pin": SECRET}).encode("utf-8"), {"content_type": "text/plain"}),
    ],
)
def test_a_secret_is_written_down_in_no_body_and_no_message(
    shop: Shop, body: Any, changes: dict[str, str]
) -> None:
    shop.send("POST", "/people", body, **changes)
    assert "hush" not in json.dumps(shop.last())


def test_what_a_client_sent_besides_its_secret_is_still_there(shop: Shop) -> None:
    shop.send("POST", "/people", {"name": "Ada", "pin": SECRET})
    assert shop.last()["call"]["body"] == '{"name":"Ada","pin":"…"}'
    shop.send("POST", "/people", {"name": "Ada", "pin": "123"})
    (violation,) = shop.last()["violations"]
    assert (violation["value"], violation["message"]) == ('"…"', "does not fit (minLength)")
    assert violation["expected"] == "at least 4 characters"


def test_a_secret_within_a_value_that_does_not_fit_is_not_written_down(shop: Shop) -> None:
    for name, shown in (({"pin": SECRET}, '"…"'), ({"age": 5}, '{"age": 5}')):
        shop.send("POST", "/people", {"name": name})
        assert [one["value"] for one in shop.last()["violations"]] == [shown]


@pytest.mark.parametrize("quote", [repr, json.dumps, str])
def test_a_secret_is_not_quoted_where_no_name_tells(
    shop: Shop, quote: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(call: Call, world: World) -> object:
        call.remarks.append(f"the pin is {quote(SECRET)}, the key {shop.key()}")
        raise ValueError(f"no such pin: {quote(SECRET)}, nor key {shop.key()}")

    shop.behaviour["add_person"] = fail
    shop.send("POST", "/people", {"name": "a", "pin": SECRET})
    exchange = shop.last()
    assert exchange["flaw"] == "broken_promise"
    assert "hush" not in json.dumps(exchange)
    assert shop.key() not in json.dumps(exchange)
    assert caplog.records
    assert "hush" not in caplog.text
    assert shop.key() not in caplog.text
    assert exchange["why"].startswith("ValueError: no such pin: ")


def test_a_secret_in_a_broken_promise_is_not_written_down(shop: Shop) -> None:
    shop.behaviour["list_people"] = lambda call, world: [{"name": 1, "pin": SECRET}, {"pin": [SECRET]}]
    shop.send("GET", "/people")
    assert len(shop.last()["violations"]) == 3
    assert "hush" not in json.dumps(shop.last())


def test_nothing_that_was_sent_makes_a_line_of_the_log(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    def fail(call: Call, world: World) -> object:
        try:
            raise KeyError(call.body["name"])
        except KeyError as error:
            raise ValueError(call.body["name"]) from error

    shop.behaviour["add_person"] = fail
    shop.send("POST", "/people", {"name": "a\r\nERROR forged\x1b[2J\u2028"})
    (record,) = caplog.records
    lines = record.getMessage().split("\n")
    assert [line for line in lines if not line.isprintable() or line.startswith("ERROR")] == []
    assert lines[-1] == r"  ValueError: a\r\nERROR forged\x1b[2J\u2028"
    assert [line for line in lines if line.startswith("  KeyError: ")]
    assert "raise ValueError(call.body" in record.getMessage()


# Without a store.


class _Failing(SQLite):
    """A database that cannot be asked at some moments."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.troubles: list[StoreUnavailableError] = []

    def put(self, document: Document) -> None:
        if self.troubles:
            raise self.troubles.pop()
        super().put(document)


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[_Failing]:
    engine = _Failing(str(tmp_path / "store.db"))
    yield engine
    engine.close()


def test_what_the_store_could_not_carry_through_is_tried_again(failing: _Failing) -> None:
    shop = Shop(SqlStore(failing))
    failing.troubles = [StoreUnavailableError("deadlock", again=True)] * 2
    assert shop.send("POST", "/people", {"name": "a"}).status == 201
    assert (shop.names(), len(shop.journal())) == (["a"], 1)


def test_a_call_that_is_tried_again_keeps_nothing_of_its_first_try(shop: Shop) -> None:
    troubles = [StoreUnavailableError("deadlock", again=True)] * 2

    def add_person(call: Call, world: World) -> object:
        call.remarks.append("a remark")
        world.records("person").add(call.body.pop("name"), {})
        if troubles:
            raise troubles.pop()
        return {"name": "a"}

    shop.behaviour["add_person"] = add_person
    assert shop.send("POST", "/people?tpyo=1", {"name": "a"}).status == 201
    (exchange,) = shop.journal()
    assert exchange["remarks"] == ["a remark"]
    assert [one["pointer"] for one in exchange["unknown"]] == ["/tpyo"]


@pytest.mark.parametrize(("troubles", "again"), [(3, True), (1, False)])
def test_without_a_store_the_vendor_is_out_of_order(failing: _Failing, troubles: int, again: bool) -> None:
    shop = Shop(SqlStore(failing))
    failing.troubles = [StoreUnavailableError("gone", again=again)] * troubles
    sent = shop.send("POST", "/people", {"name": "a"})
    assert sent.status == 503
    assert set(body(sent)) >= {"error", "id"}, "in the vendor's own form"
    assert CONTRACT_VIOLATION_HEADER not in sent.headers
    assert (failing.troubles, shop.names(), shop.journal()) == ([], [], [])
