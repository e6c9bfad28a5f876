"""Whether a JSON pointer can lead to something in the values that a schema describes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from mockserver.contract.schema import Schema
from mockserver.contract.unknown_properties import Rule, collect_rules

_ANY: Final = "*"
_MAPS: Final = ("additionalProperties", "unevaluatedProperties")


class DeadEnd(NamedTuple):
    """The depth at which a pointer leads to nothing, and the names that the schema has there."""

    depth: int
    names: list[str]


def find_dead_end(schema: Schema, tokens: Sequence[str]) -> DeadEnd | None:
    """Where the pointer ends in nothing; None if a value may have what it points to.

    `*` is any item or member. A schema that leaves the names of members open has every one.
    """
    schemas: list[Any] = [schema.schema]
    for index, token in enumerate(tokens):
        rules = collect_rules(schemas, schema.components)
        if any(rule is True for rule in schemas) or _is_open(rules):
            return None
        schemas = [one for rule in rules for one in _below(rule, token)]
        if not schemas:
            return DeadEnd(index, [name for rule in rules for name in rule.get("properties", ())])
    return None


def _below(rule: Rule, token: str) -> list[Any]:
    """The schemas that a rule has for this member or item."""
    members: Mapping[str, Any] = rule.get("properties", {})
    patterns: Mapping[str, Any] = rule.get("patternProperties", {})
    found = [one for name, one in members.items() if token in (_ANY, name)]
    found += [one for pattern, one in patterns.items() if token == _ANY or re.search(pattern, token)]
    found += [rule[word] for word in _MAPS if rule.get(word) not in (None, False)]
    if token == _ANY or token.isdecimal():
        found += [rule["items"]] if rule.get("items") not in (None, False) else []
        found += rule.get("prefixItems", [])
    return found


def _is_open(rules: Sequence[Rule]) -> bool:
    """Whether no rule says which members or items there are, although there may be some."""
    words = ("properties", "patternProperties", "items", "prefixItems", *_MAPS)
    if any(word in rule for rule in rules for word in words):
        return False
    if any("enum" in rule or "const" in rule for rule in rules):
        return False
    types = [rule["type"] for rule in rules if "type" in rule]
    return not types or any("object" in one or "array" in one for one in types)
