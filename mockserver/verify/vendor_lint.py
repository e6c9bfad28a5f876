"""Everything that is wrong with one vendor: its contracts, their binding to functions, its stories."""

from collections.abc import Iterator
from importlib import import_module, util
from pathlib import Path
from typing import Any

import yaml

from mockserver import vendors
from mockserver.binding.bound_contract import BoundContract
from mockserver.contract.contract import Contract
from mockserver.contract.lint import lint
from mockserver.contract.lint.document_walker import Diagnostic
from mockserver.contract.lint.error_conditions import check_schemes
from mockserver.errors import InvalidContractError
from mockserver.formats import yaml_loader
from mockserver.paths import contracts
from mockserver.verify.story_file import FILE as _STORIES
from mockserver.verify.story_file import flaws

CONTROL = "control"


def names() -> list[str]:
    """What can be linted: every folder with a contract, our own control contract among them."""
    return sorted(path.parent.name for path in contracts().glob("*/openapi.yaml"))


def lint_vendor(name: str, contract: Path | None = None) -> list[Diagnostic]:
    """Everything that is wrong with the vendor (or with `control`), or with another file of its contract.

    Raises `InvalidContractError` for a name without a contract, and `ImportError`, with the fix, when
    openapi-spec-validator is not installed.
    """
    if name not in names():
        raise InvalidContractError(f"vendor {name}", "is unknown", f"choose one of {', '.join(names())}")
    folder = contracts() / name
    found: list[Diagnostic] = []
    for path in (contract or folder / "openapi.yaml", folder / "backstage.yaml"):
        if path.is_file():
            found += _contract(path)
    found += _binding(name, folder)
    if (folder / _STORIES).is_file():
        found += stories(folder / _STORIES) or unplayable(folder / _STORIES)
    return found


def stories(path: Path) -> list[Diagnostic]:
    """What is wrong with a file of stories: sources that are not there, operations that they have not."""
    where = f"{path.parent.name}/{path.name}"
    try:
        document = yaml_loader.read(path)
    except yaml.YAMLError as error:
        return [Diagnostic(where, f"is not YAML ({error})", "fix the file at that line")]
    if not isinstance(document, dict):
        return [Diagnostic(where, "is not a mapping", "start it with `arazzo: 1.0.1`")]
    found: list[Diagnostic] = []
    sources: dict[str, set[str]] = {}
    for number, source in enumerate(document.get("sourceDescriptions", [])):
        target = path.parent / str(source.get("url", ""))
        if target.is_file():
            sources[source.get("name", "")] = _operation_ids(target)
        else:
            place = f"{where}#/sourceDescriptions/{number}/url"
            found.append(Diagnostic(place, f"there is no {source.get('url')}", "name a contract beside it"))
            sources[source.get("name", "")] = set()
    return found if found else [*_steps(where, document, sources)]


def unplayable(path: Path) -> list[Diagnostic]:
    """What a file of stories says that our own runner would not honour."""
    where = f"{path.parent.name}/{path.name}"
    return [Diagnostic(f"{where}#{place}", what, fix) for place, what, fix in flaws(yaml_loader.read(path))]


def _contract(path: Path) -> list[Diagnostic]:
    try:
        return lint(Contract.read(path))
    except InvalidContractError as unfit:
        return [Diagnostic(unfit.where, unfit.what, unfit.fix)]


def _binding(name: str, folder: Path) -> Iterator[Diagnostic]:
    try:
        if name == CONTROL:
            control = import_module("mockserver.control")
            BoundContract(Contract.read(folder / "openapi.yaml"), control.operations)
        elif name in vendors.names():
            vendor = vendors.find(name)
            _ = vendor.backstage
            if not util.find_spec(f"mockserver.vendors.{name}.auth"):
                yield from check_schemes(vendor.contract)
        else:
            where = f"mockserver/vendors/{name}"
            yield Diagnostic(where, "has no functions for its contract", "write its __init__.py")
    except InvalidContractError as unfit:
        yield Diagnostic(unfit.where, unfit.what, unfit.fix)
    except Exception as error:  # a vendor's own modules may fail to load in any way
        where = f"mockserver/{name}" if name == CONTROL else f"mockserver/vendors/{name}"
        yield Diagnostic(where, f"cannot be loaded ({type(error).__name__}: {error})", "fix the module")


def _operation_ids(path: Path) -> set[str]:
    paths = yaml_loader.read(path).get("paths", {})
    return {
        node["operationId"]
        for item in paths.values()
        for node in item.values()
        if isinstance(node, dict) and "operationId" in node
    }


def _steps(where: str, document: dict[str, Any], sources: dict[str, set[str]]) -> Iterator[Diagnostic]:
    workflows = document.get("workflows", [])
    known = {workflow.get("workflowId") for workflow in workflows}
    for first, workflow in enumerate(workflows):
        for second, step in enumerate(workflow.get("steps", [])):
            place = f"{where}#/workflows/{first}/steps/{second}"
            wanted = step.get("workflowId")
            if wanted is not None and wanted not in known:
                yield Diagnostic(place, f"workflowId {wanted} is not in this file", "name one that is")
            if "operationId" in step:
                yield from _step(place, str(step["operationId"]), sources)


def _step(place: str, wanted: str, sources: dict[str, set[str]]) -> Iterator[Diagnostic]:
    if wanted.startswith("$sourceDescriptions."):
        source, _, operation = wanted.removeprefix("$sourceDescriptions.").partition(".")
        if source not in sources:
            yield Diagnostic(place, f"source {source} is not in sourceDescriptions", "add it there")
        elif operation not in sources[source]:
            yield Diagnostic(place, f"operationId {operation} is not in {source}", "name one that is")
    elif len(sources) > 1:
        fix = f"write $sourceDescriptions.<source>.{wanted}"
        yield Diagnostic(place, f"operationId {wanted} does not say of which source", fix)
    elif not any(wanted in operations for operations in sources.values()):
        yield Diagnostic(place, f"operationId {wanted} is not in its source", "name one that is")
