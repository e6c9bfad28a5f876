"""The stories of the vendors, listed, and played in a world step by step."""

from importlib import import_module
from typing import Any

from mockserver.call import Call
from mockserver.control import vendor_access
from mockserver.control.world_client import WorldClient
from mockserver.state.worlds import Worlds


def list_stories(call: Call, worlds: Worlds) -> object:
    """`{stories: [{name, summary, steps}]}`. Raises unknown_vendor."""
    vendor = vendor_access.find_vendor(worlds, call.params["vendor"])
    return {"stories": _player().describe_stories(vendor.name)}


def play_step(call: Call, worlds: Worlds) -> object:
    """`{step, operation, call, reply, findings, outputs, exchange}`.

    Raises unknown_world, unknown_vendor, unknown_story, unknown_step.
    """
    given = call.params
    with worlds.store.transaction():
        registered = worlds.get(given["world"])
        vendor = vendor_access.find_vendor(worlds, given["vendor"])
        client = WorldClient(worlds, registered, vendor_access.server_url(call), call.address)
    outputs = (call.body or {}).get("outputs", {})
    return _player().play(vendor, client, given["world"], (given["story"], given["step"]), outputs)


def _player() -> Any:
    # Imported on use: it reads YAML, whose parser would slow down every start.
    return import_module("mockserver.control.story_player")
