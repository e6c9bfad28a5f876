"""The provenance report of a contract: how each rule is known, and where it is documented or was observed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import SpecNode, walk
from mockserver.contract.overlay import OVERLAY
from mockserver.contract.provenance import SOURCES
from mockserver.formats.json_pointer import format_pointer


def list_rules(contract: Contract) -> list[dict[str, Any]]:
    """Every operation, parameter, property, header, problem, limit and switch, in the contract's order.

    `{kind, name, source, own, evidence, at, said_at, what}`: `own` is whether the rule declares its source
    itself; `said_at` is the JSON pointer of the object that declares it, null if none does and the rule is
    inferred; `evidence` lists the sources that `x-source-at` names: `{key, url | repository, path, title}`.
    """
    nodes = walk(contract.name, contract.document.root)
    return [_entry(contract, node) for node in nodes if _rule_kind(contract, node)]


def format_summary(entries: Iterable[Mapping[str, Any]]) -> str:
    """The number of rules by source, in one line."""
    counts = Counter(entry["source"] for entry in entries)
    sources = (*SOURCES, OVERLAY) if counts[OVERLAY] else SOURCES
    parts = ", ".join(f"{counts[source]} {source}" for source in sources)
    return f"{counts.total()} rules: {parts}"


def format_evidence(entry: Mapping[str, Any]) -> str:
    """The pages, repositories and documents of a rule, in one line."""
    return ", ".join(_location(one) for one in entry["evidence"])


def _location(one: Mapping[str, Any]) -> str:
    if "repository" in one:
        return " ".join(one[member] for member in ("repository", "path") if member in one)
    return str(one.get("url") or one.get("title") or one["key"])


def _entry(contract: Contract, node: SpecNode) -> dict[str, Any]:
    source = contract.provenance.source_of(node.tokens)
    at = format_pointer([*node.tokens])
    return {
        "kind": _rule_kind(contract, node),
        "name": _rule_name(node),
        "source": source.name,
        "own": source.declared_at == node.tokens,
        "evidence": contract.provenance.evidence(source),
        "at": at,
        "said_at": None if source.declared_at is None else format_pointer([*source.declared_at]),
        "what": contract.provenance.describe(at),
    }


def _rule_kind(contract: Contract, node: SpecNode) -> str | None:
    """The kind of rule that the node is; None if it is not listed."""
    if node.kind in ("operation", "parameter", "header", "limit", "switch"):
        return node.kind
    if node.kind in ("schema", "reference") and node.tokens[-2:-1] == ("properties",):
        return "property"
    problem = node.kind == "example" and node.tokens[:2] == ("components", "examples")
    return "problem" if problem and node.tokens[-1] in contract.problems else None


def _rule_name(node: SpecNode) -> str:
    if node.kind == "operation":
        return str(node.value["operationId"])
    if node.kind == "parameter":
        return f"{node.value['in']} {node.value['name']}"
    return node.tokens[-1]
