"""Documents that no vendor can be made from are refused in one line; hostile ones in bounded work."""

import builtins
import json
import re
from keyword import iskeyword
from pathlib import Path
from typing import Any

import pytest

from mockserver.errors import ScaffoldError
from mockserver.scaffold.from_document import vendor_from_document

SCHEMAS = "#/components/schemas/"
OK = {"200": {"description": "Fine."}}


def document(**changes: Any) -> dict[str, Any]:
    """A small valid document, changed."""
    paths = {"/a": {"get": {"responses": OK}}}
    return {"openapi": "3.1.0", "info": {"title": "A", "version": "1"}, "paths": paths} | changes


def with_schema(schema: Any, **components: Any) -> dict[str, Any]:
    """A document whose reply has this schema."""
    content = {"application/json": {"schema": schema}}
    paths = {"/a": {"get": {"responses": {"200": {"description": "A.", "content": content}}}}}
    return document(paths=paths, components={"schemas": components})


def refusal(path: Path, text: str | bytes) -> str:
    """The line with which a document is refused."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ScaffoldError) as refused:
        vendor_from_document(path, "fake", None)
    line = str(refused.value)
    assert "\n" not in line
    assert len(line) < 400
    return line


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a.yaml is not an OpenAPI document"),
        ("- a\n- b\n", "is not an OpenAPI document"),
        ("title: [", "is neither JSON nor YAML"),
        ('{"openapi": ', "is neither JSON nor YAML"),
        ("\x00\x01", "is neither JSON nor YAML"),
        ("{'swagger': '2.0', paths: {}}", "is Swagger 2.0, and only OpenAPI 3.0 and 3.1 are read"),
        ("openapi: 4.0.0\npaths: {/a: {get: {}}}", "is OpenAPI 4.0.0, and only 3.0 and 3.1"),
        ("openapi: 3.1.0\nwebhooks: {}", "has no paths"),
        ("openapi: 3.1.0\npaths: {}", "has no paths"),
        ("openapi: 3.1.0\npaths: {/a: {summary: nothing}}", "has no operations"),
        (json.dumps(with_schema({"$ref": f"{SCHEMAS}No"})), "schemas/No leads to nothing"),
        (json.dumps(with_schema({"$ref": "other.yaml#/A"})), "leads out of the document; bundle"),
        (json.dumps(document(paths={"/a": {"$ref": "https://x.example/a"}})), "leads out of the document"),
        (
            json.dumps(with_schema({"$ref": f"{SCHEMAS}A"}, A={"$ref": f"{SCHEMAS}A"})),
            "$ref #/components/schemas/A leads to itself",
        ),
        ('{"openapi": "3.1.0", "paths": {"/a": {"get": {"x": NaN}}}}', "a number that is not finite"),
        ("openapi: 3.1.0\nopenapi: 3.1.0\npaths: {}", "occurs twice"),
    ],
)  # fmt: skip
def test_refused(tmp_path: Path, text: str, reason: str) -> None:
    assert reason in refusal(tmp_path / "a.yaml", text)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="No such file or directory"):
        vendor_from_document(tmp_path / "none.yaml", "fake", None)


def test_too_deep_too_large_or_too_many_aliases(tmp_path: Path) -> None:
    bomb = "a0: &a0 [1, 1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    for text in (
        '{"openapi": ' + "[" * 5_000 + "]" * 5_000 + "}",
        '{"openapi": ' + "[" * 200_000,
        "openapi: " + "[" * 50_000,
        json.dumps(with_schema({"enum": [0] * 1_600_000})),
        bomb,
        "a: &a {b: *a}",
    ):
        assert re.search("nested (too deeply|deeper than 200 levels)", refusal(tmp_path / "a.yaml", text))
    assert "is larger than 16 MB" in refusal(tmp_path / "a.yaml", b" " * 16_000_001)


def test_hostile_schemas_are_answered(tmp_path: Path) -> None:
    """Recursion, and values that no memory holds."""
    schemas = {
        "Loop": {"type": "object", "required": ["loop"], "properties": {"loop": {"$ref": f"{SCHEMAS}Loop"}}},
        "Huge": {"type": "string", "minLength": 10**15},
        "Many": {"type": "array", "minItems": 10**9, "items": {"type": "string"}},
        "Wide": {"type": "object", "properties": {f"p{n}": {"$ref": f"{SCHEMAS}Wide"} for n in range(50)}},
    }  # fmt: skip
    names = ["Loop", "Huge", "Many", "Wide"]
    paths = {
        f"/{name}": {"get": {"responses": {"200": {"description": "A.", "content": {"application/json": {
            "schema": {"$ref": f"{SCHEMAS}{name}"}}}}}}} for name in names
    }  # fmt: skip
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document(paths=paths, components={"schemas": schemas})))
    found = vendor_from_document(path, "fake", None)
    assert len(found.operations) == len(names)
    assert found.notes == [
        "the schema of application/json (no value that fits it was found): get_loop, get_huge, get_many"
    ]


def test_schemas_that_multiply_or_consist_of_themselves(tmp_path: Path) -> None:
    doubled = {f"D{n}": {"allOf": [{"$ref": f"{SCHEMAS}D{n + 1}"}] * 2} for n in range(60)}
    first = {"$ref": f"{SCHEMAS}D0"}
    text = json.dumps(with_schema(first, **doubled, D60={"type": "object"}))
    assert "is composed of more than 2,000 others" in refusal(tmp_path / "a.json", text)
    for loop in ({"anyOf": [{"allOf": [first]}]}, {"not": first}):
        text = json.dumps(with_schema(first, D0={"oneOf": [{"$ref": f"{SCHEMAS}D1"}]}, D1=loop))
        assert "schema D0 is composed of itself" in refusal(tmp_path / "a.json", text)


def test_odd_parts_are_left_out(tmp_path: Path) -> None:
    """What is not as OpenAPI has it, but does not matter, does not hinder."""
    schema = {
        "type": ["string", "odd"], "format": "hostname", "pattern": "(", "minLength": -1, "enum": [],
        "nullable": 1,
        "discriminator": {"propertyName": "x"}, "xml": {"name": "x"}, "required": True, "default": 7,
    }  # fmt: skip
    parameters = [
        {"name": "q", "in": "query", "schema": schema},
        {"name": "Accept", "in": "header", "schema": {"type": "string"}},
        {"name": "gone", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "o", "in": "query", "schema": {"type": "object"}},
        "odd",
    ]
    nodes = {
        "get": {"operationId": "Get it!", "parameters": parameters, "responses": OK, "x-odd": 1},
        "post": {"operationId": "getIt", "responses": {"default": {"description": "An error."}}},
        "trace": {"responses": OK},
    }  # fmt: skip
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document(paths={"/a/{id}": nodes}, webhooks={}, tags="odd", servers=None)))
    found = vendor_from_document(path, "fake", None)
    assert found.operations == {"get_it": "answers an example", "get_it_2": "answers an example"}
    assert found.notes == ["the parameter o (an object): get_it"]
    assert found.made.credentials == {}


def test_operation_ids_become_names_of_functions(tmp_path: Path) -> None:
    given = [
        "import",
        "None",
        "list",
        "getPet",
        "get_pet",
        "get-pet",
        "get_pet_2",
        "1st",
        "名前",
        "a: b!",
        "",
    ]
    replies = {"responses": {"200": {"description": "Fine."}}}
    paths = {f"/{number}": {"get": {"operationId": id, **replies}} for number, id in enumerate(given)}
    path = tmp_path / "names.json"
    path.write_text(json.dumps(document(paths=paths)), encoding="utf-8")
    names = [*vendor_from_document(path, "fake", None).operations]
    assert len({*names}) == len(given)
    assert all(name.isidentifier() and not iskeyword(name) for name in names)
    assert not {*names} & {*dir(builtins)}
    assert names[:6] == ["call_import", "none", "call_list", "get_pet", "get_pet_2", "get_pet_3"]
