"""Lint of a vendor's collections, and of the effects that its operations declare."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from mockserver.contract.contract import METHODS, READ_METHODS
from mockserver.contract.lint.document_walker import Diagnostic
from mockserver.contract.schema import Schema
from mockserver.errors import InvalidYamlError
from mockserver.formats import yaml_cache
from mockserver.formats.suggestions import nearest
from mockserver.paths import contracts
from mockserver.state.collection_spec import COLLECTIONS_FILE
from mockserver.state.effects import CHANGES

_SCHEMA_FILE: Final = "collections.schema.yaml"
_EXAMPLE: Final = "x-effects: {people: [added]}, or {} if it changes no record"


def lint_collections(folder: Path, documents: list[Path]) -> list[Diagnostic]:
    """Diagnostics of `collections.yaml`, and of `x-effects` in these contracts."""
    path = folder / COLLECTIONS_FILE
    where = f"{folder.name}/{COLLECTIONS_FILE}"
    try:
        document = yaml_cache.read(path)
    except FileNotFoundError:
        return [
            Diagnostic(where, "does not exist", "declare the vendor's records in it; see contracts/README.md")
        ]
    except InvalidYamlError as error:
        return [Diagnostic(where, f"is not YAML ({error})", "fix the file at that line")]
    found = [Diagnostic(f"{where}#{place}", what, fix) for place, what, fix in find_errors(document)]
    if found:
        return found
    names = [*document["collections"]]
    return [one for path in documents if path.is_file() for one in _lint_effects(path, names)]


def find_errors(document: Any) -> Iterator[tuple[str, str, str]]:
    """The errors in the content of a `collections.yaml`, as (JSON pointer, problem, fix)."""
    violations = Schema(yaml_cache.read(contracts() / _SCHEMA_FILE), {}).violations(document)
    for one in violations:
        yield one.pointer, f"is not valid in a collection ({one.message})", f"see contracts/{_SCHEMA_FILE}"
    if violations:
        return
    names = document["collections"]
    for name, node in names.items():
        for pointer, target in node.get("refers", {}).items():
            if target not in names:
                yield f"/collections/{name}/refers", f"{pointer} refers to {target}", "name a collection"
    named = [("people", document.get("people")), ("audiences", document.get("audiences"))]
    named += [("audiences/members", document.get("audiences", {}).get("members"))]
    for place, node in named:
        target = (node or {}).get("collection")
        if target is not None and target not in names:
            yield f"/{place}/collection", f"{target} is not a collection", "name a collection"


def _lint_effects(path: Path, names: list[str]) -> Iterator[Diagnostic]:
    where = f"{path.parent.name}/{path.name}"
    try:
        paths = yaml_cache.read(path)["paths"]
    except (InvalidYamlError, KeyError, TypeError):
        return  # the lint of the contract says so
    for route, item in paths.items():
        for method in METHODS:
            if method in item:
                place = f"{where}#/paths/{route.replace('/', '~1')}/{method}"
                yield from _lint_operation(place, method, item[method], names)


def _lint_operation(place: str, method: str, node: dict[str, Any], names: list[str]) -> Iterator[Diagnostic]:
    if "x-effects" not in node:
        if not node.get("x-reads", method in READ_METHODS):
            yield Diagnostic(place, "does not declare what it changes", f"add {_EXAMPLE}")
        return
    effects = node["x-effects"]
    if not isinstance(effects, dict):
        yield Diagnostic(f"{place}/x-effects", "is not an object", f"write {_EXAMPLE}")
        return
    for name, changes in effects.items():
        if name not in names:
            fix = f"name one that is; the nearest is {nearest(name, names)}"
            yield Diagnostic(f"{place}/x-effects", f"{name} is not in {COLLECTIONS_FILE}", fix)
        elif not isinstance(changes, list) or not changes or not {*changes} <= {*CHANGES}:
            yield Diagnostic(
                f"{place}/x-effects/{name}", "is not a list of changes", f"use {', '.join(CHANGES)}"
            )
