"""Faults on the way of a call: what each kind does, how often, and what the journal says of it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from mockserver.call import Call
from mockserver.errors import Problem, WouldBlockError
from mockserver.state.faults import KINDS, FaultRecord, is_planned_reply
from mockserver.state.world import World
from mockserver.state.worlds import DEFAULT_WORLD
from tests.shop import START, Shop, body, error


def arm(shop: Shop, kind: str, **options: Any) -> FaultRecord:
    return shop.worlds.faults(DEFAULT_WORLD).add({"kind": kind, **options})


def add(shop: Shop, name: str = "a") -> Any:
    return shop.send("POST", "/people", {"name": name})


def spent(shop: Shop) -> list[tuple[int, int]]:
    return [(one["seen"], one["spent"]) for one in shop.worlds.faults(DEFAULT_WORLD).all()]


# What each kind does.


def test_a_planned_problem(shop: Shop) -> None:
    arm(shop, "problem", problem="taken", operation="add_person")
    assert error(add(shop)) == (409, "taken")
    assert shop.names() == [], "nothing was done"
    exchange = shop.last()
    assert exchange["problem"] == "taken"
    assert exchange["fault"] == {"id": "fault-1", "kind": "problem"}
    assert exchange["flaw"] is None
    assert body(add(shop)) == {"name": "a"}
    assert shop.last()["fault"] is None


def test_a_planned_problem_takes_the_details_that_are_given(shop: Shop) -> None:
    arm(shop, "problem", problem="rude", details={"word": "damn"})
    assert body(add(shop))["word"] == "damn"


def test_a_planned_problem_without_details_is_as_the_contract_has_written_it(shop: Shop) -> None:
    arm(shop, "problem", problem="rude")
    sent = add(shop)
    assert body(sent) == {"error": "rude", "id": shop.last()["id"], "word": ""}


def test_a_problem_of_another_operation(shop: Shop) -> None:
    arm(shop, "problem", problem="taken")
    assert error(shop.send("GET", "/people")) == (409, "taken")


def test_a_fault_comes_before_the_credential(shop: Shop) -> None:
    arm(shop, "problem", problem="taken")
    assert error(shop.send("GET", "/people", x_shop_key=None)) == (409, "taken")


@pytest.mark.parametrize(("status", "like"), [(409, "taken"), (503, "Service Unavailable"), (599, None)])
def test_any_status_in_the_vendors_shape(shop: Shop, status: int, like: str | None) -> None:
    arm(shop, "status", status=status)
    sent = add(shop)
    assert sent.status == status
    assert set(body(sent)) >= {"error", "id"}
    assert like is None or body(sent)["error"] == like
    assert body(sent)["id"] == shop.last()["id"]
    assert shop.names() == []


def test_a_status_with_a_body_of_ones_own(shop: Shop) -> None:
    arm(shop, "status", status=502, body={"gateway": "down"})
    sent = add(shop)
    assert (sent.status, body(sent)) == (502, {"gateway": "down"})
    assert shop.last()["reply"]["status"] == 502


def test_rate_limited(shop: Shop) -> None:
    arm(shop, "rate_limited", retry_after=7)
    sent = add(shop)
    assert (sent.status, sent.headers["Retry-After"]) == (429, "7")


def test_rate_limited_without_a_wait_names_none(shop: Shop) -> None:
    arm(shop, "rate_limited")
    sent = add(shop)
    assert sent.status == 429
    assert "Retry-After" not in sent.headers


def test_latency(shop: Shop) -> None:
    arm(shop, "latency", seconds=0.25)
    sent = add(shop)
    assert (sent.status, sent.delay) == (201, 0.25)
    assert shop.world().now() == START


@pytest.mark.parametrize(
    "seconds",
    [{"uniform": [2, 3]}, {"lognormal": {"median": 2.5, "sigma": 0.02}}],
    ids=["flat", "bell"],
)
def test_latency_by_chance_is_the_same_for_the_same_seed(shop: Shop, seconds: Any) -> None:
    arm(shop, "latency", seconds=seconds, times=None)
    delays = [add(shop, str(number)).delay for number in range(5)]
    assert all(2 <= delay <= 3 for delay in delays)
    assert len(set(delays)) == 5
    shop.worlds.reset(DEFAULT_WORLD)
    arm(shop, "latency", seconds=seconds, times=None)
    assert [add(shop, str(number)).delay for number in range(5)] == delays


def test_latency_on_the_worlds_clock_only(shop: Shop) -> None:
    shop.world().jobs.schedule(START + timedelta(seconds=30), "greet", name="late")
    arm(shop, "latency", seconds=60, clock=True)
    sent = add(shop)
    assert (sent.status, sent.delay) == (201, 0)
    assert shop.world().now() == START + timedelta(seconds=60)
    assert shop.world().records("greeting").has("late"), "what fell due meanwhile was done before the call"
    assert shop.last()["at"] == "2026-01-01T00:01:00Z"


def test_drop_before(shop: Shop) -> None:
    arm(shop, "drop_before")
    assert add(shop).dropped
    assert shop.names() == []
    assert shop.last()["reply"] == {"status": 0, "headers": {}, "body": ""}


def test_reset(shop: Shop) -> None:
    arm(shop, "reset")
    sent = add(shop)
    assert (sent.reset, sent.dropped) == (True, False)
    assert len(shop.names()) == 1, "the operation has run"


def test_trickle(shop: Shop) -> None:
    arm(shop, "trickle", seconds=3, times=2)
    sent = add(shop)
    assert (sent.status, sent.trickle, sent.delay) == (201, 3, 0)
    assert shop.send("DELETE", "/people/a").delay == 3, "there is no body to send in pieces"


def test_drop_after(shop: Shop) -> None:
    arm(shop, "drop_after")
    assert add(shop).dropped
    assert shop.names() == ["a"], "the work is done"
    assert shop.last()["reply"]["status"] == 201, "the journal has what was lost"


def test_truncate(shop: Shop) -> None:
    arm(shop, "truncate")
    sent = add(shop)
    assert sent.cut == len(sent.body) // 2
    assert shop.names() == ["a"]


def test_truncate_without_a_body_is_no_answer(shop: Shop) -> None:
    arm(shop, "truncate")
    assert shop.send("DELETE", "/people/a").dropped


def test_a_head_has_no_body_to_truncate(shop: Shop) -> None:
    assert shop.send("HEAD", "/people").body
    arm(shop, "truncate")
    sent = shop.send("HEAD", "/people")
    assert (sent.dropped, sent.cut) == (True, None)


def test_garbage(shop: Shop) -> None:
    arm(shop, "garbage")
    sent = add(shop)
    assert sent.status == 201
    assert sent.headers["Content-Type"].startswith("application/json")
    with pytest.raises(json.JSONDecodeError):
        body(sent)
    assert shop.last()["flaw"] is None, "no promise of ours was broken"


def test_drift(shop: Shop) -> None:
    arm(shop, "drift", field="/name", change="renamed", to="full_name")
    sent = add(shop)
    assert body(sent) == {"full_name": "a"}
    assert sent.body.endswith(b"\n")
    assert shop.names() == ["a"]


def test_drift_that_finds_nothing_says_so(shop: Shop) -> None:
    arm(shop, "drift", field="/nmae", change="removed")
    assert body(add(shop)) == {"name": "a"}
    assert shop.last()["remarks"] == ["fault-1 (drift) found no /nmae in the reply"]


def test_duplicate(shop: Shop) -> None:
    def once(call: Call, world: World) -> object:
        if world.records("person").has(call.body["name"]):
            raise Problem("taken")
        world.records("person").add(call.body["name"], call.body)
        return call.body

    shop.behaviour["add_person"] = once
    arm(shop, "duplicate")
    assert error(add(shop)) == (409, "taken"), "the answer is that of the second time"
    assert shop.names() == ["a"]
    first, second = shop.journal()
    assert (first["reply"]["status"], first["fault"]) == (201, {"id": "fault-1", "kind": "duplicate"})
    assert (second["reply"]["status"], second["fault"]) == (409, None)
    assert first["id"] != second["id"]


def test_a_thread_that_must_not_wait_leaves_a_second_delivery_to_others(shop: Shop) -> None:
    assert shop.names() == [], "the seed data is written"
    arm(shop, "duplicate", operation="add_person")
    with shop.worlds.store.no_waiting():
        assert shop.send("GET", "/people").status == 200
    with shop.worlds.store.no_waiting(), pytest.raises(WouldBlockError):
        add(shop)
    assert (shop.names(), spent(shop)) == ([], [(0, 0)])
    assert add(shop).status == 201
    assert spent(shop) == [(1, 1)]


def test_partial(shop: Shop) -> None:
    shop.behaviour["add_people"] = lambda call, world: [{"done": one["name"]} for one in call.body]
    people = [{"name": name} for name in "abc"]
    arm(shop, "partial", item=1)
    sent = shop.send("POST", "/crowd", people)
    assert body(sent) == [{"done": "a"}, {"refused": "b", "why": "chance"}, {"done": "c"}]
    assert shop.last()["fault"] == {"id": "fault-1", "kind": "partial"}


def test_partial_of_the_only_item(shop: Shop) -> None:
    arm(shop, "partial")
    assert error(shop.send("POST", "/crowd", [{"name": "a"}])) == (409, "taken")


def test_partial_where_there_is_no_such_item_or_no_way_to_say_so(shop: Shop) -> None:
    arm(shop, "partial", item=5, operation="add_people")
    assert body(shop.send("POST", "/crowd", [{"name": "a"}])) == [{"done": "a"}]
    assert shop.last()["remarks"] == ["partial: there is no item 5"]
    arm(shop, "partial")
    assert add(shop).status == 201
    assert shop.last()["remarks"] == ["partial: add_person cannot fail in part"]


def test_every_kind_is_tried_here(request: pytest.FixtureRequest) -> None:
    source = request.path.read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f'arm(shop, "{kind}"' not in source] == []


# Which calls, and how often.


def test_it_strikes_once_unless_told_otherwise(shop: Shop) -> None:
    arm(shop, "status", status=500)
    assert [add(shop, str(number)).status for number in range(3)] == [500, 201, 201]
    assert spent(shop) == [(1, 1)]


def test_after_times_and_every(shop: Shop) -> None:
    arm(shop, "status", status=500, after=2, every=3, times=2)
    statuses = [add(shop, str(number)).status for number in range(12)]
    assert [number for number, status in enumerate(statuses, 1) if status == 500] == [5, 8]


def test_for_ever(shop: Shop) -> None:
    arm(shop, "status", status=500, times=None)
    assert {add(shop).status for _ in range(4)} == {500}


def test_by_chance_is_the_same_for_the_same_seed(shop: Shop) -> None:
    def pattern() -> list[int]:
        arm(shop, "status", status=500, times=None, probability=0.4)
        return [add(shop, str(number)).status for number in range(40)]

    first = pattern()
    assert 5 < first.count(500) < 30
    shop.worlds.reset(DEFAULT_WORLD)
    assert pattern() == first


@pytest.mark.parametrize(
    ("wish", "strikes"),
    [
        ({"vendor": "shop"}, True),
        ({"vendor": "depot"}, False),
        ({"operation": "add_person"}, True),
        ({"operation": "list_people"}, False),
        ({"method": "POST"}, True),
        ({"method": "GET"}, False),
        ({"path": "/people"}, True),
        ({"path": "/people/{id}"}, False),
        ({"where": {"/name": "a"}}, True),
        ({"where": {"/name": "b"}}, False),
        ({"where": {"/name/0": "a"}}, False),
        ({"where": {"": {"name": "a"}}}, True),
    ],
)
def test_which_calls(shop: Shop, wish: dict[str, Any], strikes: bool) -> None:
    arm(shop, "status", status=500, **wish)
    assert add(shop).status == (500 if strikes else 201)


@pytest.mark.parametrize(
    ("query", "strikes"),
    [
        ("limit=2", True),
        ("limit=3&limit=2", True),
        ("limit=2&sorted_by=", True),
        ("limit=3", False),
        ("", False),
    ],
)
def test_which_queries(shop: Shop, query: str, strikes: bool) -> None:
    arm(shop, "status", status=500, query={"limit": 2})
    assert (shop.send("GET", f"/people?{query}").status == 500) is strikes


def test_a_parameter_without_a_value(shop: Shop) -> None:
    arm(shop, "status", status=500, query={"sorted_by": ""})
    assert shop.send("GET", "/people").status == 200
    assert shop.send("GET", "/people?sorted_by=").status == 500


def test_a_path_as_the_contract_writes_it_or_as_it_is_called(shop: Shop) -> None:
    for path in ("/people/{id}", "/people/a"):
        arm(shop, "status", status=500, path=path)
        assert shop.send("DELETE", "/people/a").status == 500


def test_a_body_that_is_no_json_is_not_meant(shop: Shop) -> None:
    arm(shop, "status", status=500, where={"/name": "a"})
    assert shop.send("POST", "/people", b"{").status == 400


def test_calls_that_no_operation_answers_can_be_struck(shop: Shop) -> None:
    arm(shop, "status", status=502)
    assert shop.send("GET", "/nowhere").status == 502


def test_latencies_add_up_and_of_the_others_the_first_strikes(shop: Shop) -> None:
    for kind, options in (("latency", {"seconds": 1}), ("latency", {"seconds": 2})):
        arm(shop, kind, **options)
    arm(shop, "status", status=500)
    arm(shop, "status", status=501)
    sent = add(shop)
    assert (sent.status, sent.delay) == (500, 3)
    assert spent(shop) == [(1, 1), (1, 1), (1, 1), (1, 0)]
    assert add(shop).status == 501


# The faults of a world.


def test_armed_faults_are_kept_by_snapshots_and_forks_and_disarmed_by_a_reset(shop: Shop) -> None:
    arm(shop, "status", status=500)
    shop.worlds.snapshot(DEFAULT_WORLD, "armed")
    shop.worlds.fork(DEFAULT_WORLD, "twin")
    assert [one["id"] for one in shop.worlds.faults("twin").all()] == ["fault-1"]
    shop.worlds.reset(DEFAULT_WORLD)
    assert shop.worlds.faults(DEFAULT_WORLD).all() == []
    assert add(shop).status == 201
    shop.worlds.restore(DEFAULT_WORLD, "armed")
    assert add(shop).status == 500


def test_taken_back(shop: Shop) -> None:
    first, second = arm(shop, "status", status=500), arm(shop, "status", status=501)
    faults = shop.worlds.faults(DEFAULT_WORLD)
    faults.remove(first["id"])
    assert add(shop).status == 501
    with pytest.raises(Problem, match="unknown_fault"):
        faults.remove(first["id"])
    assert faults.get(second["id"])["spent"] == 1
    faults.clear()
    assert faults.all() == []
    assert arm(shop, "status", status=500)["id"] == "fault-3", "no name is given twice"


def test_there_may_be_many_but_not_endlessly_many(shop: Shop) -> None:
    faults = shop.worlds.faults(DEFAULT_WORLD)
    with shop.worlds.store.transaction():
        for _ in range(1000):
            faults.add({"kind": "drop_before", "vendor": "depot"})
        with pytest.raises(Problem, match="too_many_faults"):
            faults.add({"kind": "drop_before"})


def test_true_in_a_body_is_not_one(shop: Shop) -> None:
    arm(shop, "status", status=500, times=None, where={"/limit": True})
    assert shop.send("POST", "/people", {"name": "a", "limit": 1}).status != 500
    assert shop.send("POST", "/people", {"name": "b", "limit": True}).status == 500


@pytest.mark.parametrize(
    ("kind", "problem", "planned"),
    [
        (None, None, False),
        ("status", None, True),
        ("latency", "not_found", False),
        ("partial", "not_found", True),
        ("partial", None, False),
    ],
)
def test_a_fault_or_the_operation_has_chosen_the_reply(
    kind: str | None, problem: str | None, planned: bool
) -> None:
    exchange: Any = {"fault": kind and {"kind": kind}, "problem": problem}
    assert is_planned_reply(exchange) is planned
