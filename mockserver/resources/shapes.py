"""Records as a schema allows them: what a caller sends is kept as far as it fits."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from mockserver.contract.sample_value import Sampler, fits
from mockserver.contract.schema import Schema
from mockserver.contract.unknown_properties import collect_rules
from mockserver.formats.json_pointer import MISSING, parse_pointer, resolve

_MAX_ROUNDS: Final = 4


class Shape:
    """One schema of records, with the members that it describes."""

    def __init__(self, schema: Any, components: dict[str, Any]) -> None:
        self.schema: Schema = Schema(schema, components)
        self._sampler = Sampler(components)
        self.properties: Mapping[str, Any] = self._sampler.members(schema)
        rules = collect_rules([schema], components)
        self._required = frozenset(name for rule in rules for name in rule.get("required", ()))
        self._components = components
        self._samples: dict[bool, Any] = {}

    @property
    def read_only(self) -> frozenset[str]:
        """The members that callers cannot set."""
        return self._marked("readOnly")

    @property
    def write_only(self) -> frozenset[str]:
        """The members that no reply has."""
        return self._marked("writeOnly")

    def member(self, name: str) -> Schema | None:
        """The schema of a member; None if the schema does not describe it."""
        found = self.properties.get(name)
        return None if found is None else Schema(found, self._components)

    def sample(self, *, full: bool = False) -> Any:
        """A value that fits; `MISSING` if none is found."""
        if full not in self._samples:
            self._samples[full] = self._sampler.sample(self.schema.schema, full=full)
        return self._samples[full]

    def fit(self, record: Mapping[str, Any], fixed: str = "") -> dict[str, Any]:
        """The record with the members that the schema knows, repaired where it does not allow a value.

        A required member that is missing, or does not fit, gets the value of the sample, an optional one is
        left out. The member `fixed` keeps its value, if at all possible.
        """
        found: dict[str, Any] = without_unknown(record, self.schema)
        sample = self.sample()
        spare: Mapping[str, Any] = sample if isinstance(sample, dict) else {}
        for _ in range(_MAX_ROUNDS):
            missing = {name: spare[name] for name in self._required - found.keys() if name in spare}
            found |= missing
            if fits(self.schema, found):
                return found
            wrong = {parse_pointer(one.pointer)[0] for one in self.schema.violations(found) if one.pointer}
            for name in wrong - {fixed}:
                found.pop(name, None)
                if name in spare:
                    found[name] = spare[name]
            if not wrong - {fixed}:
                break
        kept = {**spare, **({fixed: record[fixed]} if fixed in record else {})}
        return kept if fits(self.schema, kept) else dict(spare)

    def _marked(self, keyword: str) -> frozenset[str]:
        return frozenset(
            name for name, one in self.properties.items() if isinstance(one, dict) and one.get(keyword)
        )


def schema_at(schema: Any, pointer: str, components: dict[str, Any]) -> Any:
    """The schema of the part of a value that a pointer selects; True if the schema does not describe it."""
    for name in parse_pointer(pointer):
        found = Sampler(components).members(schema).get(name)
        if found is None:
            return True
        schema = found
    return schema


def items_of(schema: Any, components: dict[str, Any]) -> Any:
    """The schema of the items of a list; True if the schema does not describe them."""
    found = Sampler(components).items(schema)
    return True if found is None else found


def without_unknown(value: Any, schema: Schema) -> Any:
    """A copy with the members, at all depths, that the schema describes."""
    found = orjson.loads(orjson.dumps(value))
    for _ in range(_MAX_ROUNDS):
        unknown = schema.unknown_properties(found)
        for member in unknown:
            take(found, member.pointer)
        if not unknown:
            break
    return found


def put(value: Any, pointer: str, part: Any) -> Any:
    """The value with a part set, where its containers exist or are objects to be made."""
    tokens = parse_pointer(pointer)
    if not tokens:
        return part
    holder = value
    for token in tokens[:-1]:
        below = resolve(holder, [token])
        if not isinstance(below, dict):
            below = holder[token] = {}
        holder = below
    holder[tokens[-1]] = part
    return value


def take(value: Any, pointer: str) -> Any:
    """Removes the part of a value, if it is there."""
    tokens = parse_pointer(pointer)
    holder = resolve(value, tokens[:-1])
    return holder.pop(tokens[-1], MISSING) if tokens and isinstance(holder, dict) else MISSING
