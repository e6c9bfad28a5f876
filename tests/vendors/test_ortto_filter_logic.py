"""Ortto: the grammar of filters and its errors, and operators on dates, memberships and ids."""

import json
import re
from typing import Any

import pytest

from mockserver.client import World
from mockserver.formats import yaml_loader
from mockserver.paths import contracts
from mockserver.vendors.ortto.filter_logic import AND_OPERATORS, OR_OPERATORS
from mockserver.vendors.ortto.filter_operators import LEAF_OPERATORS
from tests.vendors.ortto import Ortto, condition


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


@pytest.mark.mockserver(now="2026-01-01T00:00:00Z")
def test_anniversaries_and_coming_days(ortto: Ortto) -> None:
    ortto.backstage("create_custom_field", name="Renewal", display_type="date")

    def create(month: int, of_day: int) -> str:
        value = {"year": 2026, "month": month, "day": of_day}
        return ortto.create(f"r{month}-{of_day}@test.example", **{"dtz:cm:renewal": value})

    today, soon, later = create(1, 1), create(1, 6), create(3, 1)
    for operator, operand, expected in (
        ("$dtz::anniversary", {}, [today]),
        ("$dtz::occurs_in", {"days": 5}, [soon]),
        ("$dtz::occurs_in_less_than", {"days": 6}, [soon, today]),
        ("$dtz::occurs_in_more_than", {"days": 5}, [later]),
    ):
        assert ortto.ids(filter=condition(operator, "dtz:cm:renewal", **operand)) == expected, operator


def test_members_subscribers_and_ids(ortto: Ortto) -> None:
    audience, everyone = ortto.audience_id_of("Engaged subscribers"), ortto.ids()
    members = ortto.ids(audience_id=audience)
    subscribers = ortto.ids(audience_id=audience, audience_filter="subscribers")
    key = {"audience_id": audience.upper()}
    assert ortto.ids(filter={"$is_member_of": key}) == members
    assert ortto.ids(filter={"$is_not_member_of": key}) == [id for id in everyone if id not in members]
    assert ortto.ids(filter={"$is_subscriber_of": key}) == subscribers
    assert ortto.ids(filter={"$is_not_subscriber_of": key}) == [
        id for id in everyone if id not in subscribers
    ]
    assert ortto.ids(filter={"$id_is": {"value": everyone[3].upper()}}) == [everyone[3]]
    assert ortto.ids(filter={"$id_is_not": {"value": everyone[0]}}) == everyone[1:]
    assert ortto.ids(filter={"$id_set_is": {"value": [everyone[5], everyone[2]]}}) == [
        everyone[2],
        everyone[5],
    ]
    assert ortto.ids(filter={"$id_set_is_not": {"value": everyone[1:]}}) == everyone[:1]


def test_members_that_the_app_adds_are_ignored(ortto: Ortto) -> None:
    extra = {
        "label": "Email contains",
        "timezone": "Italy",
        "name": "x",
        "icon": "y",
        "formData": {"mode": "z"},
    }
    plain = condition("$str::contains", "str::email", value="example")
    assert ortto.ids(filter=condition("$str::contains", "str::email", value="example", **extra)) == ortto.ids(
        filter=plain
    )


def test_the_edges_of_the_calendar(ortto: Ortto) -> None:
    first = "0001-01-01T00:00:00+14:00"
    id = ortto.create(
        "ancient@test.example",
        **{"tme:cm:last-order": first, "dtz::b": {"year": 2025, "month": 2, "day": 31}},
    )
    assert ortto.ids(filter=condition("$tme::absolute_on", "tme:cm:last-order", value=first)) == [id]
    assert id in ortto.ids(filter=condition("$tme::absolute_before", "tme:cm:last-order", value="0001-01-02"))
    assert id in ortto.ids(filter=condition("$tme::relative_more_than", "tme:cm:last-order", days_ago=36500))
    assert id not in ortto.ids(filter=condition("$dtz::age_less_than", "dtz::b", value=1000))
    never = condition("$dtz::absolute_on", "dtz::b", value={"year": 2025, "month": 2, "day": 31})
    quoted = 'Failed to decode filter: {"year":2025,"month":2,"day":31} (Invalid value)'
    assert ortto.error("POST", "/v1/person/get", {"filter": never}) == {"error": f"myorttoaccount: {quoted}"}
    small = condition("$tme::absolute_after", "l", value="2020-01-01t00:00:00z")
    assert ortto.ids(filter=small)


def test_an_empty_email(ortto: Ortto) -> None:
    (done,) = ortto.merge({"str::ei": "E-1", "str::email": ""})
    assert ortto.ids(filter=condition("$str::is", "str::email", value="")) == [done["person_id"]]
    assert ortto.ids(filter=condition("$str::is", "str::email", value=" ")) == []


