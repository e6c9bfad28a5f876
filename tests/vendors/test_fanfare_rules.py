"""Fanfare's rules against a plain judge of our own, and what rules may be."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.client import World
from tests.vendors.fanfare import AUDIENCES, VIP, Fanfare, make_rule

NOW = "2026-01-05T09:00:00Z"
pytestmark = pytest.mark.mockserver(scenario="empty", now=NOW)

TEXTS = ("email", "phone", "fullName", "externalId")
NUMBERS = ("totalOrders", "totalOrderValue")
MOMENTS = ("lastOrderAt", "createdAt")
OPPOSITES = {
    "NOT_EQUALS": "EQUALS",
    "NOT_CONTAINS": "CONTAINS",
    "NOT_IN": "IN",
    "NOT_EXISTS": "EXISTS",
}
EVERYWHERE = ("EQUALS", "NOT_EQUALS", "IN", "NOT_IN", "EXISTS", "NOT_EXISTS")
ORDERED = ("GREATER_THAN", "GREATER_THAN_OR_EQUAL", "LESS_THAN", "LESS_THAN_OR_EQUAL", "BETWEEN")
PARTS = ("CONTAINS", "NOT_CONTAINS")
PEOPLE: list[dict[str, Any]] = [
    {"email": "ada@example.com", "fullName": "Ada Lovelace", "externalId": "1", "orders": [100.0]},
    {"email": "bob@example.org", "fullName": "Bob", "phone": "+4670000001", "orders": [5, 5, 5.5]},
    {"email": "Eve@Example.com", "metadata": {"tags": ["VIP", "new"], "points": 10}},
    {"phone": "+4670000002", "metadata": {"city": "Oslo", "points": 200, "home": {"city": "Lund"}}},
    {"fullName": "ada", "metadata": {"city": "Malmö", "vip": True, "points": 10.5}, "orders": [1, 2]},
    {"externalId": "crm-17", "metadata": {"city": None, "vip": False, "home": {}}, "orders": [500]},
    {},
]


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


def settle(fanfare: Fanfare) -> list[dict[str, Any]]:
    """Makes the people, a day apart, and gives them as the API tells them."""
    for one in PEOPLE:
        id = fanfare.consumer(**{name: value for name, value in one.items() if name != "orders"})
        for value in one.get("orders", ()):
            fanfare.register_order(id, value)
        fanfare.world.clock.advance(days=1)
    return fanfare.all_consumers()


def value_of(person: dict[str, Any], field: str) -> Any:
    """What the person has there; None if nothing."""
    held: Any = person
    for part in field.split("."):
        held = held.get(part) if isinstance(held, dict) else None
    return datetime.fromisoformat(held) if field in MOMENTS and held else held


def equal(held: Any, wanted: Any) -> bool:
    return isinstance(held, bool) == isinstance(wanted, bool) and bool(held == wanted)


def judge(person: dict[str, Any], rule: dict[str, Any]) -> bool:
    """Whether the rule holds for the person."""
    operator, field = rule["operator"], rule["field"]
    if operator in OPPOSITES:
        return not judge(person, rule | {"operator": OPPOSITES[operator]})
    held = value_of(person, field)
    values = [datetime.fromisoformat(one) if field in MOMENTS else one for one in rule["values"]]
    if held is None or operator == "EXISTS":
        return held is not None
    if operator in ("EQUALS", "IN"):
        return any(equal(held, one) for one in values)
    if operator == "CONTAINS":
        return (
            any(equal(one, values[0]) for one in held)
            if isinstance(held, list)
            else (isinstance(held, str) and isinstance(values[0], str) and values[0] in held)
        )
    return in_order(operator, held, values)


def in_order(operator: str, held: Any, values: list[Any]) -> bool:
    def comparable(one: Any) -> bool:
        kinds = ((int, float), str, datetime)
        # Python counts booleans among the numbers, Fanfare does not.
        return (
            not isinstance(held, bool)
            and not isinstance(one, bool)
            and any(isinstance(held, kind) and isinstance(one, kind) for kind in kinds)
        )

    if not all(comparable(one) for one in values):
        return False
    low, high = values[0], values[-1]
    verdicts: dict[str, bool] = {
        "GREATER_THAN": held > low,
        "GREATER_THAN_OR_EQUAL": held >= low,
        "LESS_THAN": held < low,
        "LESS_THAN_OR_EQUAL": held <= low,
        "BETWEEN": low <= held <= high,
    }
    return verdicts[operator]


def fits(person: dict[str, Any], rules: list[dict[str, Any]]) -> bool:
    """All rules of one group, or all of another."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for rule in rules:
        groups.setdefault(rule.get("groupId", ""), []).append(rule)
    return any(all(judge(person, rule) for rule in group) for group in groups.values())


