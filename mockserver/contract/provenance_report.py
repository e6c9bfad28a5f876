"""The ledger of a contract: how each of its rules is known, and where it is documented or was observed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import SpecNode, walk
from mockserver.contract.provenance import SOURCES
from mockserver.formats.json_pointer import format_pointer


def list_rules(contract: Contract) -> list[dict[str, Any]]:
    """Every operation, parameter, property, header, problem, limit and switch, in the contract's order.

    `{kind, name, source, own, evidence, at, said_at, what}`: `own` is whether it declares its source itself;
    `said_at` is the JSON pointer of the object that declares it, null where none does and it is inferred;
    `evidence` lists what `x-source-at` refers to there: `{key, url | repository, path, title}`.
    """
    written = [place for place in walk(contract.name, contract.document.root) if _rule_kind(contract, place)]
    return [_entry(contract, place) for place in written]


def format_summary(entries: Iterable[Mapping[str, Any]]) -> str:
    """The number of rules by source, in one line."""
    counts = Counter(entry["source"] for entry in entries)
    parts = ", ".join(f"{counts[source]} {source}" for source in SOURCES)
    return f"{counts.total()} rules: {parts}"


def format_evidence(entry: Mapping[str, Any]) -> str:
    """The pages, repositories and documents of a ledger's entry, in one line."""
    return ", ".join(_location(one) for one in entry["evidence"])


def _location(one: Mapping[str, Any]) -> str:
    if "repository" in one:
        return " ".join(one[member] for member in ("repository", "path") if member in one)
    return str(one.get("url") or one.get("title") or one["key"])


def _entry(contract: Contract, place: SpecNode) -> dict[str, Any]:
    source = contract.provenance.source_of(place.tokens)
    at = format_pointer([*place.tokens])
    return {
        "kind": _rule_kind(contract, place),
        "name": _rule_name(place),
        "source": source.name,
        "own": source.declared_at == place.tokens,
        "evidence": contract.provenance.evidence(source),
        "at": at,
        "said_at": None if source.declared_at is None else format_pointer([*source.declared_at]),
        "what": contract.provenance.describe(at),
    }


def _rule_kind(contract: Contract, place: SpecNode) -> str | None:
    """What the ledger calls it; None for what has no line of its own."""
    if place.kind in ("operation", "parameter", "header", "limit", "switch"):
        return place.kind
    if place.kind in ("schema", "reference") and place.tokens[-2:-1] == ("properties",):
        return "property"
    problem = place.kind == "example" and place.tokens[:2] == ("components", "examples")
    return "problem" if problem and place.tokens[-1] in contract.problems else None


def _rule_name(place: SpecNode) -> str:
    if place.kind == "operation":
        return str(place.value["operationId"])
    if place.kind == "parameter":
        return f"{place.value['in']} {place.value['name']}"
    return place.tokens[-1]
