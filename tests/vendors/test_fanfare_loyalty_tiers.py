"""Fanfare: loyalty tiers."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.fanfare import AUDIENCES, TIERS, Fanfare

NOW = "2026-01-05T09:00:00Z"
pytestmark = pytest.mark.mockserver(now=NOW)


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


def test_documented_tiers(fanfare: Fanfare) -> None:
    created = fanfare.save_tiers(TIERS)
    group = created["tierGroup"]
    assert group.startswith("tier_")
    assert [one["name"] for one in created["audiences"]] == ["Bronze", "Silver", "Gold", "Platinum"]
    bronze, *_, platinum = created["audiences"]
    assert (bronze["groupId"], bronze["groupType"], bronze["groupName"]) == (
        group,
        "SEGMENTED_VALUE",
        "Spending Tiers",
    )
    assert bronze["metadata"] == {
        "tierGroup": group,
        "tierAttribute": "totalOrderValue",
        "tierOrder": 0,
        "tierBoundaries": {"min": 0, "max": 100},
    }
    assert platinum["metadata"]["tierBoundaries"] == {"min": 1000, "max": None}
    conditions = [(rule["field"], rule["operator"], rule["values"]) for rule in bronze["rules"]]
    assert conditions == [
        ("totalOrderValue", "GREATER_THAN_OR_EQUAL", [0]),
        ("totalOrderValue", "LESS_THAN", [100]),
    ]
    assert len({rule["groupId"] for rule in bronze["rules"]}) == 1
    assert [rule["operator"] for rule in platinum["rules"]] == ["GREATER_THAN_OR_EQUAL"]
    listed = fanfare.get(f"{AUDIENCES}/groups/{group}", include="rules")
    assert [one["rules"] for one in listed] == [one["rules"] for one in created["audiences"]]


def tier(name: str, start: float, end: float | None = None, order: int = 0) -> dict[str, Any]:
    return {"name": name, "startValue": start, "endValue": end, "order": order}


@pytest.mark.parametrize(
    "cut",
    [
        [],
        [{"name": "A"}],
        [tier("", 0)],
        [tier("A", 5, 5)],
        [tier("A", 5, 4)],
        [tier("A", 0, 10), tier("B", 9, None, 1)],
        [tier("A", 0, None), tier("B", 10, None, 1)],
        [tier("A", 0, 10), tier("A", 10, None, 1)],
        [tier("A", 0, 10), tier("B", 10, None, 0)],
    ],
)
def test_invalid_tiers_are_refused(fanfare: Fanfare, cut: list[dict[str, Any]]) -> None:
    group = fanfare.save_tiers(TIERS)["tierGroup"]
    before = fanfare.get(f"{AUDIENCES}/groups/{group}")
    body = {"groupName": "T", "attribute": "totalOrders", "tiers": cut}
    for method, path in (("POST", "loyalty-tiers"), ("PUT", f"loyalty-tiers/{group}")):
        assert all(
            field.startswith("tiers") for field in fanfare.invalid(method, f"{AUDIENCES}/{path}", body)
        )
    assert fanfare.get(f"{AUDIENCES}/groups/{group}") == before


def test_tiers_may_leave_gaps(fanfare: Fanfare) -> None:
    in_the_gap = fanfare.consumer()
    fanfare.register_order(in_the_gap, 15)
    created = fanfare.save_tiers([tier("A", 0, 10), tier("B", 20, None, 1)])
    assert in_the_gap not in [
        one["id"] for one in fanfare.walk(f"{AUDIENCES}/groups/{created['tierGroup']}/members")
    ]


def test_required_fields_of_tiers(fanfare: Fanfare) -> None:
    path = f"{AUDIENCES}/loyalty-tiers"
    assert set(fanfare.invalid("POST", path, {})) == {"groupName", "attribute", "tiers"}
    body = {"groupName": "", "attribute": "shoeSize", "tiers": TIERS}
    assert set(fanfare.invalid("POST", path, body)) == {"groupName", "attribute"}


def test_archived_tier_leaves_its_group(fanfare: Fanfare) -> None:
    created = fanfare.save_tiers(TIERS[:2])
    path = f"{AUDIENCES}/groups/{created['tierGroup']}"
    first, second = (one["id"] for one in created["audiences"])
    fanfare.send("DELETE", f"{AUDIENCES}/{first}")
    assert [one["id"] for one in fanfare.get(path)] == [second]
    fanfare.refused(404, "GET", f"{path}/members", audienceId=first)
    fanfare.send("DELETE", f"{AUDIENCES}/{second}")
    assert fanfare.refused(404, "GET", path) == {"error": "Audience group not found"}
