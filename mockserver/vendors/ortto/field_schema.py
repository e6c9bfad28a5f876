"""The fields of people: the built-in ones and the custom ones of the instance."""

from collections.abc import Iterable
from typing import Final

from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto import activity_records
from mockserver.vendors.ortto.custom_field_records import field_ids
from mockserver.vendors.ortto.filter_types import FilterContext

WRITABLE: Final = frozenset(
    (
        "str::first", "str::last", "str::email", "phn::phone", "geo::city", "geo::country", "geo::region",
        "dtz::b", "str::postal", "str::ei", "bol::gdpr", "bol::p", "bol::sp", "str::u-ctx", "str::s-ctx",
        "str::soi-ctx", "str::soo-ctx", "str::language", "str::fcm_ios_token", "str::apn_ios_token",
        "str::android_token", "str::name",
    )
)  # fmt: skip
"""Built-in fields that person/merge can set."""

READABLE: Final = WRITABLE | {"tags", "u4s::t", "int::e", "l", "idt::o", "str::person_id"}
"""Built-in fields for filters and sorting."""


def writable_fields(world: World) -> frozenset[str]:
    """The ids of the fields that person/merge can set."""
    return WRITABLE | field_ids(world)


def readable_fields(world: World) -> frozenset[str]:
    """The ids of the fields that filters and sorting can name."""
    return READABLE | field_ids(world)


def filter_context(world: World) -> FilterContext:
    """The context in which a new filter is validated."""
    return FilterContext(world.now(), readable_fields(world), activity_records.known_activities(world))


def require_known(field_ids: Iterable[str], known_ids: frozenset[str]) -> None:
    """Raises the problem field_unknown for the first id that is not in `known_ids`."""
    for field_id in field_ids:
        if field_id not in known_ids:
            raise Problem("field_unknown", field_id=field_id)


def unknown_field_result(field_id: str) -> dict[str, str]:
    """The result of person/merge for a person with an unknown field (recorded)."""
    error = f"failed to validate field {field_id} in schema: {field_id}: Object not found"
    return {"status": "invalid", "error": error}
