"""The representation of a world in the control API."""

from typing import Any

from mockserver.control import setting_validation, vendor_access
from mockserver.state.world_record import WorldRecord
from mockserver.state.worlds import Worlds


def world_view(worlds: Worlds, registered: WorldRecord, base: str) -> dict[str, Any]:
    """`{name, label, scenario, seed, people, created, settings, vendors}`."""
    facts: dict[str, Any] = {
        key: registered[key] for key in ("name", "scenario", "seed", "people", "created")
    }
    facts["label"] = registered.get("label")
    settings = setting_validation.settings_view(worlds, worlds.settings_of(registered))
    return {
        **facts,
        "settings": settings,
        "vendors": vendor_access.world_access_view(worlds, registered, base),
    }
