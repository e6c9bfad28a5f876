"""Scaffolds a vendor from an OpenAPI document: its contract, its resources and its stories."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import yaml

from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.lint import lint
from mockserver.contract.lint.document_walker import Diagnostic
from mockserver.contract.operation import is_json
from mockserver.errors import ScaffoldError
from mockserver.formats.json_pointer import parse_pointer
from mockserver.scaffold.contract_document import Draft, collections_of, draft_contract
from mockserver.scaffold.document_file import read_document
from mockserver.scaffold.document_security import auth_module
from mockserver.scaffold.generated_stories import GeneratedStories
from mockserver.scaffold.vendor import VendorFiles

_WIDTH: Final = 110
_MAX_ROUNDS: Final = 5
_MAX_NAMES: Final = 3
"""The operations that are named beside what is left out of them."""
_FUZZ: Final = """\
# Chain calls by the contract's links only, not by inferred ones.
[phases.stateful.inference]
algorithms = []
"""
_UNCHECKED: Final = """
# In bodies that are not JSON every value is a text, so that a number fits wherever a text does.
[[operations]]
"""
_PACKAGE: Final = '''\
"""{title}: a fake made from an OpenAPI document. Its contract says what each operation does (`x-resource`).

A function with the name of an operation, in a module that `operations` lists, takes the place of that.
"""

from types import ModuleType

operations: tuple[ModuleType, ...] = ()
'''


class DocumentVendor(NamedTuple):
    """A vendor made from a document, and what was proposed.

    `operations` maps each operationId to what the fake does; `notes` are what the contract leaves out.
    """

    made: VendorFiles
    operations: dict[str, str]
    notes: list[str]


def vendor_from_document(path: Path, name: str, title: str | None) -> DocumentVendor:
    """The vendor that a document describes. Raises `ScaffoldError`."""
    source = read_document(path)
    shown = title or name.replace("_", " ").title()
    try:
        draft = draft_contract(source, name, shown)
        _repair(draft)
    except RecursionError:
        raise ScaffoldError(f"{path.name} is nested too deeply; simplify it") from None
    module = auth_module(draft.security)
    contracts, package = f"contracts/{name}", f"mockserver/vendors/{name}"
    stories = GeneratedStories(draft).document()
    head = (
        f"# Made from {path.name}: `x-source: inferred` marks each guess. contracts/README.md describes it.\n"
    )
    files = {
        f"{contracts}/openapi.yaml": head + to_yaml(draft.root),
        f"{contracts}/collections.yaml": to_yaml(collections_of(draft)),
        f"{contracts}/stories.arazzo.yaml": to_yaml(stories),
        f"{contracts}/fuzz.toml": _fuzz_settings(draft),
        f"{package}/__init__.py": _PACKAGE.format(title=shown),
        **({f"{package}/auth.py": module} if module else {}),
    }
    made = VendorFiles(files, draft.security.values, _row(draft))
    return DocumentVendor(made, _described(draft), _grouped(draft.notes))


def _grouped(notes: list[str]) -> list[str]:
    """Each thing that is left out, with the operations that have it."""
    owners: dict[str, list[str]] = {}
    for note in dict.fromkeys(notes):
        owner, _, what = note.partition(": ")
        owners.setdefault(what, []).append(owner)
    return [
        f"{what}: {', '.join(names[:_MAX_NAMES])}"
        + (f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else "")
        for what, names in owners.items()
    ]


def _fuzz_settings(draft: Draft) -> str:
    """The settings of Schemathesis; a body that is not JSON is not validated."""
    bodies = [one for one in draft.operations if one.body and not any(map(is_json, one.body.content))]
    if not bodies:
        return _FUZZ
    names = ", ".join(f'"{one.id}"' for one in bodies)
    off = "checks.negative_data_rejection.enabled = false"
    return f"{_FUZZ}{_UNCHECKED}include-operation-id = [{names}]\n{off}\n"


def _row(draft: Draft) -> str:
    """The vendor's row in the table of README.md."""
    count = sum(len(item) for item in draft.root["paths"].values())
    shown = [one["scheme"] for one in draft.security.credentials.values()]
    header = "no credential"
    if shown:
        scheme, value = draft.security.schemes[shown[0]], next(iter(draft.security.values.values()))
        header = f"`{scheme['name']}: {value}`" if "name" in scheme else f"`Authorization: Bearer {value}`"
    return f"| `{draft.vendor}` | `/{draft.vendor}` | {count} operations of a document | {header} |\n"


