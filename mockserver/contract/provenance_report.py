"""The ledger of a contract: where each of its rules is known from."""

from typing import Any

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Place, places
from mockserver.formats.json_pointer import format_pointer


def ledger(contract: Contract) -> list[dict[str, Any]]:
    """Every operation, parameter, property, header, problem, limit and switch, in the contract's order.

    `{kind, name, source, own, at, said_at, what}`: `own` is whether it says its source itself, `said_at` the
    JSON pointer of what says it.
    """
    written = [place for place in places(contract.name, contract.document.root) if _kind(contract, place)]
    return [_entry(contract, place) for place in written]


def _entry(contract: Contract, place: Place) -> dict[str, Any]:
    source, said_at = contract.provenance.source_of(place.tokens)
    at = format_pointer([*place.tokens])
    return {
        "kind": _kind(contract, place),
        "name": _name(place),
        "source": source,
        "own": said_at == place.tokens,
        "at": at,
        "said_at": format_pointer([*said_at]),
        "what": contract.provenance.what(at),
    }


def _kind(contract: Contract, place: Place) -> str | None:
    """What the ledger calls it; None for what has no line of its own."""
    if place.kind in ("operation", "parameter", "header", "limit", "switch"):
        return place.kind
    if place.kind in ("schema", "reference") and place.tokens[-2:-1] == ("properties",):
        return "property"
    problem = place.kind == "example" and place.tokens[:2] == ("components", "examples")
    return "problem" if problem and place.tokens[-1] in contract.problems else None


def _name(place: Place) -> str:
    if place.kind == "operation":
        return str(place.node["operationId"])
    if place.kind == "parameter":
        return f"{place.node['in']} {place.node['name']}"
    return place.tokens[-1]
