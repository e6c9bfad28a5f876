"""Which fields people have: the built-in ones, and the custom ones of the instance."""

from collections.abc import Iterable
from typing import Final

from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto import activity_records
from mockserver.vendors.ortto.custom_field_records import field_ids
from mockserver.vendors.ortto.filter_types import Scope

WRITABLE: Final = frozenset(
    (
        "str::first", "str::last", "str::email", "phn::phone", "geo::city", "geo::country", "geo::region",
        "dtz::b", "str::postal", "str::ei", "bol::gdpr", "bol::p", "bol::sp", "str::u-ctx", "str::s-ctx",
        "str::soi-ctx", "str::soo-ctx", "str::language", "str::fcm_ios_token", "str::apn_ios_token",
        "str::android_token",
    )
)  # fmt: skip
"""Built-in fields that person/merge sets."""

READABLE: Final = WRITABLE | {"str::name", "tags", "u4s::t", "int::e", "l", "idt::o", "str::person_id"}
"""Built-in fields that filters and sorting know."""


def writable(world: World) -> frozenset[str]:
    """The ids that a person can be given values of."""
    return WRITABLE | field_ids(world)


def known(world: World) -> frozenset[str]:
    """The ids that a filter can ask for."""
    return READABLE | field_ids(world)


def scope(world: World) -> Scope:
    """What a filter is understood against that has not been judged yet."""
    return Scope(world.now(), known(world), activity_records.known(world))


def require_known(field_ids: Iterable[str], known_ids: frozenset[str]) -> None:
    """Raises the problem field_unknown for the first id that is none of the instance's fields."""
    for field_id in field_ids:
        if field_id not in known_ids:
            raise Problem("field_unknown", field_id=field_id)


def rejection(field_id: str) -> dict[str, str]:
    """What person/merge says of a person with a field that the instance does not have (recorded)."""
    error = f"failed to validate field {field_id} in schema: {field_id}: Object not found"
    return {"status": "invalid", "error": error}