def a_rule(fields: tuple[str, ...], operators: tuple[str, ...], values: st.SearchStrategy[Any]) -> Any:
    """A rule that makes sense, with as many values as its operator takes."""

    def with_values(operator: str) -> st.SearchStrategy[list[Any]]:
        least, most = {"BETWEEN": (2, 2), "IN": (1, 3), "NOT_IN": (1, 3)}.get(operator, (1, 1))
        return st.just([]) if "EXISTS" in operator else st.lists(values, min_size=least, max_size=most)

    def drawn(operator: str) -> st.SearchStrategy[dict[str, Any]]:
        written = {
            "field": st.sampled_from(fields),
            "operator": st.just(operator),
            "values": with_values(operator),
        }
        return st.fixed_dictionaries({**written, "groupId": st.sampled_from(["grp_A", "grp_B", "grp_C"])})

    return st.sampled_from(operators).flatmap(drawn)


A_MOMENT = st.integers(-1, len(PEOPLE) + 1).map(
    lambda days: (datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(days=days)).isoformat()
)
RULES = st.one_of(
    a_rule(
        TEXTS, EVERYWHERE + PARTS, st.sampled_from(["ada", "Ada", "@example.com", "1", "+467", "Bob", ""])
    ),
    a_rule(NUMBERS, EVERYWHERE + ORDERED, st.sampled_from([0, 1, 2, 3, 15.5, 100, 100.0, 500])),
    a_rule(MOMENTS, EVERYWHERE + ORDERED, A_MOMENT),
    a_rule(
        (
            "metadata.city",
            "metadata.home.city",
            "metadata.points",
            "metadata.tags",
            "metadata.vip",
            "metadata.no",
        ),
        EVERYWHERE + ORDERED + PARTS,
        st.sampled_from(["Oslo", "Lund", "l", "VIP", 10, 10.5, 200, True, False]),
    ),
)


def test_members_are_those_whom_the_rules_fit(fanfare: Fanfare) -> None:
    people = settle(fanfare)
    id = fanfare.audience(VIP)

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rules=st.lists(RULES, min_size=1, max_size=5))
    def compared(rules: list[dict[str, Any]]) -> None:
        fanfare.send("PUT", f"{AUDIENCES}/{id}/rules", {"rules": rules})
        fanfare.world.clock.advance(seconds=2)
        assert fanfare.members(id) == [one["id"] for one in people if fits(one, rules)]
        assert fanfare.count(id) == len(fanfare.members(id))

    compared()


def test_a_rule_and_its_opposite_share_everybody_out(fanfare: Fanfare) -> None:
    people = {one["id"] for one in settle(fanfare)}
    values: dict[str, list[Any]] = {"EQUALS": ["Oslo"], "CONTAINS": ["s"], "IN": ["Oslo", 10], "EXISTS": []}
    for opposite, operator in OPPOSITES.items():
        for field in ("metadata.city", "fullName"):
            one = set(fanfare.members(fanfare.audience(make_rule(field, operator, *values[operator]))))
            other = set(fanfare.members(fanfare.audience(make_rule(field, opposite, *values[operator]))))
            assert one.isdisjoint(other)
            assert one | other == people


def test_numbers_may_be_written_as_texts(fanfare: Fanfare) -> None:
    people = settle(fanfare)
    found = fanfare.members(fanfare.audience(make_rule("totalOrders", "GREATER_THAN_OR_EQUAL", "2")))
    assert found == [one["id"] for one in people if one["totalOrders"] >= 2]


@pytest.mark.parametrize(
    "rule",
    [
        make_rule("totalOrders", "EQUALS"),
        make_rule("totalOrders", "EQUALS", 1, 2),
        make_rule("totalOrders", "BETWEEN", 1),
        make_rule("email", "IN"),
        make_rule("email", "EXISTS", "x"),
        make_rule("email", "GREATER_THAN", "x"),
        make_rule("totalOrders", "CONTAINS", 1),
        make_rule("createdAt", "CONTAINS", "2026"),
        make_rule("totalOrders", "EQUALS", "many"),
        make_rule("totalOrderValue", "EQUALS", True),
        make_rule("createdAt", "LESS_THAN", "yesterday"),
        make_rule("createdAt", "LESS_THAN", 5),
        make_rule("email", "EQUALS", None),
        make_rule("loyaltyScore", "EQUALS", 1),
        make_rule("metadata.", "EXISTS"),
        make_rule("email", "MATCHES", ".*"),
    ],
)
def test_rules_that_make_no_sense_are_refused(fanfare: Fanfare, rule: dict[str, Any]) -> None:
    id = fanfare.audience(VIP)
    for method, path, body, prefix in (
        ("POST", AUDIENCES, {"name": "A", "type": "DYNAMIC", "rules": [VIP, rule]}, "rules.1."),
        ("POST", f"{AUDIENCES}/{id}/rules", [VIP, rule], "1."),
        ("PUT", f"{AUDIENCES}/{id}/rules", {"rules": [VIP, rule]}, "rules.1."),
    ):
        assert all(field.startswith(prefix) for field in fanfare.invalid(method, path, body))
    assert len(fanfare.get(f"{AUDIENCES}/{id}/rules")) == 1


