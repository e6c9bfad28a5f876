"""Names in any letter case, as web frameworks bind query parameters and members (`x-names-ignore-case`).

A name becomes the one that the contract declares; of two spellings of a member, the last counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mockserver.contract.operation import Operation
from mockserver.contract.unknown_properties import Rule, collect_rules


def fold_query(pairs: Iterable[tuple[str, str]], operation: Operation) -> dict[str, list[str]]:
    """The values of the query by declared name, in the order of the query; other names stay."""
    names = _spellings(operation.query_names)
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        declared = name if name in operation.query_names else names.get(name.lower(), name)
        found.setdefault(declared, []).append(text)
    return found


def fold_members(value: Any, schema: Any, components: Mapping[str, Any]) -> Any:
    """The value with declared names, at any depth; the value itself is left unchanged."""
    return _fold(value, collect_rules([schema], components), components)


def _fold(value: Any, rules: Sequence[Rule], components: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        items = collect_rules([rule["items"] for rule in rules if "items" in rule], components)
        return [_fold(one, items, components) for one in value] if items else value
    if not isinstance(value, dict):
        return value
    members: dict[str, Any] = value
    declared = {name for rule in rules for name in rule.get("properties", ())}
    names = _spellings(declared)
    found: dict[str, Any] = {}
    for given, member in members.items():
        name = given if given in declared else names.get(given.lower(), given)
        schemas = [rule["properties"][name] for rule in rules if name in rule.get("properties", ())]
        found[name] = _fold(member, collect_rules(schemas, components), components) if schemas else member
    return found


def _spellings(declared: Iterable[str]) -> dict[str, str]:
    return {name.lower(): name for name in declared}
