"""Coverage of an invented vendor's contract, from exchanges as the journal keeps them."""

from collections.abc import Mapping
from typing import Any

import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.coverage import (
    CoverageTarget,
    by_vendor,
    covered_by,
    measure,
    merge,
    percent,
    summary,
    targets,
    uncovered,
)
from mockserver.state.faults import KINDS, is_planned_reply
from tests.contract.conftest import root, shelf

__all__ = ["root", "shelf"]


def exchange(
    operation: str | None = "list_books",
    status: int = 200,
    *,
    query: str = "",
    body: str = "",
    reply: str = "[]",
    problem: str | None = None,
    fault: str | None = None,
    headers: Mapping[str, str] = {},
) -> Any:
    """An exchange as in the journal."""
    return {
        "vendor": "shelf",
        "operation": operation,
        "call": {
            "method": "GET",
            "url": f"http://127.0.0.1:4700/shelf/books{query and '?'}{query}",
            "headers": dict(headers),
            "body": body,
        },
        "reply": {"status": status, "headers": {}, "body": reply},
        "problem": problem,
        "fault": fault and {"id": "fault-1", "kind": fault},
    }


def named(found: list[Any]) -> set[tuple[str, str]]:
    return {(one.kind, one.name) for one in found}


def test_every_part_of_a_contract_is_a_target(shelf: Contract) -> None:
    found = list(targets(shelf))
    assert len(found) == len(set(found))
    assert CoverageTarget("list_books", "operation", "GET /books") in found
    assert CoverageTarget("create_book", "status", "5XX") in found
    assert CoverageTarget("create_book", "parameter", "body /title") in found
    assert CoverageTarget("list_books", "parameter", "header X-Trace") in found
    assert {one.name for one in found if one.operation is None} == set(shelf.unrouted.problems)
    for operation in shelf.operations.values():
        own = {one.name for one in found if (one.operation, one.kind) == (operation.id, "problem")}
        assert own == set(operation.problems)


def test_a_2xx_reply_covers_operation_status_and_parameters(shelf: Contract) -> None:
    one = exchange(
        query="limit=2&tag=&stranger=1",
        headers={"x-trace": "…", "cookie": "theme=dark; other=1", "host": "x"},
    )
    assert named([*covered_by(shelf, one)]) == {
        ("operation", "GET /books"),
        ("status", "200"),
        ("parameter", "query limit"),
        ("parameter", "query tag"),
        ("parameter", "header X-Trace"),
        ("parameter", "cookie theme"),
    }


def test_an_error_covers_its_problem_but_not_the_operation(shelf: Contract) -> None:
    problem = next(iter(shelf.operations["create_book"].problems))
    found = covered_by(shelf, exchange("create_book", 400, problem=problem, body='{"title": 1, "isnb": 2}'))
    assert named([*found]) == {("status", "400"), ("problem", problem), ("parameter", "body /title")}


@pytest.mark.parametrize(("status", "declared"), [(503, "5XX"), (418, None)])
def test_a_status_counts_under_its_declared_key(shelf: Contract, status: int, declared: str | None) -> None:
    names = [one.name for one in covered_by(shelf, exchange("create_book", status)) if one.kind == "status"]
    assert names == ([declared] if declared else [])


def test_an_unrouted_call_covers_its_problem(shelf: Contract) -> None:
    problem = next(iter(shelf.unrouted.problems))
    assert [*covered_by(shelf, exchange(None, 404, problem=problem))] == [
        CoverageTarget(None, "problem", problem)
    ]


@pytest.mark.parametrize("body", ["", "{", "[1]", "null", '{"title": "a… (70000 bytes)'])
def test_an_unparsable_body_covers_no_members(shelf: Contract, body: str) -> None:
    found = [*covered_by(shelf, exchange("create_book", 201, body=body))]
    assert "parameter" not in {one.kind for one in found}


def test_replies_of_faults_are_counted_separately(shelf: Contract) -> None:
    exchanges = [exchange(query="limit=1"), exchange(query="limit=1", fault="status")]
    found = measure({"shelf": shelf}, exchanges, "t", is_planned=is_planned_reply)
    items = {one["name"]: one for one in found if one["calls"]}
    assert (items["GET /books"]["calls"], items["GET /books"]["by_fault"]) == (2, 1)
    assert items["query limit"]["by_fault"] == 0
    operations = summary(found)["operation"]
    assert (operations["covered"], operations["by_fault"]) == (1, 0), (
        "covered by faults alone is another thing"
    )
    problem = next(iter(shelf.operations["list_books"].problems))
    struck = exchange(status=400, problem=problem, fault="problem")
    counts = summary(measure({"shelf": shelf}, [exchange(), struck], is_planned=is_planned_reply))
    assert (counts["problem"]["covered"], counts["problem"]["by_fault"]) == (1, 1)
    assert (counts["status"]["covered"], counts["status"]["by_fault"]) == (2, 1)


@pytest.mark.parametrize(
    "kind", sorted({*KINDS} - {"problem", "status", "rate_limited", "drop_before", "reset"})
)
def test_what_an_operation_did_under_a_fault_is_not_by_the_fault(shelf: Contract, kind: str) -> None:
    found = measure({"shelf": shelf}, [exchange(fault=kind)], is_planned=is_planned_reply)
    assert {(one["name"], one["by_fault"]) for one in found if one["calls"]} == {
        ("GET /books", 0),
        ("200", 0),
    }


def test_a_closed_connection_covers_no_status(shelf: Contract) -> None:
    assert [*covered_by(shelf, exchange(status=0, fault="drop_before"))] == []


def test_tests_are_listed_once_and_at_most_ten(shelf: Contract) -> None:
    one_test = measure({"shelf": shelf}, [exchange(), exchange()], "a")
    assert {tuple(one["tests"]) for one in one_test if one["calls"]} == {("a",)}
    others = [measure({"shelf": shelf}, [exchange()], f"t{number}") for number in range(12)]
    (merged,) = [one for one in merge(one_test, *others) if one["kind"] == "operation" and one["calls"]]
    assert merged["calls"] == 14
    assert merged["tests"] == ["a", *(f"t{number}" for number in range(9))]


def test_merging_adds_up_without_changing_its_arguments(shelf: Contract) -> None:
    one = measure({"shelf": shelf}, [exchange()], "a")
    before = [dict(item) for item in one]
    merged = merge(one, measure({"shelf": shelf}, [exchange(query="limit=1")], "b"))
    assert len(merged) == len(one) == len([*targets(shelf)])
    assert one == before
    assert merge(uncovered(one)) == measure({"shelf": shelf}, [])


def test_other_vendors_are_not_counted(shelf: Contract) -> None:
    assert summary(measure({"shelf": shelf}, [exchange() | {"vendor": None}]))["status"]["covered"] == 0
    assert measure({}, [exchange()]) == []


def test_percent(shelf: Contract) -> None:
    items = measure({"shelf": shelf}, [exchange()])
    assert percent(items, "operation") == pytest.approx(100 / len(shelf.operations))
    assert percent(items) == pytest.approx(200 / len(items))
    assert percent([]) == 100
    assert [*by_vendor(items)] == ["shelf"]
