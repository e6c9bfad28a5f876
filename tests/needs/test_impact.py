"""`mockserver impact`: which changes of a contract hit a client whose needs are known."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mockserver.cli import main
from mockserver.client import World
from mockserver.contract.document import Document
from mockserver.formats import yaml_cache
from mockserver.needs.impact import Change
from mockserver.needs.report import document
from mockserver.paths import contracts
from tests.clients.readers import AudienceKinds, NewContact

FANFARE = contracts() / "fanfare" / "openapi.yaml"
HITS = {
    ("/*/name", "removed"),
    ("/*/name", "type"),
    ("/*/name", "null"),
    ("/*/name", "enum"),
    ("/*/name", "required"),
    ("/*/type", "removed"),
    ("/*/type", "type"),
    ("/*/type", "null"),
    ("/*/type", "enum"),
    ("/*/type", "required"),
    ("/*/archived", "removed"),
    ("/*/archived", "type"),
    ("/*/archived", "enum"),
    ("/*/archived", "required"),
}
"""What hurts `AudienceKinds`: all but an `archived` that is null, which it takes for false."""


def _remove(owner: dict[str, Any], name: str) -> None:
    del owner["properties"][name]
    _not_required(owner, name)


def _retype(owner: dict[str, Any], name: str) -> None:
    owner["properties"][name] = {"type": "array", "items": {}}


def _null(owner: dict[str, Any], name: str) -> None:
    owner["properties"][name] = {"anyOf": [owner["properties"][name], {"type": "null"}]}


def _enumerate(owner: dict[str, Any], name: str) -> None:
    owner["properties"][name] = {"allOf": [owner["properties"][name], {"enum": ["A", "B"]}]}


def _not_required(owner: dict[str, Any], name: str) -> None:
    owner["required"] = [one for one in owner["required"] if one != name]


EDITS: dict[str, Callable[[dict[str, Any], str], None]] = {
    "removed": _remove,
    "type": _retype,
    "null": _null,
    "enum": _enumerate,
    "required": _not_required,
}


@pytest.mark.mockserver(people=5)
def test_verdicts_on_changed_contracts(mockserver: World) -> None:
    test = mockserver.needs(AudienceKinds(mockserver).run, test="kinds").as_json()
    root = yaml_cache.read(FANFARE)
    old = Document(root, "old")
    names = root["components"]["schemas"]["Audience"]["required"]
    verdicts = {}
    for name in names:
        for kind, edit in EDITS.items():
            audience = deepcopy(root["components"]["schemas"]["Audience"])
            edit(audience, name)
            schemas = {**root["components"]["schemas"], "Audience": audience}
            changed = {**root, "components": {**root["components"], "schemas": schemas}}
            found = Change(old, Document(changed, "new")).impacts([test])
            verdicts[f"/*/{name}", kind] = [(one.pointer, one.change) for one in found]
    assert len(verdicts) >= 50
    assert {case for case, found in verdicts.items() if found} == HITS
    assert all(case in verdicts[case] for case in HITS)


@pytest.mark.mockserver(people=5)
def test_what_a_call_must_send_and_where(mockserver: World) -> None:
    test = mockserver.needs(NewContact(mockserver).run, changes=["removed"]).as_json()
    root = yaml_cache.read(contracts() / "voyado" / "openapi.yaml")
    changed = deepcopy(root)
    item = changed["paths"]["/api/v3/contacts/{contactId}"]
    item["get"]["parameters"] = [{"name": "view", "in": "query", "required": True, "schema": {}}]
    found = Change(Document(root, "old"), Document(changed, "new")).impacts([test])
    assert [(one.operation, one.pointer, one.change) for one in found] == [
        ("get_contact", "?view", "required")
    ]
    changed["paths"]["/api/v4/contacts/{id}"] = changed["paths"].pop("/api/v3/contacts/{contactId}")
    del changed["paths"]["/api/v3/contacts"]["post"]
    found = Change(Document(root, "old"), Document(changed, "new")).impacts([test])
    assert {(one.operation, one.change) for one in found} == {
        ("create_contact", "removed"),
        ("get_contact", "moved"),
        ("get_contact", "required"),
    }
    nameless = deepcopy(root)
    for path in nameless["paths"].values():
        for node in path.values():
            node.pop("operationId", None) if isinstance(node, dict) else None
    assert len(Change(Document(nameless, "old"), Document(changed, "new")).impacts([test])) == len(found)


@pytest.mark.mockserver(people=5)
def test_the_command(mockserver: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs = tmp_path / "needs.json"
    report = mockserver.needs(AudienceKinds(mockserver).run, changes=["removed"], test="kinds").as_json()
    needs.write_text(json.dumps(document([report])), encoding="utf-8")
    changed = deepcopy(yaml_cache.read(FANFARE))
    _remove(changed["components"]["schemas"]["Audience"], "name")
    new = tmp_path / "new.json"
    new.write_text(json.dumps(changed), encoding="utf-8")

    def run(*words: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as end:
            main(["impact", *map(str, words), "--format", "text"])
        captured = capsys.readouterr()
        return int(end.value.code or 0), captured.out + captured.err

    same = run(FANFARE, FANFARE, "--needs", needs)
    assert same == (0, "nothing that you use changed (operations: 1, tests: 1)\n")
    code, text = run(FANFARE, new, "--needs", needs)
    assert code == 1
    assert text.splitlines()[1].split() == [
        "kinds",
        "list_audiences",
        "/*/name",
        "removed",
        "it",
        "is",
        "gone",
    ]
    assert text.splitlines()[-1] == "tests that are hit: 1 of 1"
    code, text = run(FANFARE, new, "--needs", new)
    assert (code, text.count("\n")) == (2, 1)
    assert "does not hold needs (mockserver-needs/1); write it with pytest --mockserver-needs=FILE" in text
    code, text = run(FANFARE, new, "--needs", needs, "--vendor", "ortto")
    assert (code, text.count("\n")) == (2, 1)
    assert "calls an operation of" in text
