"""Custom fields of people, as they are stored."""

from typing import Any, Final
from zlib import crc32

from mockserver.state.world import World

KIND: Final = "custom_field"

DISPLAY_PREFIXES: Final = {
    "text": "str", "long_text": "txt", "large_text": "txt", "integer": "int", "decimal": "int",
    "currency": "int", "price": "int", "bool": "bol", "time": "tme", "date": "dtz", "single_select": "str",
    "multi_select": "sst", "phone": "phn", "email": "str", "link": "str", "object": "obj",
}  # fmt: skip
"""Display types of custom fields, and the type prefixes of their ids."""


def load_all(world: World) -> list[dict[str, Any]]:
    """The definitions, `{field, tracked_value}`, in no meaningful order (recorded: that of a map)."""
    records = [row.record for row in world.records(KIND).iterate()]
    return sorted(records, key=lambda one: crc32(one["field"]["id"].encode()))


def field_ids(world: World) -> frozenset[str]:
    """The ids of the custom fields."""
    return frozenset(row.id for row in world.records(KIND).iterate())


def define(world: World, name: str, display_type: str, choices: list[str], tracked: bool) -> dict[str, Any]:
    """Adds a custom field; its id consists of its type and its name in kebab case."""
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
    world.records(KIND).add(field["id"], definition)
    return definition
