"""How this Engage is configured: contact types, levels, stores, consents, and what `customKey` means."""

from collections.abc import Mapping
from typing import Any

from mockserver.state.records import Record
from mockserver.state.world import World

CHANGES_LIMIT = 250_000
"""So many contacts one list of changes may have, by the vendor's documentation."""

_KIND, _ID = "tenant", "configuration"


def start(section: Mapping[str, Any]) -> Record:
    """The configuration that a scenario's section asks for; without types it has Engage's own two."""
    types = section.get("contactTypes") or [{"id": name, "key": "email"} for name in ("Member", "Contact")]
    return {
        "customKey": section.get("customKey", "memberNumber"),
        "changesLimit": CHANGES_LIMIT,
        "contactTypes": [
            {"id": one["id"], "key": one["key"], "required": list(one.get("required", []))} for one in types
        ],
        "levels": sorted(section.get("levels", []), key=lambda level: level["from"]),
        "stores": list(section.get("stores", [])),
        "consents": list(section.get("consents", [])),
    }


def write(world: World, configuration: Record) -> None:
    """Keeps the configuration."""
    world.records(_KIND).add(_ID, configuration, rank=0)


def read(world: World) -> Record:
    """The configuration as it is now."""
    return world.records(_KIND).get(_ID) or start({})


def contact_type(configuration: Record, handle: str) -> Record | None:
    """The contact type of this handle; Voyado's own examples write `member` and `Member` for the same one."""
    wanted = handle.lower()
    types: list[Record] = configuration["contactTypes"]
    return next((one for one in types if one["id"].lower() == wanted), None)


def store(configuration: Record, external_id: str) -> Record | None:
    """The store of this external id."""
    stores: list[Record] = configuration["stores"]
    return next((one for one in stores if one["externalId"] == external_id), None)


def level(levels: list[Record], points: int) -> str | None:
    """The highest level that so many bonus points reach."""
    reached = [one["name"] for one in levels if one["from"] <= points]
    return reached[-1] if reached else None
