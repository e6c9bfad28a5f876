"""A contract in the form that PactFlow's comparator reads, which leaves out parts of JSON Schema."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.document import Document

_UNFOLLOWED: Final = (
    "if",
    "then",
    "else",
    "propertyNames",
    "patternProperties",
    "prefixItems",
    "contains",
    "dependentSchemas",
    "unevaluatedItems",
    "unevaluatedProperties",
)
"""The keywords below which the comparator looks for no references, and then stops at one."""
_CONFIGURATION: Final = "x-opc-config-no-authorization-schema"
"""Accepts any Authorization: the comparator refuses schemes other than Basic and Bearer."""
_KNOWN_SCHEMES: Final = ("basic", "bearer")


def comparable_contract(contract: Document) -> dict[str, Any]:
    """A contract in which the comparator finds all references, and takes all HTTP schemes."""
    found: dict[str, Any] = _with_references(contract.root)
    schemes = map(contract.resolve, contract.root.get("components", {}).get("securitySchemes", {}).values())
    if any(
        one.get("type") == "http" and str(one.get("scheme")).lower() not in _KNOWN_SCHEMES for one in schemes
    ):
        found["info"] = {**found.get("info", {}), _CONFIGURATION: True}
    return found


def _with_references(node: Any) -> Any:
    """The node, with references that are not followed repeated as properties that no value has."""
    if isinstance(node, list):
        return [_with_references(one) for one in node]
    if not isinstance(node, dict):
        return node
    copy = {name: _with_references(one) for name, one in node.items()}
    missed = [one for name in _UNFOLLOWED if name in node for one in _references(node[name])]
    if missed:
        repeated = {f"(a reference to {one})": {"$ref": one} for one in missed}
        copy["properties"] = {**copy.get("properties", {}), **repeated}
    return copy


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for one in node.values():
            yield from _references(one)
    elif isinstance(node, list):
        for one in node:
            yield from _references(one)