class _Dumper(yaml.CSafeDumper):
    """Writes equal parts in full, since a reader edits one of them alone."""

    def ignore_aliases(self, data: Any) -> bool:
        """No part is written as a reference to another."""
        return True


def to_yaml(value: Any) -> str:
    """The value as YAML, in the order in which it was made."""
    plain = orjson.loads(orjson.dumps(value))
    text: str = yaml.dump(plain, Dumper=_Dumper, sort_keys=False, width=_WIDTH, allow_unicode=True)
    return text


def _repair(draft: Draft) -> None:
    """Leaves out operations whose contract the lint refuses.

    Raises `ScaffoldError` with the first finding elsewhere.
    """
    with contextlib.suppress(ImportError):
        for _ in range(_MAX_ROUNDS):
            root = orjson.loads(orjson.dumps(draft.root))
            found = lint(Contract(Document(root, f"{draft.vendor}/openapi.yaml")))
            if not found:
                return
            refused = {place: one for one in found if (place := _operation_at(one)) is not None}
            if not refused:
                raise ScaffoldError(f"the document cannot be kept: {found[0]}")
            for (path, method), one in refused.items():
                _remove(draft, path, method, one)
        raise ScaffoldError(f"the document cannot be kept: {found[0]}")


def _operation_at(diagnostic: Diagnostic) -> tuple[str, str] | None:
    tokens = parse_pointer(diagnostic.where.partition("#")[2])
    return (tokens[1], tokens[2]) if tokens[:1] == ["paths"] and len(tokens) > 2 else None


def _remove(draft: Draft, path: str, method: str, diagnostic: Diagnostic) -> None:
    node = draft.root["paths"][path].pop(method, None)
    if not draft.root["paths"][path]:
        del draft.root["paths"][path]
    if node is None or not draft.root["paths"]:
        raise ScaffoldError(f"the document cannot be kept: {diagnostic}")
    if draft.root.get("x-first-call") == node["operationId"]:
        del draft.root["x-first-call"]
    draft.notes.append(f"{node['operationId']}: the whole operation ({diagnostic.what})")
    draft.operations[:] = [one for one in draft.operations if one.id != node["operationId"]]
    for resource in draft.resources.values():
        resource.actions.pop(node["operationId"], None)


def _described(draft: Draft) -> dict[str, str]:
    """The fake's answer to each operation, in words."""
    nodes = (node for item in draft.root["paths"].values() for node in item.values())
    return {node["operationId"]: _words(node["x-resource"]) for node in nodes}


def _words(action: Mapping[str, Any]) -> str:
    name, does = action.get("collection", ""), action["does"]
    if does == "example":
        return "answers an example"
    if does == "list":
        pages = f", in pages by {', '.join(action['pages'].values())}" if "pages" in action else ""
        filters = f", filtered by {', '.join(action['filters'])}" if "filters" in action else ""
        return f"lists {name}{pages}{filters}"
    verbs = {"create": "adds one to", "read": "reads one of", "update": "changes one of"}
    verb = verbs.get(does, {"replace": "replaces one of", "delete": "removes one of"}.get(does, does))
    created = ", or adds it" if action.get("creates") else ""
    inside = [one["collection"] for one in action.get("within", ()) if "collection" in one]
    return f"{verb} {name}{f' of {inside[-1]}' if inside else ''}{created}"