def test_empty_groups(ortto: Ortto) -> None:
    assert len(ortto.ids(filter={"$and": []})) == len(ortto.ids())
    assert ortto.ids(filter={"$or": []}) == []


def _text(value: Any) -> str:
    return json.dumps(value)  # as the client of these tests sends it


def test_the_error_for_an_unknown_operator_names_the_innermost_first(ortto: Ortto) -> None:
    unknown = condition("$int::gt", "int::e", value=20)
    inner = f"Unknown operation $int::gt: {_text(unknown['$int::gt'])} (Invalid value)"
    bare = ortto.error("POST", "/v1/person/get", {"filter": unknown})
    assert bare == {"error": f"myorttoaccount: {inner}"}
    fine = condition("$has_any_value", "l")
    once = ortto.error("POST", "/v1/person/get", {"filter": {"$and": [fine, unknown]}})
    middle = f"Failed to decode filter $and body {_text([fine, unknown])}: {inner} (Invalid value)"
    assert once == {"error": f"myorttoaccount: {middle}"}
    twice = ortto.error("POST", "/v1/person/get", {"filter": {"$or": [{"$and": [fine, unknown]}]}})
    body = _text([{"$and": [fine, unknown]}])
    assert twice == {
        "error": f"myorttoaccount: Failed to decode filter $or body {body}: {middle} (Invalid value)"
    }


@pytest.mark.parametrize(
    ("filter", "reason"),
    [
        ("{}", "Failed to decode filter: {} (Invalid value)"),
        ("7", "Failed to decode filter: 7 (Invalid value)"),
        ('{"$and": 3}', "Failed to decode filter $and: 3 (Invalid value)"),
        (
            '{"$bol::is": {"field_id": "bol::p"}}',
            'Failed to decode filter $bol::is: {"field_id": "bol::p"} (Invalid value)',
        ),
        (
            '{"$or": [{"$geo::is": {"field_id": "geo::country", "value": {"name": "S\\u00e9", "x": true}}}]}',
            'Failed to decode filter $or body [{"$geo::is": {"field_id": "geo::country", "value": {"name": '
            '"S\\u00e9", "x": true}}}]: Failed to decode filter $geo::is: {"field_id": "geo::country", '
            '"value": {"name": "S\\u00e9", "x": true}} (Invalid value) (Invalid value)',
        ),
        (
            '{"$has_any_value":{"field_id":"l"}, "$has_no_value":{"field_id":"l"}}',
            'Failed to decode filter: {"$has_any_value":{"field_id":"l"}, "$has_no_value":{"field_id":"l"}} '
            "(Invalid value)",
        ),
        ('{"$int::gt": {"value": 1.50}}', 'Unknown operation $int::gt: {"value": 1.50} (Invalid value)'),
    ],
)
def test_an_invalid_filter_is_quoted_as_it_was_sent(ortto: Ortto, filter: str, reason: str) -> None:
    body = f'{{ "filter" : {filter} }}'
    reply = ortto.session.post(f"{ortto.url}/v1/person/get", data=body.encode(), timeout=30)
    assert (reply.status_code, reply.json()["error"]) == (400, f"myorttoaccount: {reason}")


@pytest.mark.parametrize("document", ["openapi.yaml", "backstage.yaml"])
def test_the_contract_has_the_implemented_operators(document: str) -> None:
    schema = yaml_loader.read(contracts() / "ortto" / document)["components"]["schemas"]["Filter"]
    named = schema["propertyNames"]["enum"]
    assert sorted(named) == sorted([*LEAF_OPERATORS, *AND_OPERATORS, *OR_OPERATORS])
    for operator in named:
        operands = [
            leaf for pattern, leaf in schema["patternProperties"].items() if re.search(pattern, operator)
        ]
        assert len(operands) == 1, operator


def test_a_filter_has_one_operator(ortto: Ortto) -> None:
    two = {**condition("$has_any_value", "l"), **condition("$has_no_value", "str::ei")}
    assert "Failed to decode filter" in ortto.error("POST", "/v1/person/get", {"filter": two})["error"]


def test_a_filter_nested_too_deep(ortto: Ortto) -> None:
    filter: dict[str, Any] = condition("$has_any_value", "l")
    for _ in range(45):
        filter = {"$and": [filter]}
    assert ortto.ids(filter=filter)
    for _ in range(40):
        filter = {"$and": [filter]}
    assert "exceeded max depth" in ortto.error("POST", "/v1/person/get", {"filter": filter})["error"]
