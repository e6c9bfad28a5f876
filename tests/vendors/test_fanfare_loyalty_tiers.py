"""Fanfare: loyalty tiers."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.state.records import Records
from tests.vendors.fanfare import AUDIENCES, TIERS, Fanfare, make_rule

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


@pytest.mark.usefixtures("own_app")
def test_the_tiers_of_a_group_are_recalculated_together(
    fanfare: Fanfare, mockserver: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each consumer is read once, however many tiers are due at the same time."""
    tiers = [tier(str(order), 100 * order, 100 * order + 100, order) for order in range(8)]
    tiers.append(tier("8", 800, None, 8))
    group = {"groupName": "Spending", "attribute": "totalOrderValue", "tiers": tiers}
    audiences = [one["id"] for one in fanfare.send("POST", f"{AUDIENCES}/loyalty-tiers", group)["audiences"]]
    other = _create(fanfare)
    read: list[str] = []
    iterate = Records.iterate

    def note(records: Records, parent: str = "", **options: Any) -> Any:
        read.append(records._kind)
        return iterate(records, parent, **options)

    monkeypatch.setattr(Records, "iterate", note)
    assert mockserver.clock.advance(seconds=2).jobs_run == len(tiers) + 1
    monkeypatch.undo()
    assert read.count("fanfare.consumer") == 1
    spent = {one["id"]: (one["totalOrderValue"], one["totalOrders"]) for one in fanfare.all_consumers()}
    for id, one in zip(audiences, tiers, strict=True):
        start, end = one["startValue"], one["endValue"] or float("inf")
        assert set(fanfare.members(id)) == {id for id, (value, _) in spent.items() if start <= value < end}
        assert fanfare.get(f"{AUDIENCES}/{id}")["lastRefreshedAt"] == "2026-01-05T09:00:02Z"
    assert set(fanfare.members(other)) == {id for id, (_, orders) in spent.items() if orders > 2}


def test_audiences_that_are_due_at_different_times_are_recalculated_then(
    fanfare: Fanfare, mockserver: World
) -> None:
    first = _create(fanfare)
    mockserver.clock.advance(seconds=1)
    second = _create(fanfare)
    mockserver.clock.advance(seconds=1)
    assert fanfare.count(first) > 0
    assert fanfare.count(second) == 0
    mockserver.clock.advance(seconds=1)
    assert fanfare.count(second) == fanfare.count(first)


def _create(fanfare: Fanfare) -> str:
    """Creates a dynamic audience, and leaves its recalculation to the clock."""
    rule = make_rule("totalOrders", "GREATER_THAN", 2)
    body = {"name": "More than two orders", "type": "DYNAMIC", "rules": [rule]}
    return str(fanfare.send("POST", AUDIENCES, body)["id"])
