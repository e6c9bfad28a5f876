"""The representation of a world in the control API."""

from typing import Any

from mockserver.control import setting_validation, vendor_access
from mockserver.state.world_listing import ListedWorld
from mockserver.state.world_record import WorldRecord
from mockserver.state.worlds import Worlds


def world_view(worlds: Worlds, registered: WorldRecord, base: str) -> dict[str, Any]:
    """`{name, label, scenario, seed, people, created, settings, vendors}`. Locks the world."""
    settings = worlds.settings(registered["name"]).read()
    return listed_world_view(worlds, ListedWorld(registered, settings), base)


def listed_world_view(worlds: Worlds, listed: ListedWorld, base: str) -> dict[str, Any]:
    """The representation of a world that was listed, with its settings; no lock is taken."""
    registered = listed.record
    facts: dict[str, Any] = {
        key: registered[key] for key in ("name", "scenario", "seed", "people", "created")
    }
    facts["label"] = registered.get("label")
    return {
        **facts,
        "settings": setting_validation.with_defaults(worlds, listed.settings),
        "vendors": vendor_access.world_access_view(worlds, registered, base),
    }
