"""The ledgers of the contracts: each promise and its source on a line, kept so that a change is seen.

After an intended change: `python -m tests.contract.ledger` writes them anew; the diff is what to review.
"""

import json
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import ASSERTIONS, SpecNode, walk
from mockserver.contract.provenance import source_keys
from mockserver.contract.provenance_report import list_rules
from mockserver.formats.json_pointer import format_pointer
from mockserver.paths import contracts

FOLDER: Final = Path(__file__).parent / "ledgers"
_MEMBERS: Final = {
    # the members of each kind of node that promise something; those of a schema are its keywords
    "schema": (*sorted(ASSERTIONS), "additionalProperties", "unevaluatedProperties", "$ref"),
    "reference": ("$ref",),
    "operation": (
        "operationId",
        "security",
        "x-problems",
        "x-partial",
        "x-pages",
        "x-reads",
        "x-stream",
        "x-access",
    ),
    "parameter": ("name", "in", "required", "explode", "style", "x-problem"),
    "body": ("required", "x-problem"),
    "header": ("required",),
    "limit": ("calls", "seconds", "per", "counts", "windows", "methods", "operations", "ban", "problem"),
    "switch": ("default",),
    "document": (
        "security",
        "x-problems",
        "x-paths",
        "x-parameters",
        "x-content-type-required",
        "x-names-ignore-case",
        "x-routes-first",
    ),
}
_NAMES: Final = {"operation": ("responses",), "response": ("content", "headers"), "media": ("examples",)}
"""The members of each kind of node whose names are the promise: statuses, media types, problems."""


def names() -> list[str]:
    """The contracts that have a ledger, as `ortto/openapi`: all but those as `mockserver new` writes them.

    Such a contract is wholly inferred. It needs a ledger once it names a source, such as documentation.
    """
    files = [one for one in sorted(contracts().glob("*/*.yaml")) if one.stem in ("openapi", "backstage")]
    found = [f"{one.parent.name}/{one.stem}" for one in files]
    return [one for one in found if path(one).exists() or "x-sources" in read(one).document.root]


def vendors() -> list[str]:
    """The vendors, and `control`, whose public contract has a ledger."""
    return [one.removesuffix("/openapi") for one in names() if one.endswith("/openapi")]


def read(name: str) -> Contract:
    """The contract of a name."""
    return Contract.read(contracts() / f"{name}.yaml")


def path(name: str) -> Path:
    """The file of a ledger."""
    return FOLDER / f"{name.replace('/', '-').removesuffix('-openapi')}.txt"


def render(contract: Contract) -> str:
    """The ledger of a contract."""
    return "\n".join([*_sources(contract), "", *promises(contract)]) + "\n"


def differs(contract: Contract, kept: str) -> bool:
    """Whether the ledger of a contract is another one: by the first other promise, which is soon found."""
    known = kept.partition("\n\n")[2].splitlines()
    return any(one != other for one, other in zip_longest(promises(contract), known)) or (
        render(contract) != kept
    )


def promises(contract: Contract) -> Iterator[str]:
    """The lines of what each part of a contract promises, in the order of the document."""
    for node in walk(contract.name, contract.document.root):
        yield from _promises(node)


def _sources(contract: Contract) -> Iterator[str]:
    """As `mockserver contract VENDOR --ledger`: each rule, how it is known and where."""
    for rule in list_rules(contract):
        keys = " ".join(one["key"] for one in rule["evidence"])
        declared = "" if rule["own"] else f"(by {rule['said_at'] or 'nobody'})"
        yield " ".join([rule["at"] or "/", rule["source"], keys, declared]).strip()


def _promises(node: SpecNode) -> Iterator[str]:
    if not isinstance(node.value, dict):
        # a schema that is only true or false
        if node.kind == "schema":
            yield f"{format_pointer(node.tokens)} = {json.dumps(node.value)}"
        return
    at = format_pointer(node.tokens) or "/"
    if "x-source" in node.value:
        yield f"{at} x-source {node.value['x-source']} {' '.join(source_keys(node.value))}".strip()
    for member in _MEMBERS.get(node.kind, ()):
        # schemas below are nodes of their own
        is_schema = isinstance(node.value.get(member), dict) and member.endswith("Properties")
        if member in node.value and not is_schema:
            yield from (
                f"{at} {member} {json.dumps(one, sort_keys=True)}" for one in _each(node.value[member])
            )
    for member in _NAMES.get(node.kind, ()):
        if member in node.value:
            yield f"{at} {member}: {' '.join(node.value[member])}"


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for one in names():
        path(one).write_text(render(read(one)), encoding="utf-8")
