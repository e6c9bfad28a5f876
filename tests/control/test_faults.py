"""Faults through the control API: every kind is added, applied to real clients, and validated."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from mockserver.client import World
from mockserver.contract.contract import Contract
from mockserver.errors import ControlError
from mockserver.paths import contracts
from mockserver.state import faults as faults_module
from mockserver.state.faults import KINDS
from tests import audiences
from tests.control.api import Api, refusal

ADD = next(
    node
    for *_place, node in Contract.read(contracts() / "control" / "openapi.yaml").operation_nodes()
    if node["operationId"] == "add_fault"
)
EXAMPLES: dict[str, dict[str, Any]] = {
    name: example["value"]
    for name, example in ADD["requestBody"]["content"]["application/json"]["examples"].items()
}
PROBLEM = {"kind": "problem", "vendor": "fanfare"}
STATUS = {"kind": "status", "status": 503}
DRIFT = {"kind": "drift", "change": "nulled"}
BULK = {"people": [{"fields": {"str::email": f"{name}@example.com"}} for name in ("ada", "bo")]}


def get_audiences(world: World) -> requests.Response:
    return audiences.call(world)


def merge_people(world: World) -> requests.Response:
    body = {**BULK, "merge_by": ["str::email"]}
    url, headers = f"{world.url('ortto')}/v1/person/merge", world.headers("ortto")
    return requests.post(url, json=body, headers=headers, timeout=20)


def test_every_kind_has_an_example() -> None:
    assert sorted(EXAMPLES) == sorted(KINDS)
    assert all(example["kind"] == kind for kind, example in EXAMPLES.items())


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_example_is_added_listed_and_removed(api: Api, mockserver: World, kind: str) -> None:
    path = f"/worlds/{mockserver.name}/faults"
    reply = api("POST", path, EXAMPLES[kind])
    assert reply.status_code == 201, reply.text
    armed = reply.json()
    assert armed == {**EXAMPLES[kind], "id": "fault-1", "seen": 0, "spent": 0}
    assert api("GET", f"{path}/fault-1").json() == armed
    assert api("GET", path).json() == {"faults": [armed]}
    assert api("DELETE", f"{path}/fault-1").status_code == 204
    assert api("GET", path).json() == {"faults": []}
    assert refusal(api("GET", f"{path}/fault-1")) == (404, "unknown_fault")
    assert refusal(api("DELETE", f"{path}/fault-1")) == (404, "unknown_fault")


def is_lost(call: Callable[[World], requests.Response], world: World) -> bool:
    try:
        call(world).content  # noqa: B018 - reading it is what fails
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        return True
    return False


def test_a_problem_fault_replies_with_the_vendors_body(mockserver: World) -> None:
    fault = mockserver.faults.add("ortto", "get_audiences", "problem", problem="body_malformed")
    assert get_audiences(mockserver).status_code == 400
    assert get_audiences(mockserver).status_code == 200
    assert (fault.seen, fault.spent) == (1, 1)
    assert mockserver.journal()[0]["fault"] == {"id": fault.id, "kind": "problem"}


def test_status_rate_limited_and_garbage_faults(mockserver: World) -> None:
    mockserver.faults.add("ortto", None, "status", status=503, body={"sorry": True})
    mockserver.faults.add("ortto", None, "rate_limited")
    mockserver.faults.add("ortto", None, "garbage")
    sent = [get_audiences(mockserver) for _ in range(3)]
    assert [one.status_code for one in sent] == [503, 429, 200]
    assert sent[0].json() == {"sorry": True}
    with pytest.raises(requests.exceptions.JSONDecodeError):
        sent[2].json()


def test_retry_after_is_sent_in_the_vendors_header(mockserver: World) -> None:
    mockserver.faults.add("fanfare", "list_audiences", "rate_limited", retry_after=7)
    url, headers = f"{mockserver.url('fanfare')}/api/v1/audiences", mockserver.headers("fanfare")
    refused = requests.get(url, headers=headers, timeout=20)
    assert (refused.status_code, refused.json()["retryAfter"]) == (429, 7)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "truncate"])
def test_drop_faults_close_the_connection(mockserver: World, kind: Any) -> None:
    mockserver.faults.add("ortto", "merge_people", kind)
    assert is_lost(merge_people, mockserver)
    (person, _bo) = merge_people(mockserver).json()["people"]
    assert person["status"] == ("created" if kind == "drop_before" else "merged")


@pytest.mark.mockserver(now="2026-01-01T00:00:00Z")
def test_a_latency_can_advance_the_worlds_clock(mockserver: World) -> None:
    mockserver.faults.add("ortto", None, "latency", seconds=120, clock=True)
    assert get_audiences(mockserver).elapsed.total_seconds() < 60
    assert mockserver.clock.now().isoformat() == "2026-01-01T00:02:00+00:00"


def test_latency_and_drift_apply_together(mockserver: World) -> None:
    mockserver.faults.add(None, "get_audiences", "latency", seconds=0.2)
    mockserver.faults.add("ortto", None, "drift", field="/*/name", change="renamed", to="title")
    late = get_audiences(mockserver)
    assert late.elapsed.total_seconds() >= 0.2
    assert all("title" in one and "name" not in one for one in late.json())


def test_a_drift_can_change_several_members(mockserver: World) -> None:
    also = [{"field": "/*/members", "change": "retyped"}]
    mockserver.faults.add("ortto", None, "drift", field="/*/name", change="removed", also=also)
    audiences = get_audiences(mockserver).json()
    assert audiences
    assert all("name" not in one and isinstance(one["members"], str) for one in audiences)
    with pytest.raises(ControlError, match="has the field /\\*/nmae, the nearest is /\\*/name"):
        mockserver.faults.add(
            "ortto", "get_audiences", "drift", field="/*/id", change="removed",
            also=[{"field": "/*/nmae", "change": "nulled"}],
        )  # fmt: skip


def test_duplicate_and_partial_faults(mockserver: World) -> None:
    mockserver.faults.add("ortto", "merge_people", "partial", item=1)
    ada, bo = merge_people(mockserver).json()["people"]
    assert (ada["status"], bo["status"]) == ("created", "suppressed")
    mockserver.faults.add("ortto", "merge_people", "duplicate")
    assert [one["status"] for one in merge_people(mockserver).json()["people"]] == ["merged", "merged"]
    assert len(mockserver.journal(operation="merge_people")) == 3


def test_after_every_and_times_select_calls(mockserver: World) -> None:
    options: dict[str, Any] = {"after": 1, "every": 2, "times": 2, "where": {"/search_term": "x"}}
    mockserver.faults.add("ortto", None, "status", status=500, **options)
    assert get_audiences(mockserver).status_code == 200
    url, headers = f"{mockserver.url('ortto')}/v1/audiences/get", mockserver.headers("ortto")
    sent = [requests.post(url, json={"search_term": "x"}, headers=headers, timeout=20) for _ in range(7)]
    assert [one.status_code for one in sent] == [200, 200, 500, 200, 500, 200, 200]


def test_the_client_reads_removes_and_clears_faults(mockserver: World) -> None:
    first = mockserver.faults.add("ortto", None, "status", status=500, times=None)
    with mockserver.faults.add("voyado", None, "drop_before") as second:
        assert [one.id for one in mockserver.faults.all()] == [first.id, second.id] == ["fault-1", "fault-2"]
        assert second.read() == {
            "id": "fault-2",
            "kind": "drop_before",
            "vendor": "voyado",
            "seen": 0,
            "spent": 0,
        }
    assert [one["id"] for one in mockserver.faults.read()] == ["fault-1"]
    with pytest.raises(ControlError, match="fault-2"):
        second.remove()
    mockserver.faults.clear()
    assert mockserver.faults.all() == []


def test_the_counts_of_a_fault_stay_readable(mockserver: World) -> None:
    with mockserver.faults.add("ortto", None, "status", status=503, times=2) as fault:
        for _ in range(3):
            get_audiences(mockserver)
    assert (fault.seen, fault.spent, fault.read()["status"]) == (2, 2, 503)
    assert mockserver.faults.all() == []
    with mockserver.faults.add("ortto", None, "status", status=503) as removed:
        removed.remove()
    assert (removed.seen, removed.spent) == (0, 0)
    with pytest.raises(ControlError, match="unknown fault"):
        removed.remove()


def test_reset_removes_faults_and_snapshots_keep_them(mockserver: World) -> None:
    mockserver.faults.add("ortto", None, "status", status=500)
    mockserver.snapshot("armed")
    mockserver.reset()
    assert mockserver.faults.all() == []
    mockserver.restore("armed")
    assert get_audiences(mockserver).status_code == 500


@pytest.mark.parametrize(
    ("wish", "expected", "words"),
    [
        ({}, (400, "call_does_not_fit"), "'kind' is a required property"),
        ({"kind": "lantency"}, (400, "call_does_not_fit"), "the nearest is latency"),
        ({"kind": "latency", "secnods": 1}, (400, "call_does_not_fit"), "the nearest is seconds"),
        ({"kind": "latency"}, (400, "call_does_not_fit"), "'seconds' is a required property"),
        ({"kind": "latency", "seconds": 301}, (400, "call_does_not_fit"), "301"),
        (
            {"kind": "latency", "seconds": {"unifrom": [0, 1]}},
            (400, "call_does_not_fit"),
            "nearest is uniform",
        ),
        ({"kind": "drop_after", "status": 500}, (400, "call_does_not_fit"), "'status' was unexpected"),
        ({"kind": "garbage", "method": "get"}, (400, "call_does_not_fit"), "the nearest is GET"),
        ({"kind": "garbage", "where": {"name": 1}}, (400, "call_does_not_fit"), "'name'"),
        ({"kind": "problem", "problem": "not_found"}, (400, "call_does_not_fit"), "'vendor' is a required"),
        (
            {"kind": "drift", "field": "/name", "change": "removed", "to": "x"},
            (400, "call_does_not_fit"),
            "'renamed' was expected",
        ),
        ({"kind": "garbage", "vendor": "orto"}, (404, "unknown_vendor"), "ortto"),
        ({"kind": "garbage", "operation": "get_audienses"}, (404, "unknown_operation"), "is get_audiences;"),
        (
            {"kind": "garbage", "vendor": "voyado", "operation": "get_audiences"},
            (404, "unknown_operation"),
            "target_audience",
        ),
        (
            {"kind": "garbage", "vendor": "ortto", "path": "/v1/audience/get"},
            (400, "unfit_fault"),
            "the nearest is POST /v1/audiences/get (get_audiences)",
        ),
        (
            {"kind": "garbage", "operation": "get_audiences", "method": "GET"},
            (400, "unfit_fault"),
            "get_audiences of ortto is POST /v1/audiences/get",
        ),
        (
            {
                "kind": "problem",
                "vendor": "fanfare",
                "operation": "sync_audience",
                "problem": "sync_in_progres",
            },
            (400, "unfit_fault"),
            "the nearest is sync_in_progress",
        ),
        (
            PROBLEM | {"problem": "sync_in_progres"},
            (400, "unfit_fault"),
            "fanfare has no problem 'sync_in_progres', the nearest is sync_in_progress",
        ),
        (
            {
                "kind": "problem",
                "vendor": "fanfare",
                "operation": "list_audiences",
                "problem": "sync_in_progress",
            },
            (400, "unfit_fault"),
            "list_audiences of fanfare has no problem 'sync_in_progress'",
        ),
        ({"kind": "garbage", "probability": 0}, (400, "call_does_not_fit"), "0"),
        ({"kind": "garbage", "times": 0}, (400, "call_does_not_fit"), "0"),
        ({"kind": "garbage", "headers": {"x y": "1"}}, (400, "call_does_not_fit"), "'x y'"),
        ({"kind": "garbage", "query": {"limit": [1]}}, (400, "call_does_not_fit"), "query/limit"),
        (STATUS | {"reply_headers": {"X": "a\nb"}}, (400, "call_does_not_fit"), "reply_headers"),
        ({"kind": "garbage", "reply_headers": {"X": "a"}}, (400, "call_does_not_fit"), "reply_headers"),
        (
            {"kind": "garbage", "operation": "list_audiences", "where": {"/limit": 1}},
            (400, "unfit_fault"),
            "list_audiences of fanfare takes no JSON body; `where` is about bodies; match `query`",
        ),
        (
            {"kind": "garbage", "vendor": "voyado", "method": "GET", "where": {"/limit": 1}},
            (400, "unfit_fault"),
            "more takes no JSON body",
        ),
        (STATUS | {"status": 204, "body": {}}, (400, "unfit_fault"), "a reply 204 has no body"),
        (STATUS | {"status": 304, "body": {}}, (400, "unfit_fault"), "a reply 304 has no body"),
        (
            STATUS | {"reply_headers": {"Content-length": "1"}},
            (400, "unfit_fault"),
            "the header Content-length is the connection's own",
        ),
        (STATUS | {"reply_headers": {"Connection": "close"}}, (400, "unfit_fault"), "Connection"),
        (
            DRIFT | {"operation": "get_audiences", "field": "/*/nmae"},
            (400, "unfit_fault"),
            "no reply of get_audiences of ortto has the field /*/nmae, the nearest is /*/name; write *",
        ),
        (
            DRIFT | {"operation": "get_audiences", "field": "/name/first"},
            (400, "unfit_fault"),
            "has the field /name/first",
        ),
        (DRIFT | {"vendor": "spotler", "field": "/nosuch"}, (400, "unfit_fault"), "of spotler"),
        (
            PROBLEM | {"problem": "validation_failed", "details": {"nosuch": 1}},
            (400, "unfit_fault"),
            "problem validation_failed has no detail 'nosuch' (available: ",
        ),
        (
            {"kind": "partial", "operation": "get_audiences"},
            (400, "unfit_fault"),
            "merge_people of ortto",
        ),
    ],
)
def test_a_fault_that_could_never_apply_is_rejected_with_the_nearest(
    api: Api, mockserver: World, wish: dict[str, Any], expected: tuple[int, str], words: str
) -> None:
    reply = api("POST", f"/worlds/{mockserver.name}/faults", wish)
    assert refusal(reply) == expected
    assert words in reply.json()["message"]
    assert mockserver.faults.all() == []


@pytest.mark.parametrize(
    ("vendor", "operation", "field"),
    [
        ("ortto", "get_audiences", "/*/name"),
        ("ortto", "get_audiences", "/0/name"),
        ("ortto", "get_audiences", "/*/*"),
        ("ortto", None, "/people/*/status"),
        ("fanfare", "list_audiences", "/error"),
        (None, None, "/*"),
    ],
)
def test_a_field_of_some_reply_is_accepted(
    mockserver: World, vendor: str | None, operation: str | None, field: str
) -> None:
    assert mockserver.faults.add(vendor, operation, "drift", field=field, change="nulled").spent == 0


def list_audiences(world: World, query: str = "", **headers: str) -> requests.Response:
    url, own = f"{world.url('fanfare')}/api/v1/audiences{query}", world.headers("fanfare")
    return requests.get(url, headers=own | headers, timeout=20, allow_redirects=False)


def test_a_query_parameter_selects_calls(mockserver: World) -> None:
    fault = mockserver.faults.add(
        "fanfare", None, "status", status=503, query={"limit": 5, "archived": False}, times=None
    )
    queries = ["", "?limit=5", "?limit=50&archived=false", "?limit=5&archived=False"]
    assert {list_audiences(mockserver, one).status_code for one in queries} == {200}
    queries = ["?limit=5&archived=false", "?archived=false&limit=1&limit=5", "?limit=%35&archived=false"]
    assert {list_audiences(mockserver, one).status_code for one in queries} == {503}
    assert fault.spent == 3


def test_a_header_selects_calls(mockserver: World) -> None:
    options: dict[str, Any] = {"headers": {"X-Attempt": 1, "accept": "text/csv"}, "times": None}
    fault = mockserver.faults.add("fanfare", "list_audiences", "status", status=503, **options)
    assert list_audiences(mockserver, **{"X-Attempt": "1"}).status_code == 200
    assert list_audiences(mockserver, **{"X-Attempt": "11", "Accept": "text/csv"}).status_code == 200
    assert list_audiences(mockserver, **{"x-attempt": "1", "Accept": "text/csv"}).status_code == 503
    assert fault.spent == 1


def test_a_star_in_where_is_any_item(mockserver: World) -> None:
    where = {"/people/*/fields/str::email": "bo@example.com"}
    mockserver.faults.add("ortto", "merge_people", "status", status=503, where=where, times=None)
    mockserver.faults.add("ortto", None, "status", status=502, where={"/people/*/fields/x": 1}, times=None)
    assert merge_people(mockserver).status_code == 503


def test_a_planned_reply_carries_headers(mockserver: World) -> None:
    headers = {"Retry-After": "7", "content-type": "text/plain", "Location": "/elsewhere"}
    mockserver.faults.add("fanfare", None, "status", status=307, reply_headers=headers)
    mockserver.faults.add(
        "fanfare", None, "problem", problem="rate_limit_exceeded", reply_headers={"RETRY-AFTER": "8"}
    )
    mockserver.faults.add("fanfare", None, "rate_limited", retry_after=1, reply_headers={"Retry-After": "9"})
    moved, *limited = [list_audiences(mockserver) for _ in range(3)]
    assert (moved.status_code, moved.headers["Location"]) == (307, "/elsewhere")
    assert (moved.headers["Retry-After"], moved.headers["Content-Type"]) == ("7", "text/plain")
    assert [one.headers["Retry-After"] for one in limited] == ["8", "9"]
    assert mockserver.journal()[0]["reply"]["headers"]["Location"] == "/elsewhere"
    assert "Retry-After" not in list_audiences(mockserver).headers


def test_a_path_may_be_a_template_or_concrete(mockserver: World) -> None:
    for path in ("/api/v1/audiences/{id}", "/api/v1/audiences/aud_1"):
        assert mockserver.faults.add("fanfare", None, "garbage", path=path, method="GET").seen == 0


def test_an_unknown_world_has_no_faults(api: Api) -> None:
    for method, path, body in (
        ("GET", "/worlds/nosuch/faults", None),
        ("POST", "/worlds/nosuch/faults", {"kind": "garbage"}),
        ("DELETE", "/worlds/nosuch/faults", None),
        ("GET", "/worlds/nosuch/faults/fault-1", None),
        ("DELETE", "/worlds/nosuch/faults/fault-1", None),
    ):
        assert refusal(api(method, path, body)) == (404, "unknown_world")
    assert refusal(api("POST", "/worlds/default/faults")) == (400, "body_missing")


def test_a_world_has_at_most_a_thousand_faults(
    api: Api, mockserver: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = faults_module._MAX_FAULTS
    assert most == 1_000
    if mockserver.app is not None:  # else another process serves, as in the test of replicas
        most = 5
        monkeypatch.setattr(faults_module, "_MAX_FAULTS", most)
    mockserver.faults.add("ortto", None, "status", status=418, times=1)
    url, headers = f"{mockserver.url('ortto')}/v1/tags/get", mockserver.headers("ortto")
    assert (
        requests.post(url, json={}, headers=headers, timeout=20).status_code == 418
    )  # it counts, though spent
    for _ in range(most - 1):
        mockserver.faults.add(None, None, "garbage")
    refused = api("POST", f"/worlds/{mockserver.name}/faults", {"kind": "garbage"})
    assert refusal(refused) == (409, "too_many_faults")
