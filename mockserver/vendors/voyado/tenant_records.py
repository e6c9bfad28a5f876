"""Storage of the tenant's configuration: contact types, levels, consents, triggers, achievements."""

from collections.abc import Mapping
from typing import Any

from mockserver.state.records import Record, RecordView
from mockserver.state.world import World

MAX_CHANGES = 250_000
"""Maximum number of contacts in a list of changes, from the vendor's documentation."""

_KIND, _ID = "tenant", "configuration"


def initial(section: Mapping[str, Any]) -> Record:
    """Returns the configuration of a scenario's section, by default with Engage's two contact types."""
    types = section.get("contactTypes") or [{"id": name, "key": "email"} for name in ("Member", "Contact")]
    return {
        "customKey": section.get("customKey", "memberNumber"),
        "changesLimit": MAX_CHANGES,
        "contactTypes": [
            {"id": type["id"], "key": type["key"], "required": list(type.get("required", []))}
            for type in types
        ],
        "levels": sorted(section.get("levels", []), key=lambda level: level["from"]),
        "consents": list(section.get("consents", [])),
        "customTriggers": list(section.get("customTriggers", [])),
        "achievements": list(section.get("achievements", [])),
    }


def write(world: World, configuration: Record) -> None:
    """Stores the configuration."""
    world.records(_KIND).add(_ID, configuration, rank=0)


def read(world: World) -> Record:
    """Returns the current configuration."""
    return world.records(_KIND).get(_ID) or initial({})


def view(world: World) -> RecordView:
    """Returns the current configuration for reading."""
    return world.records(_KIND).view(_ID) or initial({})


def find_contact_type(configuration: RecordView, handle: str) -> Record | None:
    """Returns the contact type with this handle; Voyado's examples write both `member` and `Member`."""
    wanted = handle.lower()
    types: list[Record] = configuration["contactTypes"]
    return next((type for type in types if type["id"].lower() == wanted), None)


def list_achievements(world: World) -> list[Record]:
    """Returns the achievements."""
    found: list[Record] = view(world).get("achievements", [])
    return found


def find_by_id(world: World, section: str, id: str) -> Record | None:
    """Returns the custom trigger or the achievement with this id."""
    found: list[Record] = view(world).get(section, [])
    return next((one for one in found if one["id"] == id), None)


def put_by_id(world: World, section: str, given: Record) -> Record:
    """Stores a custom trigger or an achievement, in place of the one with its id; returns it."""
    configuration = read(world)
    others = [one for one in configuration.get(section, []) if one["id"] != given["id"]]
    write(world, {**configuration, section: [*others, given]})
    return given


def level_for(levels: list[Record], points: float) -> str | None:
    """Returns the highest level that the bonus points reach."""
    reached = [level["name"] for level in levels if level["from"] <= points]
    return reached[-1] if reached else None
