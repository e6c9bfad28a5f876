"""Types that filter operators share, and how predicates are built from them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockserver.vendors.ortto.field_values import Person, derived_reader

Predicate = Callable[[Person], bool]
"""Whether a person matches."""
Operand = Mapping[str, Any]
ValueTest = Callable[[Any], bool]
"""Whether the value of a field matches; None is a missing value."""


@dataclass(frozen=True, slots=True)
class FilterContext:
    """The current time, and the fields and activities that a filter may name (None: any)."""

    now: datetime
    fields: frozenset[str] | None = None
    activities: frozenset[str] | None = None


PredicateFactory = Callable[[Operand, FilterContext], Predicate]
"""An operator: builds the predicate of an operand."""


def field_predicate(make_test: Callable[[Operand, FilterContext], ValueTest]) -> PredicateFactory:
    """An operator that tests the value of the operand's field."""

    def make(operand: Operand, context: FilterContext) -> Predicate:
        field_id, test = operand["field_id"], make_test(operand, context)
        read = derived_reader(field_id)
        if read is not None:
            return lambda person: test(read(person))
        return lambda person: test(person["fields"].get(field_id))

    return make


def negate(make: PredicateFactory) -> PredicateFactory:
    """The operator that matches exactly the people whom `make` does not match."""

    def make_negated(operand: Operand, context: FilterContext) -> Predicate:
        test = make(operand, context)
        return lambda person: not test(person)

    return make_negated
