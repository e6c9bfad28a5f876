"""What the operators of filters are made of: operands, what they are understood against, predicates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockserver.vendors.ortto.field_values import Person, derived

Predicate = Callable[[Person], bool]
Operand = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a filter is understood against: the moment, the fields and activities it may name (None: any)."""

    now: datetime
    fields: frozenset[str] | None = None
    activities: frozenset[str] | None = None


Maker = Callable[[Operand, Scope], Predicate]


def on_field(test_of: Callable[[Operand, Scope], Callable[[Any], bool]]) -> Maker:
    """A predicate on the value of the operand's field, None where the person has none."""

    def make(operand: Operand, scope: Scope) -> Predicate:
        field_id, test = operand["field_id"], test_of(operand, scope)
        read = derived(field_id)
        if read is not None:
            return lambda person: test(read(person))
        return lambda person: test(person["fields"].get(field_id))

    return make


def opposite(make: Maker) -> Maker:
    """A predicate that is true of exactly those of whom the other is not."""

    def make_opposite(operand: Operand, scope: Scope) -> Predicate:
        test = make(operand, scope)
        return lambda person: not test(person)

    return make_opposite
