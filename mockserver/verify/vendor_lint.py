"""Lint of one vendor: its contracts, their binding to handlers, its stories."""

from collections.abc import Iterator, Sequence
from importlib import import_module, util
from pathlib import Path
from typing import Any

from mockserver import vendors
from mockserver.binding.bound_contract import BoundContract
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.document_shape import shape_errors
from mockserver.contract.lint import UNREADABLE, lint
from mockserver.contract.lint.document_walker import Diagnostic
from mockserver.contract.lint.error_conditions import check_schemes
from mockserver.contract.overlaid import read_contract
from mockserver.contract.overlay import BACKSTAGE, CONTRACT, Overlay, overlays_of
from mockserver.errors import InvalidContractError, InvalidVendorError, InvalidYamlError, UnknownVendorError
from mockserver.formats import yaml_cache
from mockserver.homes import CONTRACT_FILE, find_home, homes
from mockserver.paths import contracts
from mockserver.verify.collection_lint import lint_collections
from mockserver.verify.story_file import STORIES_FILE as _STORIES
from mockserver.verify.story_file import find_errors, source_file

CONTROL = "control"


def contract_names() -> list[str]:
    """Everything that can be linted: all shipped contracts, `control` too, and all vendors from outside."""
    shipped = {path.parent.name for path in contracts().glob(f"*/{CONTRACT_FILE}")}
    known = homes()
    return sorted({*shipped, *known.found, *known.refused})


def contract_file(name: str) -> Path:
    """The contract of a vendor, or of `control`. Raises `InvalidVendorError` and `UnknownVendorError`."""
    return _folder(name) / CONTRACT_FILE


def _folder(name: str) -> Path:
    if name not in contract_names():
        raise UnknownVendorError(name, contract_names())
    # A shipped contract may wait for its handlers.
    shipped = contracts() / name
    return shipped if (shipped / CONTRACT_FILE).is_file() else find_home(name).contracts


def lint_vendor(
    name: str, contract: Path | None = None, overlays: Sequence[Overlay] = ()
) -> list[Diagnostic]:
    """All diagnostics of the vendor (or of `control`), with its own contract or another file.

    Contracts are linted as those of the overlays leave them that are the vendor's.
    Raises `UnknownVendorError`, and `ImportError` with the fix if openapi-spec-validator is not installed.
    """
    try:
        folder = _folder(name)
    except InvalidVendorError as error:
        return [Diagnostic(error.where, error.what, error.fix)]
    found: list[Diagnostic] = []
    backstage = folder / BACKSTAGE
    for path in (contract or folder / CONTRACT_FILE, backstage):
        if path.is_file():
            document = BACKSTAGE if path == backstage else CONTRACT
            found += _lint_contract(path, overlays_of(name, overlays, document))
    if not all(map(_can_be_read, filter(Path.is_file, (folder / CONTRACT_FILE, backstage)))):
        return found  # the other files refer to them
    if backstage.is_file():
        found += _lint_backstage_paths(backstage)
    if name != CONTROL:
        found += lint_collections(folder, [contract or folder / CONTRACT_FILE, backstage])
    found += _lint_binding(name, folder, overlays)
    if (folder / _STORIES).is_file():
        found += lint_for_runner(folder / _STORIES) or lint_stories(folder / _STORIES)
    return list(dict.fromkeys(found))  # an overlay that cannot be applied is met twice


def lint_stories(path: Path) -> list[Diagnostic]:
    """Diagnostics of a story file that the runner can read: missing sources and unknown operations."""
    where, document = f"{path.parent.name}/{path.name}", yaml_cache.read(path)
    found: list[Diagnostic] = []
    sources: dict[str, set[str]] = {}
    for number, source in enumerate(document.get("sourceDescriptions", [])):
        target = source_file(path, str(source.get("url", "")))
        if target.is_file():
            sources[source.get("name", "")] = _operation_ids(target)
        else:
            place = f"{where}#/sourceDescriptions/{number}/url"
            found.append(
                Diagnostic(place, f"file {source.get('url')} not found", "name a contract beside it")
            )
            sources[source.get("name", "")] = set()
    return found if found else [*_lint_steps(where, document, sources)]


