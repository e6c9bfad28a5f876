"""Clients that generators of others make of our contracts: whole, strictly typed, able to make a call."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from mockserver.contract.contract import METHODS
from mockserver.formats import yaml_loader
from mockserver.paths import contracts
from tests.live_server import honest_headers, served, served_to_judges
from tests.outside.evidence import CallCounter, Evidence
from tests.outside.played_stories import generated_client, play_stories
from tests.outside.tools import (
    NODE_MODULES,
    needs_tools,
    node_program,
    npm_tool,
    python_program,
    python_tool,
    run,
)

CONTRACTS: Final = sorted(path.parent.name for path in contracts().glob("*/openapi.yaml"))
CALLS: Final = Path(__file__).parent / "typed_calls"
SUPPORTED_BODIES: Final = {"application/json", "application/x-www-form-urlencoded", "multipart/form-data"}
UNSUPPORTED: Final = re.compile(r"Unsupported content.type (application/xml|application/zip|text/csv|\*/\*)")
"""What openapi-python-client cannot do whatever a contract says: it makes no bodies of these types."""
EMPTY_TYPES: Final = re.compile(r"^(export type [$\w]+ =| +Nothing:) Record<string, never>;$", re.MULTILINE)
"""What openapi-typescript writes for parts that a document does not have, and for objects without members."""

pytestmark = needs_tools


class GeneratedCall(NamedTuple):
    """One call of a generated client."""

    module: str
    body: Any = None


PYTHON_CALLS: Final = {
    "control": GeneratedCall("server.list_vendors"),
    "digitalaudience": GeneratedCall("audiences.list_audiences"),
    "fanfare": GeneratedCall("audiences.list_audiences"),
    "ortto": GeneratedCall("audiences.get_audiences", {"limit": 5}),
    "spotler": GeneratedCall("contacts.list_contact_properties"),
    "voyado": GeneratedCall("target_audiences.list_target_audiences"),
}


@pytest.fixture(scope="module")
def counter() -> CallCounter:
    return CallCounter()


@pytest.fixture(scope="module")
def url(counter: CallCounter) -> Iterator[str]:
    with served_to_judges(observers=[counter]) as url:
        yield url


def base_url(url: str, name: str) -> str:
    return f"{url}/_mock" if name == "control" else f"{url}/{name}"


def headers(url: str, name: str) -> dict[str, str]:
    own = {} if name == "control" else honest_headers(url, name)
    return {"Accept": "application/json", **own}


def supported_operations(name: str) -> set[str]:
    """The operations of a contract that openapi-python-client has a body for."""
    paths = yaml_loader.read(contracts() / name / "openapi.yaml")["paths"].values()
    found = (item[method] for item in paths for method in METHODS if method in item)
    return {one["operationId"] for one in found if has_supported_body(one)}


def has_supported_body(operation: dict[str, Any]) -> bool:
    types = operation.get("requestBody", {}).get("content", {})
    return not types or not SUPPORTED_BODIES.isdisjoint(types)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a generated Python package for each contract, all checked by one run of mypy."""
    folder = tmp_path_factory.mktemp("packages")
    generator = python_program("openapi-python-client", "openapi-python-client")
    for name in CONTRACTS:
        package = folder / f"{name}_client"
        output = run(
            *(generator, "generate", "--path", str(contracts() / name / "openapi.yaml")),
            *("--meta", "none", "--output-path", str(package)),
            cwd=folder,
        )
        assert not complaints(output), "\n".join(complaints(output))
    mypy = python_program("openapi-python-client", "mypy")
    run(mypy, "--strict", *(f"{name}_client" for name in CONTRACTS), cwd=folder)
    for program in ("generated_call.py", "generated_client.py"):
        shutil.copy(Path(__file__).parent / program, folder)
    return folder


@pytest.mark.parametrize("name", CONTRACTS)
def test_python_client(name: str, url: str, counter: CallCounter, evidence: Evidence, packages: Path) -> None:
    made = {path.stem for path in (packages / f"{name}_client").glob("api/*/*.py")}
    assert supported_operations(name) - made == set()
    call = PYTHON_CALLS[name]
    arguments = [f"{name}_client.api.{call.module}", base_url(url, name), json.dumps(headers(url, name))]
    if call.body is not None:
        arguments.append(json.dumps(call.body))
    tool = python_tool("openapi-python-client", "openapi-python-client", "generated")
    seen = evidence if name == "control" else Evidence("")  # the stories show the rest
    with seen.reached_by(tool, counter) as reached:
        printed = run(python_program("openapi-python-client"), "generated_call.py", *arguments, cwd=packages)
    assert [(row["vendor"], row["operation"]) for row in reached] == [(name, call.module.partition(".")[2])]
    status, model = json.loads(printed)
    assert status == 200
    assert model != "NoneType"
    if name == "control":
        return
    with (
        served(observers=[counter]) as own_url,
        generated_client(python_program("openapi-python-client"), packages, name, counter) as client,
        evidence.reached_by(tool, counter),
    ):
        play_stories(own_url, name, client, counter)
    assert client.errors == [], "the client cannot read these replies"


def complaints(output: str) -> list[str]:
    """The lines in which the generator says what it cannot do, each with the line after it."""
    lines = [line for line in output.splitlines() if line.strip()]
    found = [
        f"{line} {after}"
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith(("WARNING", "ERROR", "Unable"))
    ]
    return [one for one in found if not UNSUPPORTED.search(one)]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each contract, with its generated types and a call, all compiled by one run of tsc."""
    folder = tmp_path_factory.mktemp("programs")
    for name in CONTRACTS:
        own = folder / name
        own.mkdir()
        run(
            node_program("openapi-typescript"),
            *(str(contracts() / name / "openapi.yaml"), "--output", str(own / "types.ts")),
            "--default-non-nullable=false",
            cwd=folder,
        )
        shutil.copy(CALLS / f"{name}.ts", own / "call.ts")
    (folder / "node_modules").symlink_to(NODE_MODULES)
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    options = ("--strict", "--module", "nodenext", "--target", "es2022", "--skipLibCheck")
    files = [f"{name}/{file}.ts" for name in CONTRACTS for file in ("call", "types")]
    run(node_program("tsc"), *options, *files, cwd=folder)
    return folder


@pytest.mark.parametrize("name", CONTRACTS)
def test_typescript_client(
    name: str, url: str, counter: CallCounter, evidence: Evidence, programs: Path
) -> None:
    generated = EMPTY_TYPES.sub("", (programs / name / "types.ts").read_text(encoding="utf-8"))
    empty = [line.strip() for line in generated.splitlines() if "Record<string, never>" in line]
    assert not empty, "\n".join(empty)
    arguments = (base_url(url, name), json.dumps(headers(url, name)))
    with evidence.reached_by(npm_tool("openapi-typescript", "generated"), counter) as reached:
        found = int(run("node", "call.js", *arguments, cwd=programs / name))
    assert found > 0, "the call found nothing"
    assert [row["vendor"] for row in reached] == [name]
