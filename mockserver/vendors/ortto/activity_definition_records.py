"""Definitions of custom activities, as they are stored."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto.activity_catalog import kebab
from mockserver.vendors.ortto.activity_records import KIND
from mockserver.vendors.ortto.custom_field_records import DISPLAY_PREFIXES
from mockserver.vendors.ortto.timestamps import format_datetime

WAITING: Final = "awaiting_implementation"
LIVE: Final = "live"
"""The state of an activity that has events (documented)."""

_UNMAPPED: Final = "do-not-map"
_SETTINGS: Final = ("icon_id", "track_conversion_value", "touch", "filterable", "visible_in_feeds")


def define(world: World, id: str, given: Mapping[str, Any] | None = None, author: str = "") -> dict[str, Any]:
    """Adds a custom activity to the instance; `given` is the body of definitions/activity/create, if any."""
    given = given or {}
    now = format_datetime(world.now())
    definition = {
        "name": given.get("name", id.rpartition(":")[2]),
        "activity_field_id": id,
        "state": WAITING,
        "display_mode": {"type": "activity"},
        "attributes": [],
        "icon_id": "custom-illustration-icon",
        "track_conversion_value": False,
        "touch": True,
        "filterable": True,
        "visible_in_feeds": True,
        "created_by": author,
        "created_at": now,
        "edited_at": now,
    }
    record = {"shown": definition, "archived": False}
    _apply(record, given)
    world.records(KIND).add(id, record)
    return definition


def load(world: World, id: str) -> dict[str, Any] | None:
    """The record `{shown, archived}` of a custom activity; None if it is unknown."""
    return world.records(KIND).get(id)


def load_current(world: World) -> list[dict[str, Any]]:
    """The definitions that are not archived, in the order of creation."""
    return [row.record["shown"] for row in world.records(KIND).iterate() if not row.record["archived"]]


def modify(world: World, record: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Replaces the given members of a definition; the others stay (documented)."""
    _apply(record, given)
    definition: dict[str, Any] = record["shown"]
    definition["edited_at"] = format_datetime(world.now())
    world.records(KIND).update(definition["activity_field_id"], record)
    return definition


def archive(world: World, record: dict[str, Any]) -> None:
    """Archives a definition: no new events are taken, and those that exist stay (documented)."""
    record["archived"] = True
    world.records(KIND).update(record["shown"]["activity_field_id"], record)


def mark_live(world: World, ids: Iterable[str]) -> None:
    """Records that these activities have events; built-in ones have no definition."""
    for id in ids:
        record = load(world, id)
        if record is not None and record["shown"]["state"] != LIVE:
            record["shown"]["state"] = LIVE
            world.records(KIND).update(id, record)


def _apply(record: dict[str, Any], given: Mapping[str, Any]) -> None:
    definition = record["shown"]
    definition |= {name: given[name] for name in _SETTINGS if name in given}
    if "attributes" in given:
        prefix = f"activity.custom.{kebab(definition['name'])}"
        definition["attributes"] = [_attribute(one, prefix) for one in given["attributes"]]
    if "display_style" in given:
        definition["display_mode"] = _display_mode(given["display_style"], definition["attributes"])


def _attribute(given: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """An attribute with its generated id (recorded), or the id of the field that it is mapped to."""
    name = kebab(given["name"])
    field_id = given.get("field_id")
    if field_id in (None, "", _UNMAPPED):
        field_id = f"{DISPLAY_PREFIXES[given['display_type']]}:cm:{name}"
    return {
        "name": given["name"],
        "field_id": field_id,
        "display_type": given["display_type"],
        "liquid_name": f"{prefix}.{name}",
    }


def _display_mode(style: Mapping[str, Any], attributes: list[dict[str, Any]]) -> dict[str, Any]:
    """The display style in the form of the reply; it names the attribute by its id (recorded)."""
    mode = {name: value for name, value in style.items() if name in ("type", "template")}
    wanted = style.get("attribute") or style.get("attribute_name")
    shown = next((one["field_id"] for one in attributes if wanted in (one["name"], one["field_id"])), None)
    return mode | ({"attribute_field_id": shown} if shown and mode["type"] == "activity_attribute" else {})