def lint_for_runner(path: Path) -> list[Diagnostic]:
    """Diagnostics for everything in a story file that the runner does not support."""
    where = f"{path.parent.name}/{path.name}"
    try:
        errors = [*find_errors(yaml_cache.read(path))]
    except InvalidYamlError as error:
        return [Diagnostic(where, f"is not YAML ({error})", "fix the file at that line")]
    return [Diagnostic(f"{where}#{place}", what, fix) for place, what, fix in errors]


def _lint_contract(path: Path, overlays: Sequence[Overlay]) -> list[Diagnostic]:
    try:
        if overlays:
            return lint(read_contract(path, overlays))
        document = Document.read(path, checks_shape=False)  # which the lint does itself, after its own checks
    except InvalidContractError as error:
        return [Diagnostic(error.where, error.what, error.fix)]
    try:
        return lint(Contract(document))
    except UNREADABLE:
        return [Diagnostic(*one) for one in shape_errors(document.root, document.name)]
    except InvalidContractError as error:
        return [Diagnostic(error.where, error.what, error.fix)]


def _can_be_read(path: Path) -> bool:
    try:
        Document.read(path)
    except InvalidContractError:
        return False
    return True


def _lint_backstage_paths(path: Path) -> Iterator[Diagnostic]:
    where = f"{path.parent.name}/{path.name}#/paths"
    for action, item in yaml_cache.read(path)["paths"].items():
        names = _ids_of(item)
        if names != {action[1:]} or list(item) != ["post"]:
            what = f"{action} is not the path at which the control API runs {', '.join(sorted(names))}"
            yield Diagnostic(where, what, "name it / followed by the operationId, with the method post alone")


def _lint_binding(name: str, folder: Path, overlays: Sequence[Overlay]) -> Iterator[Diagnostic]:
    try:
        if name == CONTROL:
            control = import_module("mockserver.control")
            BoundContract(Contract.read(folder / CONTRACT_FILE), control.operations)
        elif name in vendors.names():
            vendor = vendors.find(name, None, overlays)
            _ = vendor.backstage
            if not util.find_spec(f"{find_home(name).package}.auth"):
                yield from check_schemes(vendor.contract)
        else:
            where = f"mockserver/vendors/{name}"
            yield Diagnostic(where, "has no handlers for the contract", "write its __init__.py")
    except InvalidContractError as error:
        yield Diagnostic(error.where, error.what, error.fix)
    except Exception as error:  # a vendor's own modules may fail to load in any way
        where = f"mockserver/{name}" if name == CONTROL else f"mockserver/vendors/{name}"
        yield Diagnostic(where, f"cannot be loaded ({type(error).__name__}: {error})", "fix the module")


def _operation_ids(path: Path) -> set[str]:
    paths = yaml_cache.read(path).get("paths", {})
    return {id for item in paths.values() for id in _ids_of(item)}


def _ids_of(item: dict[str, Any]) -> set[str]:
    """The ids of a path's operations; a path may have other members."""
    return {node["operationId"] for node in item.values() if isinstance(node, dict) and "operationId" in node}


def _lint_steps(where: str, document: dict[str, Any], sources: dict[str, set[str]]) -> Iterator[Diagnostic]:
    workflows = document.get("workflows", [])
    known = {workflow.get("workflowId") for workflow in workflows}
    for first, workflow in enumerate(workflows):
        for second, step in enumerate(workflow.get("steps", [])):
            place = f"{where}#/workflows/{first}/steps/{second}"
            wanted = step.get("workflowId")
            if wanted is not None and wanted not in known:
                yield Diagnostic(place, f"workflowId {wanted} is not in this file", "name one that is")
            if "operationId" in step:
                yield from _lint_step(place, str(step["operationId"]), sources)


def _lint_step(place: str, wanted: str, sources: dict[str, set[str]]) -> Iterator[Diagnostic]:
    if wanted.startswith("$sourceDescriptions."):
        source, _, operation = wanted.removeprefix("$sourceDescriptions.").partition(".")
        if source not in sources:
            yield Diagnostic(place, f"source {source} is not in sourceDescriptions", "add it there")
        elif operation not in sources[source]:
            yield Diagnostic(place, f"operationId {operation} is not in {source}", "name one that is")
    elif len(sources) > 1:
        fix = f"write $sourceDescriptions.<source>.{wanted}"
        yield Diagnostic(place, f"operationId {wanted} does not name its source", fix)
    elif not any(wanted in operations for operations in sources.values()):
        yield Diagnostic(place, f"operationId {wanted} is not in its source", "name one that is")
