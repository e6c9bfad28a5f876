"""The log of what happened to a world besides calls."""

from mockserver.call import Call
from mockserver.state.action_log import ActionLog
from mockserver.state.worlds import Worlds


def list_actions(call: Call, worlds: Worlds) -> object:
    """`{actions, next}`, oldest first. Raises unknown_world."""
    world, limit = worlds.get(call.params["world"])["name"], call.params["limit"]
    found = ActionLog(worlds.store, world).read(call.params["after"], limit + 1)
    return {"actions": found[:limit], "next": found[limit - 1]["number"] if len(found) > limit else None}
