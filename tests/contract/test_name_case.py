"""Names in any letter case, where the contract says so."""

from typing import Any

import pytest

from mockserver.call import Call
from mockserver.contract.contract import Contract
from mockserver.contract.name_case import fold_members
from mockserver.contract.validation import validate_call

SCHEMA = {"$ref": "#/components/schemas/Thing"}
COMPONENTS: dict[str, Any] = {
    "Thing": {
        "type": "object",
        "properties": {
            "userName": {"type": "string"},
            "ID": {"type": "integer"},
            "inner": {"$ref": "#/components/schemas/Thing"},
            "things": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
            "free": {"type": "object", "additionalProperties": True},
        },
    }
}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"UserName": "a", "id": 1}, {"userName": "a", "ID": 1}),
        ({"userName": "a", "USERNAME": "b"}, {"userName": "b"}),
        ({"USERNAME": "b", "userName": "a"}, {"userName": "a"}),
        ({"Inner": {"Id": 1}, "THINGS": [{"Id": 2}, 3]}, {"inner": {"ID": 1}, "things": [{"ID": 2}, 3]}),
        ({"FREE": {"Id": 1, "id": 2}, "Other": 1}, {"free": {"Id": 1, "id": 2}, "Other": 1}),
        ([{"Id": 1}], [{"Id": 1}]),
        (None, None),
    ],
)
def test_members_get_their_declared_names(sent: Any, read: Any) -> None:
    assert fold_members(sent, SCHEMA, COMPONENTS) == read


@pytest.mark.parametrize(
    ("query", "limit"), [("Limit=3", 3), ("limit=3&LIMIT=4&limit=5", 3), ("LIMIT=4&limit=3&Limit=6", 4)]
)
def test_the_first_spelling_of_a_parameter_counts(shelf: Contract, query: str, limit: int) -> None:
    operation = shelf.operations["list_books"]
    result = validate_call(operation, Call("GET", "/books", query), ignore_case=True)
    assert (result.params["limit"], result.unknown_properties, result.condition) == (limit, (), None)


def test_names_are_exact_by_default(shelf: Contract) -> None:
    result = validate_call(shelf.operations["list_books"], Call("GET", "/books", "Limit=3"))
    assert result.params["limit"] == 10
    assert [one.nearest for one in result.unknown_properties] == ["limit"]


def test_a_misspelt_name_stays_unknown(shelf: Contract) -> None:
    result = validate_call(
        shelf.operations["list_books"], Call("GET", "/books", "Limits=3"), ignore_case=True
    )
    assert [(one.pointer, one.nearest) for one in result.unknown_properties] == [("/Limits", "limit")]
