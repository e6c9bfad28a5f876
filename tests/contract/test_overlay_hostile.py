"""Overlays that do not leave a contract are refused in one line, and none changes another's."""

from pathlib import Path
from typing import Any

import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.lint import lint_document
from mockserver.contract.overlaid import read_contract
from mockserver.contract.overlay import parse_actions, read_overlays
from mockserver.errors import InvalidContractError
from mockserver.paths import contracts

_CONTRACT = contracts() / "voyado" / "openapi.yaml"
_SCHEMAS = "$.components.schemas"


def _deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"below": schema}}
    return schema


def _apply(*actions: dict[str, Any]) -> Contract:
    return read_contract(_CONTRACT, [parse_actions("voyado", "ours.yaml", "ours", [*actions])])


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ({"target": "$.components", "update": {"schemas": 5}}, "cannot be read"),
        ({"target": "$.paths", "update": {"/x": 5}}, "cannot be read"),
        ({"target": "$.paths", "update": {"/x": {"get": 5}}}, "cannot be read"),
        ({"target": "$", "update": {"x-credentials": {"apikey": 5}}}, "cannot be read"),
        ({"target": "$", "update": {"x-credentials": [1]}}, "cannot be read"),
        ({"target": "$.paths.*.*.parameters", "update": {"name": "x"}}, "cannot be read"),
        ({"target": "$.paths.*.*", "remove": True}, "leaves no operation"),
        ({"target": "$.paths.*", "remove": True}, "leaves no operation"),
        ({"target": "$['x-switches']", "remove": True}, "removes x-switches, which the fake reads"),
        ({"target": "$['x-switches'].x_api_key", "remove": True}, "removes the switch x_api_key, which"),
        ({"target": "", "update": {}}, "is not an action with a target"),
        ({"target": "$" + ".a" * 50_000, "update": {}}, "has a target of 100,001 characters"),
        ({"target": _SCHEMAS, "update": {"x": b"bytes"}}, "a value that JSON lacks"),
        ({"target": _SCHEMAS, "update": {"x": _deep(400)}}, "a value that JSON lacks"),
    ],
)
def test_refused_in_one_line(action: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidContractError, match=reason) as caught:
        _apply(action)
    assert str(caught.value).startswith("ours.yaml")
    assert len(str(caught.value).splitlines()) == 1


def test_file_that_contains_itself_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "voyado.yaml"
    file.write_text("overlay: 1.0.0\ninfo: &info {title: x, version: y, more: *info}\nactions: []\n")
    with pytest.raises(InvalidContractError, match="alias inside its own anchor"):
        read_overlays([file])


def test_places_that_one_action_updates_are_changed_apart() -> None:
    ours = {"type": "object", "properties": {}}
    actions = [
        {"target": f"{_SCHEMAS}['Attributes', 'WritableContact'].properties", "update": {"ours": ours}},
        {"target": f"{_SCHEMAS}.Attributes.properties.ours.properties", "update": {"a": {"type": "string"}}},
    ]
    schemas = _apply(*actions).document.root["components"]["schemas"]
    assert [*schemas["Attributes"]["properties"]["ours"]["properties"]] == ["a"]
    assert schemas["WritableContact"]["properties"]["ours"]["properties"] == {}
    assert ours == {"type": "object", "properties": {}}  # a second vendor or server applies it again


def test_lint_reports_what_is_not_of_the_kind_that_openapi_gives_it() -> None:
    root = {**Document.read(_CONTRACT).root}
    root["paths"] = {**root["paths"], "/x": {"get": 5}}
    contract = Contract(Document(root, "voyado/openapi.yaml"))
    for validates in (True, False):
        (found,) = lint_document(contract, validates_openapi=validates)
        assert str(found) == (
            "voyado/openapi.yaml#/paths/~1x/get: cannot be read (5 is not of type 'object'); "
            "see contracts/contract.schema.yaml"
        )


@pytest.mark.parametrize(
    ("vendor", "paths"),
    [
        # The first call, a link's target, an operation with problems, a limit and a method of its own.
        (
            "fanfare",
            ["/api/v1/audiences", "/api/v1/webhooks/{webhookId}", "/api/v1/audiences/{audienceId}/sync"],
        ),
        ("ortto", ["/v1/person/get/activities"]),  # the only one of a limit
        (
            "voyado",
            ["/api/v3/contacts/count", "/api/v3/orders/{orderId}/action"],
        ),  # named by a rule of conduct
    ],
)
def test_removed_operation_takes_with_it_what_names_it(vendor: str, paths: list[str]) -> None:
    actions = [{"target": f"$.paths['{path}']", "remove": True} for path in paths]
    file = contracts() / vendor / "openapi.yaml"
    document = read_contract(file, [parse_actions(vendor, "ours.yaml", "ours", actions)]).document
    assert document.removed_operations
    named = [one for one in document.removed_operations if f"'{one}'" in repr(document.root)]
    assert named == []


@pytest.mark.parametrize("paths", [5, [1], {"/x": [1]}])
def test_lint_of_paths_that_are_none(paths: Any) -> None:
    contract = Contract(Document({"openapi": "3.1.0", "paths": paths}, "acme/openapi.yaml"))
    assert lint_document(contract)
