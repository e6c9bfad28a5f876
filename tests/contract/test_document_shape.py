"""Parts of the wrong kind in files from outside: no traceback, but a line that names file and place."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest

from mockserver.app import create_app
from mockserver.cli import main
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.document_shape import shape_errors
from mockserver.errors import InvalidContractError, MockserverError
from mockserver.formats import yaml_cache, yaml_loader
from mockserver.paths import contracts
from tests.contract.bounds import with_part
from tests.hostile.caller import counted
from tests.outsiders import import_path, make_package

VALUES: Final[tuple[Any, ...]] = (5, -1.5, None, True, "x", [], ["x"], [5], {}, {"x": 1})
SHIPPED: Final = sorted(contracts().glob("*/*.yaml"))
OPENAPI: Final = [one for one in SHIPPED if one.stem in ("openapi", "backstage")]
OVERLAY: Final = """
overlay: 1.0.0
info: {title: Ours, version: 1.0.0}
actions:
  - {target: $.components.schemas.Audience.properties, update: {colour: {type: string, enum: [a]}}}
  - {target: "$['x-credentials'].api_key", update: {value: mine}}
  - {target: "$.paths['/v1/audiences/{audienceId}']", remove: true}
"""
SCENARIO: Final = """
people: 3
vendors: {acme: {}}
overlays: {acme: [{target: $.info, update: {title: T}}]}
faults: [{kind: problem, vendor: acme, operation: list_audiences, problem: bad_request}]
"""
EVIDENCE: Final = """
tools: {a: {kind: client, version: "1"}}
operations: {list_audiences: [a]}
"""
PARTS: Final = (
    *("operations", "problems", "unrouted", "preflight", "servers", "schemes", "default_schemes"),
    *("credentials", "credential_headers", "sensitive_fields", "limits", "switches"),
)
"""What a server reads of a contract."""
MAX_WORK: Final = 50_000
"""The function calls that explaining one wrong part may take; visiting all others takes two million."""


def places(node: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every part of a document."""
    yield above
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, one in members:
        yield from places(one, (*above, name))


def damaged(document: Any, number: int, seed: int) -> list[Any]:
    """The document with one part replaced, that many times."""
    chance = random.Random(seed)
    every = list(places(document))
    return [with_part(document, chance.choice(every), chance.choice(VALUES)) for _ in range(number)]


@pytest.mark.parametrize("path", OPENAPI, ids=lambda one: f"{one.parent.name}-{one.stem}")
def test_shipped_contracts_have_the_shape(path: Path) -> None:
    assert [*shape_errors(yaml_cache.read(path), path.name)] == []


def read_all(root: Any) -> None:
    """Reads a contract as a server does."""
    contract = Contract(Document(root, "x/openapi.yaml"))
    for part in PARTS:
        getattr(contract, part)
    contract.route("GET", "/")
    for name in contract.operations:
        contract.provenance.source_of(("paths", contract.operations[name].path))


@pytest.mark.parametrize("path", OPENAPI, ids=lambda one: f"{one.parent.name}-{one.stem}")
def test_contract_of_the_shape_can_be_read(path: Path) -> None:
    """Whatever the schema of contracts lets pass raises no other error than those of a contract."""
    read_damaged(path, 9)


@pytest.mark.thorough
@pytest.mark.parametrize("path", OPENAPI, ids=lambda one: f"{one.parent.name}-{one.stem}")
def test_contract_of_the_shape_can_be_read_thoroughly(path: Path) -> None:
    read_damaged(path, 300)


def read_damaged(path: Path, number: int) -> None:
    """Reads a contract with a few of its paths, damaged in as many ways."""
    root = yaml_cache.read(path)
    few = random.Random(3).sample([*root["paths"].items()], min(4, len(root["paths"])))
    for one in damaged({**root, "paths": dict(few)}, number, number):
        if isinstance(one, dict) and not [*shape_errors(one, "x")]:
            with suppress(InvalidContractError):
                read_all(one)


