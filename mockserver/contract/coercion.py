"""Coercion of bodies, as lenient JSON mappers of servers do it (`x-coerce`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import orjson

from mockserver.contract.unknown_properties import collect_rules, collect_types

_CHANGEABLE: Final = frozenset({dict, list, int, float})


@dataclass(frozen=True)
class CoercionSpec:
    """The tolerance of the vendor's JSON mapper.

    `numbers_as_text`: a number where the schema wants a string counts as its text. `null_as_absent`: a member
    that is null, may not be and is not required counts as absent. `byte_order_mark`: JSON may begin with one.
    """

    numbers_as_text: bool = False
    null_as_absent: bool = False
    byte_order_mark: bool = False

    @classmethod
    def read(cls, node: Mapping[str, bool]) -> "CoercionSpec":
        """The `x-coerce` of a contract."""
        return cls(**{name.replace("-", "_"): value for name, value in node.items()})

    def apply(self, value: Any, place: "Place") -> Any:
        """The value as the vendor's mapper reads it; the value itself is left unchanged."""
        kind = type(value)
        if kind is dict:
            return self._object(value, place)
        if kind is list:
            items = place.items
            if items is None:
                return value
            return [self.apply(one, items) if type(one) in _CHANGEABLE else one for one in value]
        if self.numbers_as_text and kind in _CHANGEABLE and place.wants_text:
            return orjson.dumps(value).decode()
        return value

    def _object(self, value: dict[str, Any], place: "Place") -> dict[str, Any]:
        found = {}
        for name, member in value.items():
            below = place.member(name)
            if below is None:
                found[name] = member
            elif member is not None or not self.null_as_absent or not place.may_omit(name):
                found[name] = self.apply(member, below) if type(member) in _CHANGEABLE else member
        return found


class Place:
    """A place in values, and what its schemas say of it; each part is computed when it is first needed.

    A schema keeps its place, so a long list or another call costs no more than reading it.
    """

    def __init__(self, schemas: Iterable[Any], components: Mapping[str, Any]) -> None:
        self._components = components
        self._rules = collect_rules(schemas, components)
        self._members: dict[str, Place] = {}

    @cached_property
    def items(self) -> "Place | None":
        """The place of the items of a list; None if no schema describes them."""
        schemas = [rule["items"] for rule in self._rules if "items" in rule]
        return Place(schemas, self._components) if schemas else None

    def member(self, name: str) -> "Place | None":
        """The place of a member; None if no schema describes it."""
        if name not in self._declared:
            return None
        if name not in self._members:
            self._members[name] = Place(self._declared[name], self._components)
        return self._members[name]

    @cached_property
    def wants_text(self) -> bool:
        """Whether a text fits, and no number does."""
        types = collect_types(self._rules)
        return "string" in types and types.isdisjoint(("integer", "number"))

    def may_omit(self, name: str) -> bool:
        """Whether a member that is null counts as absent: it is described, optional, and may not be null."""
        place = self.member(name)
        return place is not None and name not in self._required and not place._may_be_null

    @cached_property
    def _declared(self) -> Mapping[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for rule in self._rules:
            for name, schema in rule.get("properties", {}).items():
                found.setdefault(name, []).append(schema)
        return found

    @cached_property
    def _may_be_null(self) -> bool:
        types = collect_types(self._rules)
        is_listed = any(None in rule.get("enum", ()) for rule in self._rules)
        return not self._rules or "null" in types or is_listed

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(name for rule in self._rules for name in rule.get("required", ()))
