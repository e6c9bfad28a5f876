"""Worlds: made, shown, put back to their start, removed."""

from collections.abc import Mapping
from typing import Any

from mockserver.call import NOTHING, Call
from mockserver.control import setting_validation, vendor_access, world_view
from mockserver.formats.timestamps import from_iso
from mockserver.state.world_record import WorldRecord
from mockserver.state.worlds import DEFAULT_WORLD, Worlds


def list_worlds(call: Call, worlds: Worlds) -> object:
    """`{worlds: […]}`, the oldest first."""
    return {
        "worlds": [world_view.world_view(worlds, one, vendor_access.server_url(call)) for one in worlds.all()]
    }


def create_world(call: Call, worlds: Worlds) -> object:
    """The world as it was wished for; what the wish leaves out is as in the default world.

    Raises world_exists, unknown_scenario, unfit_scenario, unknown_world (of `from`), unknown_vendor and
    unfit_setting (of `settings`).
    """
    wish = call.body or {}
    setting_validation.validate_settings(worlds, wish.get("settings", {}))
    if "from" in wish:
        world = worlds.fork(wish["from"], wish.get("name"), wish.get("label"))
    else:
        world = _create(worlds, wish)
    return world_view.world_view(worlds, world, vendor_access.server_url(call))


def get_world(call: Call, worlds: Worlds) -> object:
    """Where the world is served, and its credentials. Raises unknown_world."""
    return world_view.world_view(worlds, worlds.get(call.params["world"]), vendor_access.server_url(call))


def reset_world(call: Call, worlds: Worlds) -> object:
    """The world at its start. Raises unknown_world."""
    worlds.reset(call.params["world"])
    return get_world(call, worlds)


def delete_world(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world, default_world_stays."""
    worlds.delete(call.params["world"])
    return NOTHING


def _create(worlds: Worlds, wish: dict[str, Any]) -> WorldRecord:
    # A scenario that is named decides for itself; without one, the world is a sibling of the default world.
    standing: Mapping[str, Any] = {} if "scenario" in wish else worlds.get(DEFAULT_WORLD)
    return worlds.create(
        wish.get("name"),
        wish.get("scenario") or standing["scenario"],
        wish.get("seed", standing.get("seed")),
        wish.get("people", standing.get("people")),
        from_iso(wish["now"]) if "now" in wish else None,
        wish.get("settings", {}),
        wish.get("label"),
    )