def test_rules_without_a_group_share_one_and_later_ones_join_it(fanfare: Fanfare) -> None:
    people = settle(fanfare)
    id = fanfare.audience(make_rule("email", "EXISTS"), make_rule("totalOrders", "GREATER_THAN", 0))
    (added,) = fanfare.add_rules(id, make_rule("totalOrderValue", "LESS_THAN", 50))
    rules = fanfare.get(f"{AUDIENCES}/{id}/rules")
    assert len({rule["groupId"] for rule in rules}) == 1
    assert [rule["position"] for rule in rules] == [0, 1, 2]
    assert rules[-1] == added
    assert fanfare.members(id) == [
        one["id"] for one in people if one["email"] and 0 < one["totalOrderValue"] < 50
    ]


def test_null_as_group_or_position_is_as_good_as_none(fanfare: Fanfare) -> None:
    audience = fanfare.audience(VIP, {**VIP, "groupId": None, "position": None})
    (added,) = fanfare.add_rules(audience, {**VIP, "groupId": None, "position": None})
    rules = fanfare.get(f"{AUDIENCES}/{audience}/rules")
    assert {rule["groupId"] for rule in rules} == {added["groupId"]}
    assert [rule["position"] for rule in rules] == [0, 1, 2]


def test_an_audience_without_rules_has_no_members(fanfare: Fanfare) -> None:
    settle(fanfare)
    id = fanfare.audience()
    assert fanfare.members(id) == []
    (added,) = fanfare.add_rules(id, make_rule("email", "EXISTS"))
    assert fanfare.count(id) == 3
    taken = fanfare.send("DELETE", f"{AUDIENCES}/{id}/rules/{added['id']}")
    assert taken == added
    fanfare.world.clock.advance(seconds=2)
    assert fanfare.members(id) == []


def test_one_rule_can_be_changed(fanfare: Fanfare) -> None:
    people = settle(fanfare)
    id = fanfare.audience(make_rule("totalOrders", "GREATER_THAN", 0))
    (rule,) = fanfare.get(f"{AUDIENCES}/{id}/rules")
    path = f"{AUDIENCES}/{id}/rules/{rule['id']}"
    changed = fanfare.send("PUT", path, {"operator": "LESS_THAN", "values": [2]})
    assert changed == rule | {"operator": "LESS_THAN", "values": [2]} == fanfare.get(path)
    fanfare.world.clock.advance(seconds=2)
    assert fanfare.members(id) == [one["id"] for one in people if one["totalOrders"] < 2]
    assert fanfare.get(f"{AUDIENCES}/{id}")["version"] == 2
    assert set(fanfare.invalid("PUT", path, {"operator": "BETWEEN"})) == {"values"}
    assert set(fanfare.invalid("PUT", path, {"field": "email"})) == {"operator"}


def test_ids_of_rules_belong_to_their_audience(fanfare: Fanfare) -> None:
    mine, other = fanfare.audience(VIP), fanfare.audience(VIP)
    (rule,) = fanfare.get(f"{AUDIENCES}/{mine}/rules")
    for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
        refusal = fanfare.refused(404, method, f"{AUDIENCES}/{other}/rules/{rule['id']}", body)
        assert refusal == {"error": "Rule not found"}


def test_replaced_rules_are_others(fanfare: Fanfare) -> None:
    id = fanfare.audience(VIP)
    (old,) = fanfare.get(f"{AUDIENCES}/{id}/rules")
    replaced = fanfare.send("PUT", f"{AUDIENCES}/{id}/rules", {"rules": [VIP, make_rule("email", "EXISTS")]})
    assert old["id"] not in {rule["id"] for rule in replaced}
    assert fanfare.get(f"{AUDIENCES}/{id}/rules") == replaced
    assert fanfare.send("PUT", f"{AUDIENCES}/{id}/rules", {"rules": []}) == []
