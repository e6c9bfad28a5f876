"""A world as the control contract shows it."""

from typing import Any

from mockserver.control import choices, doors
from mockserver.world.entrance import Registered
from mockserver.world.worlds import Worlds


def of_world(worlds: Worlds, registered: Registered, base: str) -> dict[str, Any]:
    """`{name, label, scenario, seed, people, created, settings, vendors}`."""
    facts = {key: registered[key] for key in ("name", "scenario", "seed", "people", "created")}
    facts["label"] = registered.get("label")
    settings = choices.shown(worlds, registered["name"])
    return {**facts, "settings": settings, "vendors": doors.of_world(worlds, registered, base)}
