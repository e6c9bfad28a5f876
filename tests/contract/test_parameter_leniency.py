"""Parameters as a lenient framework binds them: names and values in other spellings than the contract's."""

from typing import Any

import pytest

from mockserver.call import Call
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.parameter_leniency import MEMBERS
from mockserver.contract.validation import ValidationResult, validate_call
from mockserver.errors import InvalidContractError

ID = "2e40b702-2767-4abe-ae99-aa510108e22b"
PARAMETERS = [
    {"name": "shelfId", "in": "path", "required": True, "schema": {"$ref": "#/components/schemas/Id"}},
    {"name": "isNew", "in": "query", "schema": {"type": "boolean"}},
    {"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["Novel", "Essay"]}},
    {
        "name": "author",
        "in": "query",
        "schema": {"type": "string", "anyOf": [{"$ref": "#/components/schemas/Id"}, {"const": ""}]},
    },
    {"name": "kinds", "in": "query", "schema": {"type": "array", "items": {"enum": ["Novel", "Essay"]}}},
    {"name": "title", "in": "query", "schema": {"type": "string"}},
    {"name": "Dry-Run", "in": "header", "schema": {"type": "string", "enum": ["true", "false"]}},
]


def shelf(leniency: dict[str, Any] | None) -> Contract:
    operation = {"operationId": "list_books", "parameters": PARAMETERS, "responses": {"200": {}}}
    root = {
        "openapi": "3.1.0",
        "paths": {"/shelves/{shelfId}": {"get": operation}},
        "components": {"schemas": {"Id": {"type": "string", "format": "uuid"}}},
    }
    return Contract(Document(root | ({"x-parameters": leniency} if leniency else {}), "shelf/openapi.yaml"))


def validate(query: str, leniency: dict[str, Any] | None, id: str = ID, **headers: str) -> ValidationResult:
    call = Call(
        "GET", f"/shelves/{id}", query, {name.replace("_", "-"): one for name, one in headers.items()}
    )
    return validate_call(shelf(leniency).operations["list_books"], call)


LENIENT = dict.fromkeys(MEMBERS, True)


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        ("ISNEW=True", "isNew", True),
        ("isnew=FALSE", "isNew", False),
        ("Kind=novel", "kind", "Novel"),
        ("kinds=ESSAY&KINDS=Novel", "kinds", ["Essay", "Novel"]),
        (f"author={ID.upper()}", "author", ID),
        (f"author={{{ID.upper()}}}", "author", ID),
        (f"author=({ID})", "author", ID),
        (f"AUTHOR={ID.replace('-', '')}", "author", ID),
        ("author=", "author", ""),
        ("Title=True", "title", "True"),
    ],
)
def test_values_have_the_spelling_of_the_contract(query: str, name: str, value: Any) -> None:
    found = validate(query, LENIENT)
    assert (found.violations, found.unknown_properties) == ((), ())
    assert found.params[name] == value
    strict = validate(query, None)
    assert strict.params.get(name) != value or (query, value) == ("author=", "")


def test_paths_and_headers_are_lenient_too() -> None:
    found = validate("", LENIENT, "{" + ID.upper() + "}", dry_run="TRUE")
    assert (found.violations, found.params) == ((), {"shelfId": ID, "Dry-Run": "true"})


@pytest.mark.parametrize("wrong", [f"{{{ID}", f"[{ID}]", ID[:-1], f"{{{ID.replace('-', '')}}}", "x" * 32])
def test_what_is_not_a_uuid_stays_as_it_is(wrong: str) -> None:
    found = validate("", LENIENT, wrong)
    assert found.params["shelfId"] == wrong
    assert [one.pointer for one in found.violations] == ["/shelfId"]


@pytest.mark.parametrize("member", MEMBERS)
def test_each_leniency_is_declared_by_itself(member: str) -> None:
    found = validate("ISNEW=true&kind=NOVEL", {member: True}, "{" + ID + "}")
    assert ("isNew" in found.params) == (member == "ignore-case-names")
    assert (found.params["kind"] == "Novel") == (member == "ignore-case-values")
    assert (found.params["shelfId"] == ID) == (member == "uuid-forms")


def test_an_unknown_name_is_reported_as_it_was_sent() -> None:
    (unknown,) = validate("isnew=true&Titel=x", LENIENT).unknown_properties
    assert (unknown.pointer, unknown.nearest) == ("/Titel", "title")


def test_an_unknown_leniency_is_refused() -> None:
    with pytest.raises(InvalidContractError, match="x-parameters has the unknown member ignore-cases"):
        validate("", {"ignore-cases": True})
