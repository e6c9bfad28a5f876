"""Ortto: unusual values of fields, and operators on fields of another type."""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from mockserver.client import World
from mockserver.contract.contract import Contract
from mockserver.paths import contracts
from mockserver.vendors.ortto.filter_logic import compile_filter
from mockserver.vendors.ortto.filter_operators import LEAF_OPERATORS
from mockserver.vendors.ortto.filter_types import FilterContext
from tests.vendors.ortto import Ortto, condition

PERSON: dict[str, Any] = {
    "id": "0061b02b24f9b6f85dcb1e00",
    "in": {},
    "fields": {
        "str::email": "a@test.example",
        "phn::phone": {"c": "46", "n": "701234567"},
        "geo::city": {"name": "Gent"},
        "dtz::b": {"year": 2000, "month": 2, "day": 3},
        "bol::p": True,
        "int::e": 5,
        "l": "2025-11-03T21:11:24Z",
        "u4s::t": [1],
        "sst:cm:interests": ["Home"],
        "str:cm:empty": "",
    },
}
KINDS = ("$str::", "$int::", "$bol::", "$geo::", "$phn::", "$u4s::", "$dtz::", "$tme::")
OPERANDS: tuple[dict[str, Any], ...] = (
    {},
    {"value": "2"},
    {"value": ["2"]},
    {"value": True},
    {"value": 2},
    {"value": "2000-01-01"},
    {"value": {"year": 2000, "month": 1, "day": 1.0}},
    {"from": 1, "to": 2},
    {"from": "1", "to": "2"},
    {"from": "2000-01-01", "to": "2000-01-02"},
    {"days_ago": 2},
    {"days": 2},
)


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def test_every_operator_accepts_every_field() -> None:
    filters = Contract.read(contracts() / "ortto" / "openapi.yaml").schema(
        {"$ref": "#/components/schemas/Filter"}
    )
    asked = set()
    for operator, field_id, operand in product(LEAF_OPERATORS, PERSON["fields"], OPERANDS):
        filter = condition(operator, field_id, **operand)
        if filters.is_valid(filter):
            assert compile_filter(filter, FilterContext(datetime(2026, 1, 1, tzinfo=UTC)))(PERSON) in (
                True,
                False,
            )
            asked.add(operator)
    assert asked >= {operator for operator in LEAF_OPERATORS if operator.startswith(KINDS)}


@pytest.mark.parametrize(
    ("field_id", "given", "kept"),
    [
        (
            "phn::phone",
            {"phone": "+46701234567", "parse_with_country_code": True, "n": 5},
            {"c": "46", "n": "701234567"},
        ),
        ("phn::phone", {"c": "46", "n": "701234567", "phone": 5}, {"c": "46", "n": "701234567"}),
        ("geo::city", {"name": "Gent", "n": 5}, {"name": "Gent"}),
        (
            "dtz::b",
            {"year": 2000, "month": 2.0, "day": 3, "timezone": "UTC", "name": 5, "n": 5},
            {"year": 2000, "month": 2, "day": 3, "timezone": "UTC"},
        ),
        ("int:cm:orders", 5.0, 5),
    ],
)
def test_only_the_members_of_the_type_are_stored(ortto: Ortto, field_id: str, given: Any, kept: Any) -> None:
    id = ortto.create("odd@test.example", **{field_id: given})
    found = ortto.fields(id, field_id)[field_id]
    assert found == kept
    assert type(found) is type(kept)
    assert ortto.merge({"str::email": "odd@test.example", field_id: given}, merge_by=[field_id])
    assert id in ortto.ids(sort_by_field_id=field_id)
    assert id in ortto.ids(q="odd@test")
