"""Fanfare: rules, compared with a separate implementation, and their validation."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.client import World
from mockserver.vendors.fanfare.rule_matching import compile_rules
from tests.examples import few_or_many
from tests.vendors.fanfare import AUDIENCES, VIP, Fanfare, make_rule

NOW = "2026-01-05T09:00:00Z"
pytestmark = pytest.mark.mockserver(scenario="empty", now=NOW)

STRINGS = ("email", "phone", "fullName", "externalId")
NUMBERS = ("totalOrders", "totalOrderValue")
DATES = ("lastOrderAt", "createdAt")
NEGATIONS = {
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


def create_people(fanfare: Fanfare) -> list[dict[str, Any]]:
    """Creates the people, one day apart, and returns them as the API does."""
    for one in PEOPLE:
        id = fanfare.consumer(**{name: value for name, value in one.items() if name != "orders"})
        for value in one.get("orders", ()):
            fanfare.register_order(id, value)
        fanfare.world.clock.advance(days=1)
    return fanfare.all_consumers()


def value_of(person: dict[str, Any], field: str) -> Any:
    """The value of a field; None if there is none."""
    actual: Any = person
    for part in field.split("."):
        actual = actual.get(part) if isinstance(actual, dict) else None
    return datetime.fromisoformat(actual) if field in DATES and actual else actual


def equal(actual: Any, wanted: Any) -> bool:
    return isinstance(actual, bool) == isinstance(wanted, bool) and bool(actual == wanted)


def holds(person: dict[str, Any], rule: dict[str, Any]) -> bool:
    """Whether the rule holds for the person."""
    operator, field = rule["operator"], rule["field"]
    if operator in NEGATIONS:
        return not holds(person, rule | {"operator": NEGATIONS[operator]})
    actual = value_of(person, field)
    values = [datetime.fromisoformat(one) if field in DATES else one for one in rule["values"]]
    if actual is None or operator == "EXISTS":
        return actual is not None
    if operator in ("EQUALS", "IN"):
        return any(equal(actual, one) for one in values)
    if operator == "CONTAINS":
        return (
            any(equal(one, values[0]) for one in actual)
            if isinstance(actual, list)
            else (isinstance(actual, str) and isinstance(values[0], str) and values[0] in actual)
        )
    return in_order(operator, actual, values)


def in_order(operator: str, actual: Any, values: list[Any]) -> bool:
    def comparable(one: Any) -> bool:
        kinds = ((int, float), str, datetime)
        # Python counts booleans among the numbers, Fanfare does not.
        return (
            not isinstance(actual, bool)
            and not isinstance(one, bool)
            and any(isinstance(actual, kind) and isinstance(one, kind) for kind in kinds)
        )

    if not all(comparable(one) for one in values):
        return False
    low, high = values[0], values[-1]
    results: dict[str, bool] = {
        "GREATER_THAN": actual > low,
        "GREATER_THAN_OR_EQUAL": actual >= low,
        "LESS_THAN": actual < low,
        "LESS_THAN_OR_EQUAL": actual <= low,
        "BETWEEN": low <= actual <= high,
    }
    return results[operator]


def matches(person: dict[str, Any], rules: list[dict[str, Any]]) -> bool:
    """Whether all rules of at least one group hold."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for rule in rules:
        groups.setdefault(rule.get("groupId", ""), []).append(rule)
    return any(all(holds(person, rule) for rule in group) for group in groups.values())


def rules_with(fields: tuple[str, ...], operators: tuple[str, ...], values: st.SearchStrategy[Any]) -> Any:
    """Valid rules, with as many values as the operator takes."""

    def with_values(operator: str) -> st.SearchStrategy[list[Any]]:
        minimum, maximum = {"BETWEEN": (2, 2), "IN": (1, 3), "NOT_IN": (1, 3)}.get(operator, (1, 1))
        return st.just([]) if "EXISTS" in operator else st.lists(values, min_size=minimum, max_size=maximum)

    def with_operator(operator: str) -> st.SearchStrategy[dict[str, Any]]:
        members = {
            "field": st.sampled_from(fields),
            "operator": st.just(operator),
            "values": with_values(operator),
        }
        return st.fixed_dictionaries({**members, "groupId": st.sampled_from(["grp_A", "grp_B", "grp_C"])})

    return st.sampled_from(operators).flatmap(with_operator)


