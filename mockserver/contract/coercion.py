"""Coercion of bodies, as lenient JSON mappers of servers do it (`x-coerce`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from mockserver.contract.unknown_properties import Rule, collect_rules, collect_types


@dataclass(frozen=True)
class CoercionSpec:
    """The tolerance of the vendor's JSON mapper.

    `numbers_as_text`: a number where the schema wants a string counts as its text. `null_as_absent`: a member
    that is null, may not be and is not required counts as absent.
    """

    numbers_as_text: bool = False
    null_as_absent: bool = False

    @classmethod
    def read(cls, node: Mapping[str, bool]) -> "CoercionSpec":
        """The `x-coerce` of a contract."""
        return cls(**{name.replace("-", "_"): value for name, value in node.items()})

    def apply(self, value: Any, schema: Any, components: Mapping[str, Any]) -> Any:
        """The value as the vendor's mapper reads it; the value itself is left unchanged."""
        return self._value(value, collect_rules([schema], components), components)

    def _value(self, value: Any, rules: Sequence[Rule], components: Mapping[str, Any]) -> Any:
        if isinstance(value, dict):
            return self._object(value, rules, components)
        if isinstance(value, list):
            items = collect_rules([rule["items"] for rule in rules if "items" in rule], components)
            return [self._value(one, items, components) for one in value] if items else value
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if self.numbers_as_text and is_number and _wants_text(rules):
            return orjson.dumps(value).decode()
        return value

    def _object(
        self, value: dict[str, Any], rules: Sequence[Rule], components: Mapping[str, Any]
    ) -> dict[str, Any]:
        required = {name for rule in rules for name in rule.get("required", ())}
        found = {}
        for name, member in value.items():
            schemas = [rule["properties"][name] for rule in rules if name in rule.get("properties", ())]
            below = collect_rules(schemas, components)
            is_absent = member is None and self.null_as_absent and name not in required and below
            if not is_absent or _may_be_null(below):
                found[name] = self._value(member, below, components)
        return found


def _wants_text(rules: Sequence[Rule]) -> bool:
    types = collect_types(rules)
    return "string" in types and types.isdisjoint(("integer", "number"))


def _may_be_null(rules: Sequence[Rule]) -> bool:
    return "null" in collect_types(rules) or any(None in rule.get("enum", ()) for rule in rules)
