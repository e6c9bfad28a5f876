"""A world as the control contract shows it."""

from typing import Any

from mockserver.control import setting_validation, vendor_access
from mockserver.state.session import Registered
from mockserver.state.worlds import Worlds


def of_world(worlds: Worlds, registered: Registered, base: str) -> dict[str, Any]:
    """`{name, label, scenario, seed, people, created, settings, vendors}`."""
    facts = {key: registered[key] for key in ("name", "scenario", "seed", "people", "created")}
    facts["label"] = registered.get("label")
    settings = setting_validation.shown(worlds, registered["name"])
    return {**facts, "settings": settings, "vendors": vendor_access.of_world(worlds, registered, base)}