TIMESTAMPS = st.integers(-1, len(PEOPLE) + 1).map(
    lambda days: (datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(days=days)).isoformat()
)
RULES = st.one_of(
    rules_with(
        STRINGS, EVERYWHERE + PARTS, st.sampled_from(["ada", "Ada", "@example.com", "1", "+467", "Bob", ""])
    ),
    rules_with(NUMBERS, EVERYWHERE + ORDERED, st.sampled_from([0, 1, 2, 3, 15.5, 100, 100.0, 500])),
    rules_with(DATES, EVERYWHERE + ORDERED, TIMESTAMPS),
    rules_with(
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


@few_or_many(15, 400)
def test_members_match_the_rules(fanfare: Fanfare, examples: int) -> None:
    people = create_people(fanfare)
    id = fanfare.audience(VIP)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rules=st.lists(RULES, min_size=1, max_size=5))
    def compared(rules: list[dict[str, Any]]) -> None:
        fanfare.send("PUT", f"{AUDIENCES}/{id}/rules", {"rules": rules})
        fanfare.world.clock.advance(seconds=2)
        assert fanfare.members(id) == [one["id"] for one in people if matches(one, rules)]
        assert fanfare.count(id) == len(fanfare.members(id))
        fanfare.world.clear_journal()  # it keeps 2,000 exchanges

    compared()


def test_operator_and_its_negation_partition_the_consumers(fanfare: Fanfare) -> None:
    people = {one["id"] for one in create_people(fanfare)}
    values: dict[str, list[Any]] = {"EQUALS": ["Oslo"], "CONTAINS": ["s"], "IN": ["Oslo", 10], "EXISTS": []}
    for negation, operator in NEGATIONS.items():
        for field in ("metadata.city", "fullName"):
            one = set(fanfare.members(fanfare.audience(make_rule(field, operator, *values[operator]))))
            other = set(fanfare.members(fanfare.audience(make_rule(field, negation, *values[operator]))))
            assert one.isdisjoint(other)
            assert one | other == people


def test_numbers_may_be_strings(fanfare: Fanfare) -> None:
    people = create_people(fanfare)
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
def test_invalid_rules_are_refused(fanfare: Fanfare, rule: dict[str, Any]) -> None:
    id = fanfare.audience(VIP)
    for method, path, body, prefix in (
        ("POST", AUDIENCES, {"name": "A", "type": "DYNAMIC", "rules": [VIP, rule]}, "rules.1."),
        ("POST", f"{AUDIENCES}/{id}/rules", [VIP, rule], "1."),
        ("PUT", f"{AUDIENCES}/{id}/rules", {"rules": [VIP, rule]}, "rules.1."),
    ):
        assert all(field.startswith(prefix) for field in fanfare.invalid(method, path, body))
    assert len(fanfare.get(f"{AUDIENCES}/{id}/rules")) == 1


def test_rules_without_a_group_join_the_first_group(fanfare: Fanfare) -> None:
    people = create_people(fanfare)
    id = fanfare.audience(make_rule("email", "EXISTS"), make_rule("totalOrders", "GREATER_THAN", 0))
    (added,) = fanfare.add_rules(id, make_rule("totalOrderValue", "LESS_THAN", 50))
    rules = fanfare.get(f"{AUDIENCES}/{id}/rules")
    assert len({rule["groupId"] for rule in rules}) == 1
    assert [rule["position"] for rule in rules] == [0, 1, 2]
    assert rules[-1] == added
    assert fanfare.members(id) == [
        one["id"] for one in people if one["email"] and 0 < one["totalOrderValue"] < 50
    ]


def test_null_group_or_position_is_the_same_as_omitting_it(fanfare: Fanfare) -> None:
    audience = fanfare.audience(VIP, {**VIP, "groupId": None, "position": None})
    (added,) = fanfare.add_rules(audience, {**VIP, "groupId": None, "position": None})
    rules = fanfare.get(f"{AUDIENCES}/{audience}/rules")
    assert {rule["groupId"] for rule in rules} == {added["groupId"]}
    assert [rule["position"] for rule in rules] == [0, 1, 2]


def test_an_audience_without_rules_has_no_members(fanfare: Fanfare) -> None:
    create_people(fanfare)
    id = fanfare.audience()
    assert fanfare.members(id) == []
    (added,) = fanfare.add_rules(id, make_rule("email", "EXISTS"))
    assert fanfare.count(id) == 3
    taken = fanfare.send("DELETE", f"{AUDIENCES}/{id}/rules/{added['id']}")
    assert taken == added
    fanfare.world.clock.advance(seconds=2)
    assert fanfare.members(id) == []


def test_rule_can_be_updated(fanfare: Fanfare) -> None:
    people = create_people(fanfare)
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


def test_rule_of_another_audience_is_not_found(fanfare: Fanfare) -> None:
    mine, other = fanfare.audience(VIP), fanfare.audience(VIP)
    (rule,) = fanfare.get(f"{AUDIENCES}/{mine}/rules")
    for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
        refusal = fanfare.refused(404, method, f"{AUDIENCES}/{other}/rules/{rule['id']}", body)
        assert refusal == {"error": "Rule not found"}


def test_replaced_rules_have_new_ids(fanfare: Fanfare) -> None:
    id = fanfare.audience(VIP)
    (old,) = fanfare.get(f"{AUDIENCES}/{id}/rules")
    replaced = fanfare.send("PUT", f"{AUDIENCES}/{id}/rules", {"rules": [VIP, make_rule("email", "EXISTS")]})
    assert old["id"] not in {rule["id"] for rule in replaced}
    assert fanfare.get(f"{AUDIENCES}/{id}/rules") == replaced
    assert fanfare.send("PUT", f"{AUDIENCES}/{id}/rules", {"rules": []}) == []


def test_edited_rules_are_compiled_again() -> None:
    rules = [make_rule("totalOrders", "GREATER_THAN", 3, groupId="g")]
    records: list[dict[str, Any]] = [{"totalOrders": number} for number in range(6)]
    assert [one["totalOrders"] for one in filter(compile_rules(rules), records)] == [4, 5]
    rules[0]["values"] = [4]  # in place, as a caller may
    assert [one["totalOrders"] for one in filter(compile_rules(rules), records)] == [5]
    assert not list(filter(compile_rules([]), records))


def test_an_update_without_changes_keeps_the_version(fanfare: Fanfare) -> None:
    create_people(fanfare)
    id = fanfare.audience(VIP)
    audience, status = fanfare.get(f"{AUDIENCES}/{id}"), fanfare.status(id)
    (rule,) = audience["rules"]
    fanfare.world.clock.advance(minutes=1)
    same = {name: rule[name] for name in ("field", "operator", "values", "groupId", "position")}
    for body in ({}, same, {"values": [5.0]}, {"position": 0.0}, {"id": "rule_0", "audienceId": "aud_0"}):
        assert fanfare.send("PUT", f"{AUDIENCES}/{id}/rules/{rule['id']}", body) == rule | {"audienceId": id}
        assert fanfare.get(f"{AUDIENCES}/{id}") == audience, body
        assert fanfare.status(id) == status, body
    changed = fanfare.send("PUT", f"{AUDIENCES}/{id}/rules/{rule['id']}", {"values": [6]})
    assert changed["values"] == [6]
    after = fanfare.get(f"{AUDIENCES}/{id}")
    assert after["version"] == audience["version"] + 1
    assert after["updatedAt"] > audience["updatedAt"]


MIXED: dict[str, Any] = {
    "true": True, "false": False, "zero": 0, "one": 1, "two": 2, "text": "1", "word": "true", "null": None,
    "list": [1, "1"], "flags": [True], "object": {"a": 1},
}  # fmt: skip


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("GREATER_THAN", [0], "one two"),
        ("GREATER_THAN_OR_EQUAL", [0], "zero one two"),
        ("GREATER_THAN", [False], ""),
        ("GREATER_THAN_OR_EQUAL", [True], ""),
        ("LESS_THAN", [2], "zero one"),
        ("LESS_THAN_OR_EQUAL", [True], ""),
        ("GREATER_THAN", ["0"], "text word"),
        ("LESS_THAN_OR_EQUAL", ["1"], "text"),
        ("BETWEEN", [0, 1], "zero one"),
        ("BETWEEN", [False, True], ""),
        ("BETWEEN", [0, "2"], ""),
        ("BETWEEN", ["0", "2"], "text"),
        ("EQUALS", [1], "one"),
        ("EQUALS", [True], "true"),
        ("EQUALS", ["1"], "text"),
        ("IN", [0, True], "zero true"),
        ("IN", ["1", "true"], "text word"),
        ("NOT_IN", [0, True], "false one two text word null list flags object"),
        ("CONTAINS", [1], "list"),
        ("CONTAINS", ["1"], "list text"),
        ("CONTAINS", [True], "flags"),
        ("NOT_EQUALS", [False], "true zero one two text word null list flags object"),
    ],
)
def test_values_of_different_types_are_neither_equal_nor_ordered(
    operator: str, values: list[Any], expected: str
) -> None:
    matches = compile_rules([make_rule("metadata.value", operator, *values, groupId="g")])
    assert {name for name, value in MIXED.items() if matches({"metadata": {"value": value}})} == {
        *expected.split()
    }
