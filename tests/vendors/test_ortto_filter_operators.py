"""Ortto: filter operators, compared with plain Python over the values of all people."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.client import World
from tests.examples import few_or_many
from tests.vendors.ortto import Ortto, condition

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
FIELDS = [
    "str::first",
    "str::last",
    "str::email",
    "str::postal",
    "geo::city",
    "geo::country",
    "phn::phone",
    "dtz::b",
    "bol::p",
    "bol::sp",
    "bol::gdpr",
    "u4s::t",
    "l",
    "int::e",
    "int:cm:orders",
    "str:cm:company",
    "str:cm:label",
    "tme:cm:last-order",
    "sst:cm:interests",
    "str::ei",
]

Fields = dict[str, Any]
Oracle = Callable[[Fields], bool]


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    mockserver.clock.freeze(NOW.isoformat())
    ortto = Ortto(mockserver)
    ortto.create("odd@test.example", str__ei="", str__first="Straße", **{"int:cm:orders": 0})
    ortto.merge({"str::ei": "only-external", "bol::p": None, "sst:cm:interests": ["Home", "Books"]})
    return ortto


def fields_by_id(ortto: Ortto) -> dict[str, Fields]:
    """The field values of all people by id, newest first."""
    return {one["id"]: one["fields"] for one in ortto.people(limit=500, fields=FIELDS)["contacts"]}


def day(value: Any) -> date:
    return date(value["year"], value["month"], value["day"])


def last_order(fields: Fields) -> datetime:
    return datetime.fromisoformat(fields.get("tme:cm:last-order", "1900-01-01T00:00:00Z"))


def age(fields: Fields) -> int:
    born = day(fields["dtz::b"])
    return NOW.year - born.year - ((NOW.month, NOW.day) < (born.month, born.day))


def phone(fields: Fields) -> str:
    return str(fields.get("phn::phone", {}).get("c", "") + fields.get("phn::phone", {}).get("n", ""))


def name(fields: Fields) -> str:
    return f"{fields.get('str::first', '')} {fields.get('str::last', '')}".strip().casefold()


def days_ago(number: int) -> datetime:
    return NOW - timedelta(days=number)


CASES: list[tuple[dict[str, Any], Oracle]] = [
    (condition("$has_any_value", "str:cm:company"), lambda p: "str:cm:company" in p),
    (condition("$has_no_value", "str:cm:company"), lambda p: "str:cm:company" not in p),
    (condition("$has_any_value", "str::ei"), lambda p: "str::ei" in p),
    (condition("$has_any_value", "int:cm:orders"), lambda p: "int:cm:orders" in p),
    (condition("$has_any_value", "tags"), lambda p: "u4s::t" in p),
    (condition("$str::is", "str::first", value="STRASSE"), lambda p: p.get("str::first") == "Straße"),
    (condition("$str::is", "str::name", value="straße"), lambda p: name(p) == "strasse"),
    (
        condition("$str::is", "geo::country", value="sweden"),
        lambda p: p.get("geo::country") == {"name": "Sweden"},
    ),
    (condition("$str::is_not", "str:cm:label", value="VIP"), lambda p: p.get("str:cm:label") != "VIP"),
    (
        condition("$str::contains", "str::last", value="AN"),
        lambda p: "an" in p.get("str::last", "").casefold(),
    ),
    (
        condition("$str::does_not_contains", "str::last", value="an"),
        lambda p: "an" not in p.get("str::last", "").casefold(),
    ),
    (condition("$str::contains", "str::name", value="a b"), lambda p: "a b" in name(p)),
    (condition("$str::starts", "str::email", value="M"), lambda p: p.get("str::email", "").startswith("m")),
    (condition("$str::ends", "str::email", value=".ORG"), lambda p: p.get("str::email", "").endswith(".org")),
    (
        condition("$str::greater_than", "str::last", value="M"),
        lambda p: p.get("str::last", "").casefold() > "m",
    ),
    (
        condition("$str::less_than", "str::last", value="M"),
        lambda p: "str::last" in p and p["str::last"].casefold() < "m",
    ),
    (condition("$bol::is", "bol::p", value=True), lambda p: p.get("bol::p") is True),
    (condition("$bol::is", "bol::p", value=False), lambda p: p.get("bol::p") is not True),
    (condition("$int::is", "int:cm:orders", value=2), lambda p: p.get("int:cm:orders") == 2),
    (condition("$int::is_not", "int:cm:orders", value=2), lambda p: p.get("int:cm:orders") != 2),
    (condition("$int::greater_than", "int::e", value=20), lambda p: p.get("int::e", 0) > 20),
    (condition("$int::less_than", "int::e", value=20), lambda p: "int::e" in p and p["int::e"] < 20),
    (
        condition("$int::less_than", "int::e", value=20, not_existing_as_zero=True),
        lambda p: p.get("int::e", 0) < 20,
    ),
    (
        condition("$int::between", "int::e", **{"from": 10, "to": 30}),
        lambda p: 10 <= p.get("int::e", -1) <= 30,
    ),
    (
        condition("$int::not_between", "int::e", **{"from": 10, "to": 30}),
        lambda p: not 10 <= p.get("int::e", -1) <= 30,
    ),
    (
        condition("$geo::is", "geo::country", value="Germany"),
        lambda p: p.get("geo::country") == {"name": "Germany"},
    ),
    (
        condition("$geo::is_not", "geo::country", value="Germany"),
        lambda p: p.get("geo::country") != {"name": "Germany"},
    ),
    (condition("$phn::starts", "phn::phone", value="+46"), lambda p: phone(p).startswith("46")),
    (condition("$phn::iis", "phn::phone", value="+44 7700 900199"), lambda p: phone(p) == "447700900199"),
    (condition("$phn::iis_not", "phn::phone", value="447700900199"), lambda p: phone(p) != "447700900199"),
    (
        condition("$phn::in_iso2_country_codes", "phn::phone", value=["se", "GB"]),
        lambda p: p.get("phn::phone", {}).get("c") in ("46", "44"),
    ),
    (condition("$u4s::is", "u4s::t", value=2), lambda p: 2 in p.get("u4s::t", [])),
    (
        condition("$str::set_contains", "sst:cm:interests", value="home"),
        lambda p: "Home" in p.get("sst:cm:interests", []),
    ),
    (
        condition("$str::set_does_not_contains", "sst:cm:interests", value="Home"),
        lambda p: "Home" not in p.get("sst:cm:interests", []),
    ),
    (
        condition("$str::set_contains_any", "sst:cm:interests", value=["Books", "Sports"]),
        lambda p: bool({"Books", "Sports"} & set(p.get("sst:cm:interests", []))),
    ),
    (
        condition("$str::set_is", "sst:cm:interests", value=["books", "home"]),
        lambda p: p.get("sst:cm:interests") == ["Home", "Books"],
    ),
    (
        condition("$str::set_is_not", "sst:cm:interests", value=["Home"]),
        lambda p: p.get("sst:cm:interests") != ["Home"],
    ),
    (
        condition("$tme::relative_more_than", "tme:cm:last-order", days_ago=90),
        lambda p: datetime(1900, 1, 2, tzinfo=UTC) < last_order(p) < days_ago(90),
    ),
    (
        condition("$tme::relative_less_than", "tme:cm:last-order", days_ago=90),
        lambda p: days_ago(90) <= last_order(p),
    ),
    (condition("$tme::relative_exactly", "l", days_ago=3), lambda p: p["l"][:10] == "2025-12-29"),
    (
        condition("$tme::absolute_after", "l", value="2025-12-01T06:00:00Z"),
        lambda p: p["l"] > "2025-12-01T06:00:00Z",
    ),
    (condition("$tme::absolute_before", "l", value="2025-12-01"), lambda p: p["l"] < "2025-12-01"),
    (
        condition("$tme::absolute_on", "l", value="2025-12-29T15:00:00+02:00"),
        lambda p: p["l"][:10] == "2025-12-29",
    ),
    (
        condition(
            "$tme::absolute_between",
            "l",
            **{"from": "2025-11-01", "to": {"year": 2025, "month": 11, "day": 30}},
        ),
        lambda p: "2025-11-01" <= p["l"] < "2025-12-01",
    ),
    (
        condition("$dtz::absolute_before", "dtz::b", value={"year": 1970, "month": 6, "day": 1}),
        lambda p: "dtz::b" in p and day(p["dtz::b"]) < date(1970, 6, 1),
    ),
    (condition("$dtz::age_more_than", "dtz::b", value=50), lambda p: "dtz::b" in p and age(p) > 50),
    (condition("$dtz::age_less_than", "dtz::b", value=30), lambda p: "dtz::b" in p and age(p) < 30),
    (condition("$dtz::age_exactly", "dtz::b", value=40), lambda p: "dtz::b" in p and age(p) == 40),
    ({"$is_opted_in": {}}, lambda p: p.get("bol::p") is True),
    ({"$is_opted_in": {"channel": "sms"}}, lambda p: p.get("bol::sp") is True),
    ({"$is_opted_out": {"channel": "email"}}, lambda p: p.get("bol::p") is not True),
]


@pytest.mark.mockserver(now="2026-01-01T00:00:00Z")
def test_every_leaf_against_plain_python(ortto: Ortto) -> None:
    people = fields_by_id(ortto)
    empty = set()
    for filter, oracle in CASES:
        expected = [id for id, fields in people.items() if oracle(fields)]
        assert ortto.ids(filter=filter) == expected, filter
        if not 0 < len(expected) < len(people):
            empty.add(next(iter(filter)))
    # A case that matches all people or none proves little.
    assert empty <= {"$tme::relative_exactly", "$tme::absolute_on"}


TREES = st.recursive(
    st.sampled_from(CASES),
    lambda inner: st.tuples(
        st.sampled_from(["$and", "$or", "$andgroup", "$orgroup"]), st.lists(inner, max_size=4)
    ),
    max_leaves=8,
)


@few_or_many(25, 200)
@pytest.mark.mockserver(now="2026-01-01T00:00:00Z")
def test_nested_groups_against_plain_python(ortto: Ortto, examples: int) -> None:
    people = fields_by_id(ortto)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(TREES)
    def agree(tree: Any) -> None:
        filter, oracle = _build(tree)
        assert ortto.ids(filter=filter) == [id for id, fields in people.items() if oracle(fields)]

    agree()


def _build(tree: Any) -> tuple[dict[str, Any], Oracle]:
    """The filter and the oracle of a tree of groups and cases."""
    first, second = tree
    if isinstance(first, dict):
        return first, second
    inner = [_build(one) for one in second]
    join = all if "and" in first else any
    return {first: [filter for filter, _ in inner]}, lambda fields: join(
        oracle(fields) for _, oracle in inner
    )
