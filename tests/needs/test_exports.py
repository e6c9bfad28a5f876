"""The overlay and the Pact of what clients need, as `mockserver needs` writes them."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mockserver.cli import main
from mockserver.client import World
from mockserver.contract.document import Document
from mockserver.formats import yaml_cache
from mockserver.needs.comparable import comparable_contract
from mockserver.needs.overlay import create_overlay
from mockserver.needs.pact import create_pact
from mockserver.needs.report import document
from mockserver.needs.schema_view import View, reply_schemas, routes, view
from mockserver.paths import contracts
from tests.clients.readers import AudienceKinds, MailingList

STEP = re.compile(r"\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\]|\[\?@ == '([^']*)'\]")


def applied(root: dict[str, Any], overlay: dict[str, Any]) -> dict[str, Any]:
    """The document after the removals of an overlay; each must find its target."""
    changed = deepcopy(root)
    missing = object()
    for action in overlay["actions"]:
        assert action["remove"] is True
        *steps, (name, index, value) = STEP.findall(action["target"])
        node: Any = changed
        for key, number, _value in steps:
            node = node[int(number)] if number else node[key]
        if value:
            node.remove(value)
        else:
            assert node.pop(int(index) if index else name, missing) is not missing
    return changed


@pytest.fixture
def file(mockserver: World, tmp_path: Path) -> Path:
    """The needs of two clients of one vendor."""
    needs = [
        mockserver.needs(make(mockserver).run, changes=["removed"], test=make.__name__)
        for make in (AudienceKinds, MailingList)
    ]
    written = tmp_path / "needs.json"
    written.write_text(json.dumps(document([one.as_json() for one in needs])), encoding="utf-8")
    return written


@pytest.mark.mockserver(people=14)
def test_an_overlay_and_a_pact(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overlay, pact = file.with_name("overlay.json"), file.with_name("pact.json")
    words = ["--vendor=fanfare", f"--overlay={overlay}", f"--pact={pact}", "--consumer=shop"]
    with pytest.raises(SystemExit) as end:
        main(["needs", str(file), *words])
    assert not end.value.code
    listed = json.loads(capsys.readouterr().out)
    assert {one["pointer"] for one in listed if one["test"] == "AudienceKinds"} == {
        "/*/name",
        "/*/type",
        "/*/archived",
    }
    root = yaml_cache.read(contracts() / "fanfare" / "openapi.yaml")
    left = Document(applied(root, json.loads(overlay.read_text(encoding="utf-8"))), "left")
    assert {*routes(left)} == {"list_audiences", "list_consumers"}
    assert "operationId" in json.dumps(root["paths"]["/api/v1/audiences"]["get"]["responses"])
    assert "operationId" not in json.dumps(left.root["paths"]["/api/v1/audiences"]["get"]["responses"])
    schemas = reply_schemas(left, routes(left)["list_audiences"], [200])
    assert view(left, schemas, "/*/name") is not None
    assert view(left, schemas, "/*/description") is None
    assert left.root["components"]["schemas"]["Audience"]["required"] == ["name", "type", "archived"]
    assert view(left, reply_schemas(left, routes(left)["list_consumers"], [200]), "/data/*/email") is not None

    written = json.loads(pact.read_text(encoding="utf-8"))
    assert (written["consumer"]["name"], written["provider"]["name"]) == ("shop", "fanfare")
    assert written["metadata"]["pactSpecification"]["version"] == "4.0"
    first, page, *_more = written["interactions"]
    assert first["description"] == "list_audiences in AudienceKinds (call 1)"
    assert first["request"]["headers"] == {"authorization": ["bearer redacted"]}
    (audience,) = first["response"]["body"]["content"]
    assert {*audience} == {"name", "type", "archived"}
    assert page["request"]["query"] == {"first": ["12"]}
    assert {*page["response"]["body"]["content"]["data"][0]} == {"metadata", "email"}


@pytest.mark.mockserver(people=14)
def test_a_page(file: Path) -> None:
    page = file.with_name("needs.html")
    report = json.loads(file.read_text(encoding="utf-8"))
    report["tests"][1]["test"] = "test[<b>]"
    del report["tests"][1]["unread"]  # a report of an older version
    file.write_text(json.dumps(report), encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["needs", str(file), f"--html={page}"])
    assert not end.value.code
    text = page.read_text(encoding="utf-8")
    assert re.findall("<code>(/[^<]*(?:name|email))</code>", text) == ["/*/name", "/data/*/email"]
    assert "KeyError: &#39;name&#39; at readers.py" in text
    assert "are needed by 2 tests" in text
    assert "<code>test[&lt;b&gt;]</code>" in text
    assert "<code>/*/description</code>" in text.partition("members not needed")[2]


def test_members_that_properties_do_not_list() -> None:
    """What is needed of a schema below patterns, or sent below them, stays where it is shared."""
    field, sent = {"$ref": "#/components/schemas/Field"}, {"$ref": "#/components/schemas/Sent"}
    by_name = {"patternProperties": {"^[a-z]+$": field, "(": {}}}
    root = {
        "paths": {
            "/forms": {"get": {"operationId": "get_form", "responses": {"200": _json(by_name)}}},
            "/fields": {
                "get": {
                    "operationId": "get_field",
                    "responses": {"200": _json({"allOf": [field, sent]})},
                    "requestBody": _json({"then": sent}),
                }
            },
        },
        "components": {
            "schemas": {
                "Field": {"required": ["label"], "properties": {"label": {"type": "string"}, "hint": {}}},
                "Sent": {"properties": {"only": {}}},
            }
        },
    }
    document = Document(root, "own")
    members = [
        {"vendor": "forms", "operation": "get_form", "pointer": "/city/label", "used": True, "changes": {}}
    ]
    calls = [{"vendor": "forms", "operation": one} for one in ("get_form", "get_field")]
    overlay = create_overlay(document, [{"test": "form", "calls": calls, "members": members}], "forms")
    left = applied(root, overlay)["components"]["schemas"]
    assert [*left["Field"]["properties"]] == ["label"]
    assert [*left["Sent"]["properties"]] == ["only"]
    found = view(document, reply_schemas(document, routes(document)["get_form"], [200]), "/city/label")
    assert found == View(frozenset({"string"}), required=True)


def _json(schema: object) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def test_a_contract_for_the_comparator() -> None:
    """It follows references in some keywords only, and takes two schemes of Authorization."""
    leaf = {"$ref": "#/components/schemas/Leaf"}
    schema = {"patternProperties": {"^a": {"anyOf": [leaf]}}, "if": {}, "then": {"properties": {"b": leaf}}}
    schemes = {"signed": {"type": "http", "scheme": "OAuth"}}
    root = {"info": {"title": "A"}, "components": {"securitySchemes": schemes, "schemas": {"Tree": schema}}}
    found = comparable_contract(Document(root, "own"))
    tree = found["components"]["schemas"]["Tree"]
    assert [*tree["properties"].values()] == [leaf]
    assert {name: tree[name] for name in schema} == schema
    assert found["info"] == {"title": "A", "x-opc-config-no-authorization-schema": True}
    assert "properties" not in schema
    schemes["signed"]["scheme"] = "bearer"
    assert comparable_contract(Document(root, "own"))["info"] == {"title": "A"}


def test_a_pact_says_nothing_of_what_is_not_needed() -> None:
    call = {
        "vendor": "ortto",
        "operation": "get_tags",
        "method": "GET",
        "path": "/tags",
        "query": "",
        "headers": {"Content-Type": "application/json", "x-api-key": "a"},
        "body": "",
        "status": 200,
        "reply": {},
    }
    pact = create_pact([{"test": "tags", "calls": [call]}], "ortto", "shop", Document({}, "own"))
    (interaction,) = pact["interactions"]
    assert interaction["response"] == {"status": 200}
    assert interaction["request"]["headers"] == {"x-api-key": ["a"]}


@pytest.mark.mockserver(people=5)
def test_needs_of_an_unknown_vendor(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, message in (
        (("--vendor=ortto",), "calls ortto (available: fanfare)"),
        (("--pact=x.json",), "an overlay or a Pact is of one vendor; add --vendor NAME"),
    ):
        with pytest.raises(SystemExit) as end:
            main(["needs", str(file), *words])
        assert end.value.code == 2
        assert message in capsys.readouterr().err
