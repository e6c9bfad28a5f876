"""Custom fields of people and of accounts, as they are stored."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple
from zlib import crc32

from mockserver.state.world import World
from mockserver.vendors.ortto.activity_catalog import kebab


class Owner(NamedTuple):
    """The owner of a custom field: the kind of its records, the namespace of its id, its Liquid name."""

    kind: str
    namespace: str
    liquid: str


PERSON: Final = Owner("custom_field", "cm", "people.custom")
ACCOUNT: Final = Owner("account_custom_field", "oc", "account.custom")

MAX_FIELDS: Final = 100
"""The custom fields that an instance has at most (documented)."""

DISPLAY_PREFIXES: Final = {
    "text": "str", "long_text": "txt", "large_text": "txt", "integer": "int", "decimal": "int",
    "currency": "int", "price": "int", "bool": "bol", "time": "tme", "date": "dtz", "single_select": "str",
    "multi_select": "sst", "phone": "phn", "email": "str", "link": "str", "object": "obj",
}  # fmt: skip
"""Display types of custom fields and attributes, and the type prefixes of their ids."""

SELECTS: Final = ("single_select", "multi_select")


def load_all(world: World, owner: Owner = PERSON) -> list[dict[str, Any]]:
    """The definitions, `{field, tracked_value}`, in no meaningful order (recorded: that of a map)."""
    records = [row.record for row in world.records(owner.kind).iterate()]
    return sorted(records, key=lambda one: crc32(one["field"]["id"].encode()))


def load(world: World, id: str, owner: Owner = PERSON) -> dict[str, Any] | None:
    """The definition of the field with this id; None if unknown."""
    return world.records(owner.kind).get(id)


def update(world: World, definition: dict[str, Any], owner: Owner = PERSON) -> None:
    """Writes a changed definition."""
    world.records(owner.kind).update(definition["field"]["id"], definition)


def field_ids(world: World, owner: Owner = PERSON) -> frozenset[str]:
    """The ids of the custom fields."""
    return frozenset(row.id for row in world.records(owner.kind).iterate())


def names(definitions: Iterable[dict[str, Any]]) -> set[str]:
    """The names of the fields in the spelling of ids, in which they are unique."""
    return {kebab(definition["field"]["name"]) for definition in definitions}


def define(
    world: World, name: str, display_type: str, choices: list[str], tracked: bool, owner: Owner = PERSON
) -> dict[str, Any]:
    """Adds a custom field; its id consists of its type and its name in kebab case."""
    field: dict[str, Any] = {
        "id": f"{DISPLAY_PREFIXES[display_type]}:{owner.namespace}:{kebab(name)}",
        "name": name,
        "display_type": display_type,
        "liquid_name": f"{owner.liquid}.{kebab(name)}",
    }
    if choices:
        field["dic_items"] = choices
    definition = {"field": field, "tracked_value": tracked}
    world.records(owner.kind).add(field["id"], definition)
    return definition
