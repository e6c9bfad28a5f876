"""Which fields people have: the built-in ones, and the custom ones of the instance."""

from collections.abc import Iterable
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto import activities
from mockserver.vendors.ortto.operands import Scope

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

DISPLAY_PREFIXES: Final = {
    "text": "str", "long_text": "txt", "integer": "int", "decimal": "int", "bool": "bol", "time": "tme",
    "date": "dtz", "single_select": "str", "multi_select": "sst", "phone": "phn",
}  # fmt: skip
"""How a custom field is shown, and the type that its id starts with."""


def custom_fields(world: World) -> list[dict[str, Any]]:
    """The definitions in the order in which they were made: `{field, tracked_value}`."""
    return [row.record for row in world.records("custom_field").iterate()]


def writable(world: World) -> frozenset[str]:
    """The ids that a person can be given values of."""
    return WRITABLE | _custom_ids(world)


def known(world: World) -> frozenset[str]:
    """The ids that a filter can ask for."""
    return READABLE | _custom_ids(world)


def scope(world: World) -> Scope:
    """What a filter is understood against that has not been judged yet."""
    return Scope(world.now(), known(world), activities.known(world))


def require_known(field_ids: Iterable[str], known_ids: frozenset[str]) -> None:
    """Raises the problem field_unknown for the first id that is none of the instance's fields."""
    for field_id in field_ids:
        if field_id not in known_ids:
            raise Problem("field_unknown", field_id=field_id)


def rejection(field_id: str) -> dict[str, str]:
    """What person/merge says of a person with a field that the instance does not have (recorded)."""
    error = f"failed to validate field {field_id} in schema: {field_id}: Object not found"
    return {"status": "invalid", "error": error}


def define(world: World, name: str, display_type: str, choices: list[str], tracked: bool) -> dict[str, Any]:
    """Adds a custom field; its id is made of its type and its name in kebab case."""
    kebab = "-".join(name.lower().split())
    field: dict[str, Any] = {
        "id": f"{DISPLAY_PREFIXES[display_type]}:cm:{kebab}",
        "name": name,
        "display_type": display_type,
        "liquid_name": f"people.custom.{kebab}",
    }
    if choices:
        field["dic_items"] = choices
    definition = {"field": field, "tracked_value": tracked}
    world.records("custom_field").add(field["id"], definition)
    return definition


def _custom_ids(world: World) -> frozenset[str]:
    return frozenset(row.id for row in world.records("custom_field").iterate())