@pytest.mark.parametrize("path", OPENAPI, ids=lambda one: f"{one.parent.name}-{one.stem}")
def test_only_the_wrong_part_is_explained(path: Path) -> None:
    root = yaml_cache.read(path)
    name, *_others = root["components"]["schemas"]
    place = ("components", "schemas", name, "type")
    wrong = with_part(root, place, 5)
    expected = [f"x#/components/schemas/{name}/type"]
    assert [where for where, _what, _fix in shape_errors(wrong, "x")] == expected
    with counted() as work:
        assert [*shape_errors(wrong, "x")]
    assert work[0] < MAX_WORK


Check = Callable[[str, Any], None]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Writes a file of a package, and lets each command read it: without a traceback, with one line."""
    package = make_package(tmp_path / "acme", "acme")
    path = ("--vendor-path", str(tmp_path / "acme"))

    def run(*words: str) -> None:
        with pytest.raises(SystemExit) as end:
            main([*words, *path])
        printed = capsys.readouterr()
        assert len(printed.err.splitlines()) <= 1, printed.err
        assert end.value.code != 2 or printed.err.startswith("mockserver: ")

    def start(**given: Any) -> None:
        with suppress(MockserverError):
            create_app(vendors=("acme",), people=0, vendor_path=[tmp_path / "acme"], **given).close()

    def check(name: str, document: Any) -> None:
        with import_path():
            if name in ("acme.yaml", "ours.yaml"):
                file = tmp_path / name
                file.write_text(json.dumps(document), encoding="utf-8")
                start(**({"overlays": [file]} if name == "acme.yaml" else {"scenario": file}))
                return
            file = package / name
            before = file.read_text(encoding="utf-8") if file.exists() else None
            file.parent.mkdir(exist_ok=True)
            file.write_text(json.dumps(document), encoding="utf-8")
            run("routes", "acme")
            run("lint", "acme")
            start()
            if before is not None:
                file.write_text(before, encoding="utf-8")

    return check


def content(name: str, tmp_path: Path) -> Any:
    """The good document of a file."""
    own = {"acme.yaml": OVERLAY, "ours.yaml": SCENARIO, "contracts/acme/evidence/tools.json": EVIDENCE}
    text = own.get(name) or (tmp_path / "acme" / "mockserver_acme" / name).read_text(encoding="utf-8")
    return yaml_loader.parse(text)


FILES: Final = (
    *(f"contracts/acme/{one}.yaml" for one in ("openapi", "backstage", "collections", "stories.arazzo")),
    *("fixtures/credentials.yaml", "contracts/acme/evidence/tools.json", "acme.yaml", "ours.yaml"),
)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("number", "seed"), [(3, 5), pytest.param(150, 6, marks=pytest.mark.thorough)])
def test_damaged_file_is_one_line(name: str, number: int, seed: int, check: Check, tmp_path: Path) -> None:
    found = damaged(content(name, tmp_path), number, seed)
    assert found
    for one in found:
        check(name, one)


@pytest.mark.parametrize(
    ("name", "place", "value", "line"),
    [
        ("openapi", ("paths",), 5, "#/paths: cannot be read (5 is not of type 'object')"),
        ("openapi", ("components", "responses", "Unauthorized"), 5, "#/components/responses/Unauthorized: "),
        ("stories.arazzo", ("workflows",), [5], "#/workflows/0: is not valid in a story (5 is not of "),
        ("backstage", ("paths", "/create_audience", "x-note"), 5, "#/paths: /create_audience is not the "),
        ("collections", ("collections",), 5, "#/collections: is not valid in a collection (5 is not "),
    ],
)
def test_line_names_file_and_place(
    name: str,
    place: tuple[str, ...],
    value: Any,
    line: str,
    check: Check,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "acme" / "mockserver_acme" / "contracts" / "acme" / f"{name}.yaml"
    file.write_text(json.dumps(with_part(yaml_loader.read(file), place, value)), encoding="utf-8")
    command = "routes" if name == "openapi" else "lint"
    with import_path(), pytest.raises(SystemExit):
        main([command, "acme", "--vendor-path", str(tmp_path / "acme")])
    printed = capsys.readouterr()
    assert f"acme/{name}.yaml{line}" in printed.out + printed.err
